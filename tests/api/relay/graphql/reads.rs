//! A GraphQL query is served by an App and by a token without scopes, and by nothing else; its way
//! is that of a REST read.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{HUBOT, ROCKET};
use octopool_testkit::github::{Effect, Fault};
use serde_json::json;

use super::support::{
    PULL, advance, app_team, ask, ask_with, ask_within, cache, pat_team, queries, refused, rocket,
};
use crate::support::{asked, narrow, provision, read, team};

const TITLE: &str = "/data/repository/pullRequest/number";

#[tokio::test]
async fn a_query_is_served_by_an_app_and_by_a_token_without_scopes() {
    for by_app in [true, false] {
        let app = TestApp::start().await;
        let token = if by_app { app_team(&app).await } else { pat_team(&app).await };
        let answer = ask(&app, &token, PULL, rocket()).await;
        assert_eq!(
            answer.json(),
            json!({"data": {"repository": {"pullRequest": {
            "number": 7, "title": "Pull request 7", "state": "OPEN"}}}})
        );
        assert_eq!(answer.header("x-octopool-route"), Some("graphql_repository"));
        assert_eq!(answer.header("x-octopool-identity"), Some(if by_app { "a1" } else { "p1" }));
        assert_eq!(answer.header("x-ratelimit-resource"), Some("graphql"));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some("4999"));
        assert_eq!((queries(&app).len(), cache(&answer)), (1, "miss"));
    }
}

#[tokio::test]
async fn both_doors_lead_to_it() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let body = json!({"query": PULL, "variables": rocket(), "operationName": null, "extensions": {}});
    for scheme in ["Bearer", "token"] {
        for path in ["/graphql", "/api/graphql"] {
            let request = http::Request::post(format!("http://localhost:8787{path}"))
                .header("content-type", "application/json; charset=utf-8")
                .header("authorization", format!("{scheme} {token}"));
            let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
            let answer = app.anon().send(request).await.ok(200);
            assert_eq!(answer.pointer(TITLE), Some(&json!(7)), "{path}");
        }
    }
    assert_eq!(queries(&app).len(), 1);
    app.bearer(&token).get("/graphql").await.expect(405, "method_not_allowed");
}

#[tokio::test]
async fn a_token_that_may_see_more_is_not_spent_twice() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let answer = ask(&app, &token, PULL, rocket()).await;
    assert_eq!(refused(&answer), (403, "no_identity".to_owned()));
    ask(&app, &token, PULL, json!({"o": "acme", "n": "website"})).await;
    assert_eq!(queries(&app), ["mona"]);
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.clock.advance(Duration::from_mins(10));
    narrow(&app);
    assert_eq!(cache(&ask(&app, &token, PULL, rocket()).await), "miss");
}

#[tokio::test]
async fn a_body_is_what_github_takes() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    for (body, fields) in [
        (json!({}), vec!["query"]),
        (
            json!({"query": 1, "variables": [], "operationName": {}}),
            vec!["operationName", "query", "variables"],
        ),
    ] {
        let answer = ask_with(&app, &token, &body, &[]).await.expect(400, "invalid_request");
        let details = &answer.json()["errors"][0]["details"]["fields"];
        let mut named: Vec<_> =
            details.as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
        named.sort_unstable();
        assert_eq!(named, fields);
    }
    let client = app.bearer(&token);
    client
        .post_raw("/graphql", "application/x-www-form-urlencoded", "{}")
        .await
        .expect(400, "invalid_request");
    client.post_raw("/graphql", "application/json", "[]").await.expect(400, "invalid_json");
    let large = format!("{{\"query\":\"{}\"}}", "x".repeat(1 << 20));
    client.post_raw("/graphql", "application/json", large).await.expect(413, "payload_too_large");
    app.anon().post_raw("/graphql", "application/json", "no").await.expect(401, "missing_auth");
    assert!(queries(&app).is_empty());
}

