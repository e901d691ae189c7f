//! What GitHub can do wrong while it is read: a typed error, nothing kept, nothing of it repeated.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{read, reason, team};

const ISSUE: &str = "/repos/acme/rocket/issues/1";

#[tokio::test]
async fn what_is_no_answer_is_never_served_as_data() {
    for (effect, code) in [
        (Effect::Html, "github_response_invalid"),
        (
            Effect::respond(200, json!({"id": 1})).with_header("content-type", "text/html; charset=utf-8"),
            "github_response_invalid",
        ),
        (Effect::Truncate, "github_unreachable"),
        (Effect::DropConnection, "github_unreachable"),
        (Effect::NeverAnswer, "github_unreachable"),
        (
            Effect::Redirect { location: "https://evil.example/".to_owned(), status: 302 },
            "github_redirect_denied",
        ),
        (
            Effect::Redirect { location: "/repositories/5002/issues/1".to_owned(), status: 301 },
            "github_redirect_denied",
        ),
        (Effect::Redirect { location: "//evil.example/".to_owned(), status: 307 }, "github_redirect_denied"),
    ] {
        let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
        let token = team(&app).await;
        app.github.fault(
            Fault::on("GET", "/repos/acme/rocket", Effect::respond(200, json!({"private": false}))).once(),
        );
        let path = if matches!(effect, Effect::Truncate) { "/repos/acme/rocket" } else { ISSUE };
        app.github.fault(Fault::on("GET", path, effect.clone()));
        let answer = read(&app, &token, path).await.expect(502, code);
        let log: String = app.log.events().iter().map(Value::to_string).collect();
        assert!(!answer.text().contains("evil") && !log.contains("evil"), "{effect:?}");
        assert!(app.edge_cache.dump().is_empty(), "{effect:?}");
        assert_eq!(app.database.value("SELECT count(*) FROM cached_answers"), 0, "{effect:?}");
        let failed = app.database.rows("SELECT errors, requests FROM usage_minutes");
        assert_eq!(Value::Object(failed[0].clone()), json!({"errors": 1, "requests": 1}));
    }
}

#[tokio::test]
async fn an_error_page_is_an_answer_and_no_data() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let page = Effect::respond(502, json!("<html>")).with_header("content-type", "text/html");
    app.github.fault(Fault::on("GET", ISSUE, page));
    let body = read(&app, &token, ISSUE).await.ok(200);
    assert_eq!((&body["status"], &body["body_encoding"]), (&json!(502), &json!("text")));
    assert_eq!(body["relay"]["cacheable"], false);
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_left_to_the_caller() {
    // The stand-in takes its time to make one.
    let app = TestApp::with("REQUEST_TIMEOUT_MS", "20000").start().await;
    let token = team(&app).await;
    app.github.fault(Fault::on("GET", ISSUE, Effect::respond(200, json!({"body": "x".repeat(10_000_000)}))));
    assert_eq!(reason(&read(&app, &token, ISSUE).await), "github_response_too_large");
}

#[tokio::test]
async fn a_clock_that_is_corrected_does_not_keep_answers_for_ever() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.fault(Fault::on("GET", ISSUE, Effect::respond(200, json!({"state": "open"}))));
    app.clock.advance(std::time::Duration::from_secs(100_000));
    read(&app, &token, ISSUE).await.ok(200);
    app.clock.go_back(std::time::Duration::from_secs(100_000));
    assert_eq!(read(&app, &token, ISSUE).await.ok(200)["relay"]["cache"], "miss", "an answer of the future");
}

#[tokio::test]
async fn the_last_identity_and_the_pool_can_go_while_it_is_read() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.admin().delete("/v1/admin/pools/team/identities/p1").await;
    assert_eq!(reason(&read(&app, &token, "/repos/acme/rocket").await), "no_identity");
    let caller = app.database.value("SELECT id FROM callers").as_str().unwrap().to_owned();
    app.admin().delete(&format!("/v1/admin/callers/{caller}/pools/team")).await;
    assert_eq!(app.admin().delete("/v1/admin/pools/team").await.status(), 204);
    read(&app, &token, "/repos/acme/rocket").await.expect(401, "invalid_auth");
}
