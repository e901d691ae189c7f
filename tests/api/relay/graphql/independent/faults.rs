//! What GitHub could answer, and what may become of it: nothing with errors is kept, nothing that
//! does not prove itself leaves, and a part of an answer is never taken for all of it.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault, Principal};
use serde_json::{Value, json};

use super::support::*;
use crate::support::register_app;

const CANARY: &str = "canary-of-a-private-repository";
const TITLE: &str = "{ repository(owner: \"acme\", name: \"rocket\") { pullRequest(number: 7) { title headRepository { name } } } }";

/// GitHub's answer to [`TITLE`], with other values for some members.
fn answer(repository: &Value, head: &Value) -> Value {
    json!({"data": {
        "repository": repository,
        "octopool_rate": {"cost": 1, "remaining": 4000, "resetAt": "2030-01-01T00:00:00Z"},
    }, "head": head})
}

fn rocket_with(pull: &Value) -> Value {
    json!({"octopool_private": false, "octopool_name": "acme/rocket", "pullRequest": pull})
}

fn pull(head: &Value) -> Value {
    json!({"octopool_state_PullRequest": "OPEN", "title": CANARY, "headRepository": head})
}

/// Answers that must not be handed out, each with the status that the caller gets.
#[tokio::test]
async fn what_does_not_prove_itself_is_dropped() {
    let public = json!({"octopool_private": false, "octopool_name": "mona/rocket", "name": CANARY});
    let with = |key: &str, value: Value| {
        let mut head = public.clone();
        head[key] = value;
        head
    };
    let without = |key: &str| {
        let mut head = public.clone();
        head.as_object_mut().unwrap().remove(key);
        head
    };
    let heads = [
        with("octopool_private", json!(true)),
        with("octopool_private", json!("false")),
        with("octopool_private", json!(null)),
        with("octopool_private", json!(0)),
        with("octopool_private", json!({})),
        without("octopool_private"),
        with("octopool_name", json!(null)),
        with("octopool_name", json!("nothing")),
        with("octopool_name", json!("a/b/c")),
        with("octopool_name", json!(["mona/rocket"])),
        without("octopool_name"),
        json!([public]),
        json!("mona/rocket"),
        json!(7),
    ];
    let repositories = heads.iter().map(|head| rocket_with(&pull(head)));
    let mut others = vec![
        json!({"octopool_private": true, "octopool_name": "acme/rocket", "pullRequest": pull(&public)}),
        json!({"octopool_private": false, "octopool_name": "acme/other", "pullRequest": pull(&public)}),
        json!({"octopool_private": false, "octopool_name": "mallory/rocket", "pullRequest": pull(&public)}),
        json!({"octopool_name": "acme/rocket", "pullRequest": pull(&public)}),
        json!({"octopool_private": false, "octopool_name": "acme/rocket"}),
        json!({"octopool_private": false, "octopool_name": "acme/rocket", "pullRequest": [pull(&public)]}),
        json!({"octopool_private": false, "octopool_name": "acme/rocket", "pullRequest": CANARY}),
        json!({"octopool_private": false, "octopool_name": "acme/rocket", "pullRequest": {"octopool_state_PullRequest": "OPEN", "title": {"a": CANARY}, "headRepository": null}}),
        json!([]),
        json!(CANARY),
    ];
    others.extend(repositories);
    for repository in others {
        let app = TestApp::start().await;
        let token = app_team(&app).await;
        github_answers(&app, answer(&repository, &Value::Null));
        let answer = query(&app, &token, TITLE).await;
        assert!([404, 502, 503, 403].contains(&answer.status()), "{repository} {}", answer.text());
        is_nowhere(&app, &answer, CANARY);
        keeps_nothing(&app, &repository.to_string());
        // Only what GitHub says proves anything.
        app.github.clear_faults();
        let says_private = repository["octopool_private"] == true;
        let name = "{ repository(owner: \"acme\", name: \"rocket\") { name } }";
        let expected = if says_private { 404 } else { 200 };
        assert_eq!(query(&app, &token, name).await.status(), expected, "{repository}");
    }
}