#[tokio::test]
async fn an_answer_is_shared_until_it_is_old_and_young_enough_for_who_asks() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    assert_eq!(cache(&ask(&app, &token, PULL, rocket()).await), "miss");
    assert_eq!(cache(&ask(&app, &token, PULL, rocket()).await), "hit");
    let other = provision(&app, "octocat", "team").await;
    assert_eq!(cache(&ask(&app, &other, PULL, rocket()).await), "hit");
    assert_eq!(cache(&ask_within(&app, &token, 0, (PULL, rocket())).await), "miss");
    app.clock.advance(Duration::from_secs(9));
    assert_eq!(cache(&ask_within(&app, &token, 8, (PULL, rocket())).await), "miss");
    assert_eq!(cache(&ask_within(&app, &token, 9, (PULL, rocket())).await), "hit");
    app.new_isolate();
    assert_eq!(cache(&ask(&app, &token, PULL, rocket()).await), "hit");
    assert_eq!(queries(&app).len(), 3);
    app.clock.advance(Duration::from_secs(301));
    assert_eq!(cache(&ask(&app, &token, PULL, rocket()).await), "miss");
}

#[tokio::test]
async fn a_thousand_that_ask_the_same_at_once_are_one_request() {
    let app = TestApp::with("REQUEST_TIMEOUT_MS", "30000").start().await;
    let token = app_team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.github.fault(Fault::on("POST", "/graphql", Effect::Delay { ms: 100 }));
    let reads = (0..1000).map(|_| ask(&app, &token, PULL, rocket()));
    for answer in futures_util::future::join_all(reads).await {
        assert_eq!(answer.ok(200).pointer(TITLE), Some(&json!(7)));
    }
    assert_eq!(queries(&app).len(), 1);
}

#[tokio::test]
async fn a_refused_identity_is_left_alone_and_the_next_one_serves() {
    let refusal = |kind: &str| json!({"errors": [{"type": kind, "message": "API rate limit exceeded."}]});
    let saml = json!({"data": {"repository": null}, "errors": [{"type": "FORBIDDEN", "path": ["repository"],
        "message": "Resource protected by organization SAML enforcement.", "extensions": {"saml_failure": true}}]});
    for effect in [
        Effect::respond(200, refusal("RATE_LIMITED")).with_header("x-ratelimit-remaining", "0"),
        Effect::respond(200, saml),
        Effect::SecondaryLimit { status: 403, retry_after: None },
        Effect::status(401),
    ] {
        let app = TestApp::start().await;
        let token = pat_team(&app).await;
        let fault = Fault::on("POST", "/graphql", effect.clone());
        app.github.fault(fault.by(octopool_testkit::github::Principal::Account(1003)));
        let answer = ask(&app, &token, PULL, rocket()).await;
        assert_ne!(answer.status(), 200, "{effect:?}");
        crate::support::register_app(&app, "a1", octopool_testkit::github::demo::INSTALLATION).await;
        let answer = ask(&app, &token, PULL, rocket()).await;
        assert_eq!(answer.header("x-octopool-identity"), Some("a1"), "{effect:?} {}", answer.text());
        assert_eq!(queries(&app).len(), 2, "{effect:?}");
    }
}

#[tokio::test]
async fn points_are_counted_as_github_counts_them() {
    let app = TestApp::start().await;
    let token = pat_team(&app).await;
    ask(&app, &token, PULL, rocket()).await.ok(200);
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!(health["identities"][0]["remaining"]["graphql"], 4999);
    let rate = app.bearer(&token).get("/rate_limit").await.ok(200);
    assert_eq!(rate["resources"]["graphql"]["remaining"], 4999);
    app.github.fault(Fault::on(
        "POST",
        "/graphql",
        Effect::headers().without_header("x-ratelimit-remaining").without_header("x-ratelimit-reset"),
    ));
    ask_within(&app, &token, 0, (PULL, rocket())).await.ok(200);
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!(health["identities"][0]["remaining"]["graphql"], 4998, "by the answer itself");
}

