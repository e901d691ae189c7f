//! `GET /`.

use axum::body::Body;
use http::Request;
use octopool_testkit::TestApp;

#[tokio::test]
async fn programs_get_json() {
    let app = TestApp::start().await;
    let answer = app.anon().get("/").await;
    assert_eq!(answer.header("vary"), Some("Accept"));
    let id = answer.header("x-request-id").unwrap().to_owned();
    assert_eq!(answer.ok(200), serde_json::json!({"ok": true, "service": "octopool", "request_id": id}));
}

#[tokio::test]
async fn browsers_get_a_page() {
    let app = TestApp::start().await;
    let request = Request::get("http://localhost/").header("accept", "text/html,*/*;q=0.8");
    let answer = app.anon().send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("vary"), Some("Accept"));
    assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(answer.text().starts_with("<!doctype html>"));
}