#[tokio::test]
async fn what_was_not_asked_for_does_not_leave() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let head = json!({"octopool_private": false, "octopool_name": "mona/rocket", "name": "rocket", "secret": CANARY});
    let mut pull = pull(&head);
    pull["title"] = json!("A title");
    pull["body"] = json!(CANARY);
    let mut body = answer(&rocket_with(&pull), &json!(CANARY));
    body["data"]["viewer"] = json!({"email": CANARY});
    body["extensions"] = json!({"warnings": [CANARY]});
    github_answers(&app, body);
    let answer = query(&app, &token, TITLE).await;
    let expected = json!({"data": {"repository": {"pullRequest": {"title": "A title", "headRepository": {"name": "rocket"}}}}});
    assert_eq!(answer.json(), expected);
    is_nowhere(&app, &answer, CANARY);
}

/// Bodies that are no answer of GraphQL's.
#[tokio::test]
async fn what_is_no_answer_is_an_incident() {
    for effect in [
        Effect::Html,
        Effect::Page { status: 502 },
        Effect::status(500),
        Effect::status(503),
        Effect::Truncate,
        Effect::Nonsense,
        Effect::DropConnection,
        Effect::NotModified,
        Effect::respond(200, json!({})),
        Effect::respond(200, json!([])),
        Effect::respond(200, json!({"data": null})),
        Effect::respond(200, json!({"data": {}})),
        Effect::respond(200, json!({"data": []})),
        Effect::respond(200, json!({"errors": []})),
        Effect::respond(200, json!({"errors": "x"})),
        Effect::respond(200, json!({"errors": null, "data": {"repository": null}})),
        Effect::respond(201, json!({"data": {"repository": {"name": CANARY}}})),
        Effect::respond(206, json!({"data": {"repository": {"name": CANARY}}})),
        Effect::Redirect { location: "https://evil.example/graphql".to_owned(), status: 307 },
    ] {
        let app = TestApp::with("REQUEST_TIMEOUT_MS", "400").start().await;
        let token = app_team(&app).await;
        app.github.fault(Fault::on("POST", "/graphql", effect.clone()));
        let answer = query(&app, &token, TITLE).await;
        assert!((500..=504).contains(&answer.status()), "{effect:?} {} {}", answer.status(), answer.text());
        is_nowhere(&app, &answer, CANARY);
        keeps_nothing(&app, &format!("{effect:?}"));
    }
}