#[tokio::test]
async fn a_used_up_budget_is_refused_until_its_window_ends_or_served_stale() {
    let app = TestApp::start().await;
    let token = pat_team(&app).await;
    ask(&app, &token, PULL, rocket()).await.ok(200);
    app.github.fault(Fault::on("POST", "/graphql", Effect::ExhaustQuota));
    app.clock.advance(Duration::from_secs(200));
    let answer = ask(&app, &token, PULL, rocket()).await;
    assert_eq!(
        (cache(&answer), answer.header("x-octopool-stale-reason")),
        ("stale", Some("github_identity_depleted"))
    );
    let other = json!({"o": "acme", "n": "website"});
    let answer = ask(&app, &token, PULL, other.clone()).await;
    assert_eq!(refused(&answer), (429, "github_identity_depleted".to_owned()));
    assert!(answer.header("retry-after").is_some());
    let before = queries(&app).len();
    ask(&app, &token, PULL, other).await;
    assert_eq!(queries(&app).len(), before, "it is not tried again");
    read(&app, &token, "/repos/acme/website").await.ok(200);
}

#[tokio::test]
async fn an_answer_with_errors_is_what_it_is_and_not_kept() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let missing = PULL.replace("number: 7", "number: 9999");
    for _ in 0..2 {
        let answer = ask(&app, &token, &missing, rocket()).await;
        assert_eq!(cache(&answer), "bypass");
        let body = answer.json();
        assert_eq!(body["data"]["repository"]["pullRequest"], json!(null));
        assert_eq!(body["errors"][0]["type"], "NOT_FOUND");
        assert_eq!(body["errors"][0]["path"], json!(["repository", "pullRequest"]));
    }
    assert_eq!(queries(&app).len(), 2);
}

#[tokio::test]
async fn an_incident_is_passed_on_or_an_old_answer_served() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    ask(&app, &token, PULL, rocket()).await.ok(200);
    advance(&app, 200);
    for effect in [Effect::status(502), Effect::Html, Effect::respond(200, json!([])), Effect::NotModified] {
        app.github.fault(Fault::on("POST", "/graphql", effect.clone()).once());
        let answer = ask(&app, &token, PULL, rocket()).await;
        assert_eq!(cache(&answer), "stale", "{effect:?}");
        app.github.fault(Fault::on("POST", "/graphql", effect.clone()).once());
        let answer = ask(&app, &token, PULL, json!({"o": "acme", "n": "website"})).await;
        assert_eq!(answer.status(), 502, "{effect:?} {}", answer.text());
    }
}

#[tokio::test]
async fn who_asks_is_the_caller() {
    let app = TestApp::start().await;
    let token = app_team(&app).await;
    let answer = ask(&app, &token, "{ viewer { login } }", json!({})).await;
    assert_eq!(answer.header("x-octopool-route"), Some("graphql_local"));
    assert_eq!(answer.json()["data"]["viewer"]["login"], "hubot");
    let answer = ask(&app, &token, "{ __type(name: \"Issue\") { name } }", json!({})).await;
    assert_eq!(answer.json(), json!({"data": {"__type": {"name": "Issue"}}}));
    assert!(queries(&app).is_empty());
    assert_eq!(asked(&app, "/repos/acme/rocket"), [""; 0]);
}

#[tokio::test]
async fn a_former_name_is_answered_under_the_new_one() {
    for (rename, policy, expected) in [
        (true, json!({}), 200),
        (false, json!({"allowed_owners": ["acme"]}), 403),
        (false, json!({"allowed_owners": ["acme", "hubot"]}), 200),
    ] {
        let app = TestApp::start().await;
        let token = pat_team(&app).await;
        let scopes = json!({"id": "p1", "scopes": [{"owner": "acme"}, {"owner": "hubot"}]});
        crate::support::register(&app, scopes).await;
        app.admin().patch("/v1/admin/pools/team", None, &json!({"policy": policy})).await.ok(200);
        ask(&app, &token, PULL, rocket()).await.ok(200);
        app.github.edit(|state| {
            if rename {
                state.rename_repository(ROCKET, "shuttle").unwrap();
            } else {
                state.transfer_repository(ROCKET, HUBOT).unwrap();
            }
        });
        for _ in 0..2 {
            let answer = ask_within(&app, &token, 0, (PULL, rocket())).await;
            assert_eq!(answer.status(), expected, "{policy} {}", answer.text());
            app.new_isolate();
        }
    }
}
