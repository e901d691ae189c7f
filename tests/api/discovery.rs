//! `GET /.well-known/octopool`.

use octopool_testkit::TestApp;
use serde_json::json;

#[tokio::test]
async fn it_says_what_a_client_needs_to_log_in() {
    let app = TestApp::with("DEFAULT_LOGIN_POOL", "bots").start().await;
    let answer = app.anon().get("/.well-known/octopool").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(
        answer.ok(200),
        json!({
            "service": "octopool", "version": 1,
            "api_base": "http://localhost:8787", "app_base": "http://localhost:8787",
            "default_pool": "bots", "allowed_org": "acme",
            "auth": {"cli_github_token": true, "web_login": false}, "min_cli_version": "0.2.2",
        })
    );
}

#[tokio::test]
async fn the_base_is_the_origin_of_the_request() {
    let app = TestApp::start().await;
    let answer = app.anon().get("https://pool.example/.well-known/octopool?x=1").await.ok(200);
    assert_eq!(answer["api_base"], "https://pool.example");
    assert_eq!(answer["app_base"], "https://pool.example");
}

#[tokio::test]
async fn it_costs_nothing() {
    let app = TestApp::start().await;
    app.anon().get("/.well-known/octopool").await.ok(200);
    assert_eq!(app.database.counts(), (0, 0));
    assert!(app.github.requests().is_empty());
}
