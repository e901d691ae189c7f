//! The REST form: headers, addresses and downloads as a client of GitHub's meets them.

use octopool_testkit::github::{Effect, Fault};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{read, register, team};

const OURS: &str = "http://localhost:8787/api/v3";

async fn get(app: &TestApp, token: &str, path: &str) -> Answer {
    app.bearer(token).get(&format!("/api/v3{path}")).await
}

fn answers(app: &TestApp, path: &str, effect: Effect) {
    app.github.fault(Fault::on("GET", path, effect));
}

#[tokio::test]
async fn how_often_to_ask_for_events_is_passed_on() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/events";
    answers(
        &app,
        path,
        Effect::respond(200, json!([])).with_header("x-poll-interval", "60").with_header("x-unknown", "1"),
    );
    let envelope = read(&app, &token, path).await.ok(200);
    assert_eq!(
        (&envelope["headers"]["x-poll-interval"], &envelope["headers"]["x-unknown"]),
        (&json!("60"), &Value::Null)
    );
    let rest = get(&app, &token, path).await;
    assert_eq!((rest.header("x-poll-interval"), rest.header("x-unknown")), (Some("60"), None));
}

#[tokio::test]
async fn limits_are_the_pools_on_a_miss_and_absent_on_a_hit() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.secrets.set("OCTOPOOL_PAT_HUBOT", &app.credentials.tokens.hubot);
    register(&app, json!({"id": "p2", "login": "hubot", "secret_ref": "OCTOPOOL_PAT_HUBOT"})).await;
    register(&app, json!({"id": "p3", "login": "hubot", "secret_ref": "OCTOPOOL_PAT_HUBOT"})).await;
    let spent = Effect::respond(200, json!({}))
        .with_header("x-ratelimit-remaining", "0")
        .with_header("x-ratelimit-limit", "5000");
    answers(&app, "/users/mona", spent);
    let miss = get(&app, &token, "/users/mona").await;
    assert_eq!(
        (miss.header("x-ratelimit-limit"), miss.header("x-ratelimit-remaining")),
        (Some("10000"), Some("5000"))
    );
    assert_eq!(miss.header("x-ratelimit-resource"), Some("core"));
    let hit = get(&app, &token, "/users/mona").await;
    assert_eq!(hit.header("x-octopool-cache"), Some("hit"));
    for name in ["limit", "remaining", "used", "reset", "resource"] {
        assert_eq!(hit.header(&format!("x-ratelimit-{name}")), None, "{name}");
    }
}

#[tokio::test]
async fn addresses_of_github_are_ours_and_what_people_wrote_is_not() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let github = app.github.base_url().to_owned();
    let body = |base: &str| {
        json!([{
            "url": format!("{base}/repos/acme/rocket/statuses/1"),
            "comments_url": format!("{base}/repos/acme/rocket/comments{{/number}}"),
            "deep": {"deeper": [{"git_href": format!("{base}?page=2"), "review_comment_url": base}]},
            "_links": {"self": {"href": format!("{base}/x")}, "odd": format!("{base}/y")},
            "target_url": format!("{github}/mine"),
            "details_url": format!("{github}/mine"),
            "homepage": format!("{github}/mine"),
            "description": format!("see {github}/x"),
            "body": format!("{github}/x"),
            "near_url": format!("{github}9/x"),
            "host_url": format!("{github}.evil.example/x"),
            "user_url": format!("{github}@evil.example/x"),
            "list_url": [format!("{github}/x")],
            "client_payload": {"url": format!("{github}/x"), "more": [{"x_url": format!("{github}/x")}]},
        }])
    };
    let path = "/repos/acme/rocket/commits/main/statuses";
    answers(&app, path, Effect::respond(200, body(&github)));
    assert_eq!(get(&app, &token, path).await.ok(200), body(OURS));
    assert_eq!(read(&app, &token, path).await.ok(200)["body"], body(&github), "the envelope");
}

#[tokio::test]
async fn downloads_lead_to_githubs_content_hosts_only() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/zipball/main";
    for (location, status, passes) in [
        ("https://codeload.github.com/acme/rocket/legacy.zip/main", 302, true),
        ("https://CODELOAD.github.com/acme/rocket/legacy.zip/main", 302, true),
        ("https://codeload.github.com/x", 307, false),
        ("https://codeload.github.com/x", 303, false),
        ("/acme/rocket/legacy.zip/main", 302, false),
        ("http://codeload.github.com/x", 302, false),
        ("https://codeload.github.com./x", 302, false),
        ("https://codeload.github.com%2eevil.example/x", 302, false),
        ("https://me:secret@codeload.github.com/x", 302, false),
        ("https://results.blob.core.windows.net/x", 302, false),
        ("https://codeload.github.com:8443/x", 302, false),
        ("javascript:alert(1)", 302, false),
        ("https://codeload.github.com\t.evil.example/x", 302, false),
    ] {
        app.github.clear_faults();
        answers(&app, path, Effect::Redirect { location: location.to_owned(), status });
        let answer = get(&app, &token, path).await;
        if passes {
            assert_eq!((answer.status(), answer.header("location")), (302, Some(location)));
        } else {
            assert_eq!((answer.status(), answer.header("location")), (502, None), "{status} {location}");
            assert_eq!(answer.code(), "github_redirect_denied");
        }
    }
    assert!(!app.database.dump().contains("legacy.zip"), "an address is never kept");
}

#[tokio::test]
async fn nothing_is_text_in_the_envelope_and_an_empty_200_is_no_answer() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let nothing =
        |status| Effect::Respond { status, body: None, headers: std::collections::BTreeMap::default() };
    answers(&app, "/repos/acme/rocket/assignees/mona", nothing(204));
    answers(&app, "/repos/acme/rocket/contributors", nothing(204));
    answers(&app, "/repos/acme/rocket/topics", nothing(200));
    answers(&app, "/repos/acme/rocket/labels", Effect::respond(206, json!([])));
    answers(&app, "/repos/acme/rocket/tags", Effect::respond(200, json!("text")));
    for path in ["assignees/mona", "contributors"] {
        let answer = read(&app, &token, &format!("/repos/acme/rocket/{path}")).await.ok(200);
        assert_eq!(
            (&answer["status"], &answer["body"], &answer["body_encoding"]),
            (&json!(204), &Value::Null, &json!("text"))
        );
    }
    for path in ["topics", "labels", "tags"] {
        let path = format!("/repos/acme/rocket/{path}");
        for _ in 0..2 {
            read(&app, &token, &path).await.expect(502, "github_response_invalid");
        }
    }
}
