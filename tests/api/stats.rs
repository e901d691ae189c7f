//! `GET /v1/pools/{pool}/stats`.

use std::time::Duration;

use octopool_api_types::PoolStats;
use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{log_in, provision, read, read_with, reason, team};

async fn stats(app: &TestApp, token: &str, query: &str) -> Value {
    let body = app.bearer(token).get(&format!("/v1/pools/team/stats{query}")).await.ok(200);
    // What a client decodes.
    serde_json::from_value::<PoolStats>(body.clone()).unwrap();
    body
}

#[tokio::test]
async fn a_pool_that_was_never_used() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    let body = stats(&app, &token, "").await;
    assert_eq!(body["window"], json!({"label": "24h", "seconds": 86400}));
    assert_eq!(body["operator"], json!({"github_login": "hubot"}));
    assert_eq!(
        body["pool_usage"],
        json!({"requests": 0, "errors": 0, "fallbacks": 0, "avg_duration_ms": null, "cache_hits": 0, "cache_stale": 0, "cache_misses": 0,
               "cache_bypass": 0, "cache_unknown": 0, "coalesced": 0, "cacheable_requests": 0, "cache_hit_rate": null,
               "cacheable_hit_rate": null, "bypass_rate": null, "saved_github_requests": 0, "backend_requests": 0})
    );
    assert_eq!(
        (&body["routes"], &body["clients"], &body["fallback_reasons"]),
        (&json!([]), &json!([]), &json!([]))
    );
    assert_eq!(
        body["cache"],
        json!({"total_entries": 0, "fresh_entries": 0, "expired_entries": 0, "body_bytes": 0})
    );
}

#[tokio::test]
async fn reads_are_counted_by_route_client_backend_and_reason() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let laptop = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
    assert_eq!(laptop.status(), 403, "of another pool");
    let colleague = provision(&app, "octocat", "team").await;
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/issues/7", Effect::status(502)));
    for _ in 0..3 {
        read(&app, &token, "/repos/acme/rocket").await.ok(200);
    }
    read(&app, &colleague, "/repos/acme/rocket").await.ok(200);
    read(&app, &colleague, "/users/octocat").await.ok(200);
    read(&app, &token, "/repos/acme/rocket/issues/7").await.ok(200);
    assert_eq!(reason(&read(&app, &token, "/repos/acme/secret-plans").await), "repo_not_public");
    assert_eq!(reason(&read(&app, &token, "/user/repos").await), "route_denied");
    let body = stats(&app, &token, "?since=30m").await;
    let usage = &body["pool_usage"];
    for (field, expected) in [
        ("requests", 8),
        ("errors", 1),
        ("fallbacks", 2),
        ("cache_hits", 3),
        ("cache_misses", 2),
        ("cache_bypass", 3),
        ("saved_github_requests", 3),
        ("backend_requests", 3),
        ("cacheable_requests", 5),
    ] {
        assert_eq!(usage[field], expected, "{field} of {usage}");
    }
    assert_eq!(usage["cache_hit_rate"], 0.6);
    assert_eq!(body["caller_usage"]["requests"], 6);
    assert_eq!(body["routes"][0]["route_kind"], "repo_view");
    assert_eq!(body["routes"][0]["requests"], 5);
    assert!(body["routes"][0]["latest_seen_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(body["clients"][0], {
        let mut whole = usage.clone();
        whole["client_name"] = json!("admin");
        whole
    });
    let backends: Vec<_> =
        body["backends"].as_array().unwrap().iter().map(|row| row["backend"].as_str().unwrap()).collect();
    assert_eq!(backends, ["cache", "github", "none"]);
    assert_eq!(
        body["fallback_reasons"],
        json!([{"reason": "repo_not_public", "requests": 1}, {"reason": "route_denied", "requests": 1}])
    );
    assert_eq!((&body["cache"]["total_entries"], &body["cache"]["fresh_entries"]), (&json!(2), &json!(2)));
    assert!(body["cache"]["body_bytes"].as_u64().unwrap() > 100);
    assert_eq!(stats(&app, &token, "?client=nobody").await["pool_usage"]["requests"], 0);
    assert_eq!(stats(&app, &token, "?client=admin").await["pool_usage"]["requests"], 8);
}

#[tokio::test]
async fn a_window_ends() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.clock.advance(Duration::from_mins(29));
    assert_eq!(stats(&app, &token, "?since=30m").await["pool_usage"]["requests"], 1);
    app.clock.advance(Duration::from_mins(2));
    assert_eq!(stats(&app, &token, "?since=30m").await["pool_usage"]["requests"], 0);
    assert_eq!(stats(&app, &token, "?since=7d").await["pool_usage"]["requests"], 1);
}

#[tokio::test]
async fn queries_that_mean_nothing_are_refused() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for (query, field) in [
        ("since=1w", "since"),
        ("since=31d", "since"),
        ("since=", "since"),
        ("client=a/b", "client"),
        ("sinc=1h", "sinc"),
    ] {
        let answer = app.bearer(&token).get(&format!("/v1/pools/team/stats?{query}")).await;
        assert_eq!(answer.expect(400, "invalid_request").fields(), [field], "{query}");
    }
}

#[tokio::test]
async fn reads_at_once_are_written_together() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.database.set_latency(Duration::from_millis(30));
    let before = app.database.background_batches();
    let reads = (0..200).map(|_| read_with(&app, &token, "/repos/acme/rocket", json!({})));
    for answer in futures_util::future::join_all(reads).await {
        answer.ok(200);
    }
    app.settle().await;
    let batches = app.database.background_batches() - before;
    assert!(batches <= 10, "{batches} writes for 200 reads");
    app.database.set_latency(Duration::ZERO);
    assert_eq!(stats(&app, &token, "").await["pool_usage"]["requests"], 201);
}