#[tokio::test]
async fn a_query_that_is_never_answered_ends() {
    let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
    let token = app_team(&app).await;
    app.github.fault(Fault::on("POST", "/graphql", Effect::NeverAnswer));
    let answer = query(&app, &token, TITLE).await;
    assert!([502, 504].contains(&answer.status()), "{}", answer.text());
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_left_to_the_caller() {
    let app = TestApp::with("MAX_RESPONSE_BYTES", "20000").start().await;
    let token = app_team(&app).await;
    github_answers(&app, answer(&rocket_with(&json!({"title": "x".repeat(30_000)})), &Value::Null));
    let answer = query(&app, &token, TITLE).await;
    assert_eq!(refused(&answer), (403, "github_response_too_large".to_owned()));
    keeps_nothing(&app, "a large answer");
}

/// Errors with the status 200, with and without data: never kept, and never a hit.
#[tokio::test]
async fn an_answer_with_errors_is_not_kept() {
    let error =
        |kind: &str| json!({"type": kind, "path": ["repository", "pullRequest", "title"], "message": "no"});
    let complete = || {
        answer(
            &rocket_with(
                &json!({"octopool_state_PullRequest": "OPEN", "title": null, "headRepository": null}),
            ),
            &Value::Null,
        )
    };
    for errors in [
        json!([error("NOT_FOUND")]),
        json!([error("SOMETHING_NEW")]),
        json!([{"message": "Something went wrong while executing your query. This may be the result of a timeout."}]),
        json!([{"message": "A query attribute must be specified and must be a string."}, error("NOT_FOUND")]),
        json!([{}]),
    ] {
        for with_data in [true, false] {
            let app = TestApp::start().await;
            let token = app_team(&app).await;
            let mut body = complete();
            body["errors"] = errors.clone();
            if !with_data {
                body["data"] = Value::Null;
            }
            github_answers(&app, body);
            for _ in 0..2 {
                let answer = query(&app, &token, TITLE).await;
                assert_eq!((answer.status(), cache(&answer)), (200, "bypass"), "{errors}");
                assert!(answer.json()["errors"].is_array(), "{errors}");
                assert!(!answer.text().contains("octopool_"), "{}", answer.text());
            }
            assert_eq!(queries(&app).len(), 2, "{errors}");
            keeps_nothing(&app, &errors.to_string());
        }
    }
}

/// GitHub's own answer where an App lacks a permission that a field needs.
fn forbidden(kind: &str, message: &str) -> Value {
    let mut body = answer(
        &rocket_with(
            &json!({"octopool_state_PullRequest": "OPEN", "title": "A title", "headRepository": null}),
        ),
        &Value::Null,
    );
    let path = json!(["repository", "pullRequest", "headRepository"]);
    body["errors"] = json!([
        {"type": "NOT_FOUND", "path": path, "message": "no"},
        {"type": kind, "path": path, "message": message, "extensions": {"saml_failure": false}},
    ]);
    body
}

#[tokio::test]
async fn what_an_identity_may_not_is_asked_by_another_or_left_to_the_caller() {
    for (kind, message) in [
        ("FORBIDDEN", "Resource not accessible by integration"),
        ("FORBIDDEN", "Resource not accessible by personal access token"),
        ("INSUFFICIENT_SCOPES", "Your token has not been granted the required scopes to execute this query."),
    ] {
        let app = TestApp::start().await;
        let token = app_team(&app).await;
        let by_app = Principal::Installation(octopool_testkit::github::demo::INSTALLATION);
        let denial = Effect::respond(200, forbidden(kind, message));
        app.github.fault(Fault::on("POST", "/graphql", denial).by(by_app));
        // Nobody else is there: a part of the answer would be taken for all of it.
        let refusals = futures_util::future::join_all((0..20).map(|_| query(&app, &token, TITLE))).await;
        for answer in refusals {
            assert_eq!(refused(&answer), (403, "github_identity_forbidden".to_owned()), "{}", answer.text());
            // gh reads these words, and goes on without projects.
            assert!(answer.text().contains("Resource not accessible by"), "{}", answer.text());
        }
        assert_eq!(queries(&app).len(), 1, "those who wait are told the same");
        keeps_nothing(&app, kind);
        // The App is not to blame for other queries.
        let other = "{ repository(owner: \"acme\", name: \"rocket\") { name } }";
        app.github.clear_faults();
        assert_eq!(cache(&query(&app, &token, other).await), "miss", "{kind}");

        // With another identity the query is served, and the App is left alone with it.
        app.github
            .fault(Fault::on("POST", "/graphql", Effect::respond(200, forbidden(kind, message))).by(by_app));
        crate::support::narrow(&app);
        let mut narrow = crate::support::pat("p1");
        narrow["weight"] = json!(1);
        app.admin().post("/v1/admin/pools/team/identities", &narrow).await.ok(201);
        app.new_isolate();
        let before = queries(&app).len();
        let answer = query(&app, &token, TITLE).await;
        assert_eq!(
            (cache(&answer), answer.header("x-octopool-identity")),
            ("miss", Some("p1")),
            "{}",
            answer.text()
        );
        assert_eq!(queries(&app).len() - before, 2);
        let again = ask_within(&app, &token, 0, (TITLE, json!({}))).await;
        assert_eq!(again.header("x-octopool-identity"), Some("p1"));
        assert_eq!(queries(&app).len() - before, 3, "the App is not asked this again");
    }
}

#[tokio::test]
async fn an_error_after_a_refusal_leaves_the_refusal() {
    for second in [
        json!({"data": null, "errors": [{"message": "Something went wrong while executing your query."}]}),
        json!({"data": {"repository": null}, "errors": [{"type": "NOT_FOUND", "message": "no"}]}),
    ] {
        let app = TestApp::start().await;
        let token = pat_team(&app).await;
        register_app(&app, "a1", octopool_testkit::github::demo::INSTALLATION).await;
        let by_app = Principal::Installation(octopool_testkit::github::demo::INSTALLATION);
        let denial = Effect::respond(200, forbidden("FORBIDDEN", "Resource not accessible by integration"));
        app.github.fault(Fault::on("POST", "/graphql", denial).by(by_app));
        app.github.fault(Fault::on(
            "POST",
            "/graphql",
            Effect::respond(200, second.clone()).with_header("x-oauth-scopes", ""),
        ));
        for _ in 0..4 {
            let answer = query(&app, &token, TITLE).await;
            if answer.header("x-octopool-identity") == Some("p1") {
                assert!(answer.json()["errors"].is_array(), "GitHub's errors, as the first answer");
            } else {
                assert_eq!(
                    refused(&answer),
                    (403, "github_identity_forbidden".to_owned()),
                    "{}",
                    answer.text()
                );
            }
            advance(&app, 11);
        }
    }
}
