//! `GET /v1/pools/{pool}/stats`.

use std::time::Duration;

use octopool_api_types::PoolStats;
use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{provision, read, read_with, reason, team};

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
    assert_eq!(body["operator"], json!({"github_login": "hubot", "client_name": "admin"}));
    let nothing = json!({
        "requests": 0, "errors": 0, "service_errors": 0, "fallbacks": 0, "avg_duration_ms": null, "cache_hits": 0, "cache_stale": 0,
        "cache_misses": 0, "cache_bypass": 0, "cache_unknown": 0, "cacheable_requests": 0, "eligible_cache_requests": 0,
        "cache_hit_rate": null, "cacheable_hit_rate": null, "eligible_cache_hit_rate": null, "bypass_rate": null, "coalesced": 0,
        "cache_served_responses": 0, "uncached_outcomes": 0, "saved_github_requests": 0, "backend_requests": 0,
    });
    for usage in ["pool_usage", "caller_usage", "client_usage"] {
        assert_eq!(body[usage], nothing, "{usage}");
    }
    for list in ["routes", "caller_routes", "client_routes", "clients", "backends", "fallback_reasons"] {
        assert_eq!(body[list], json!([]), "{list}");
    }
    assert!(body.get("client_filter").is_none() && body.get("client").is_none(), "{body}");
    assert_eq!(
        body["cache"],
        json!({"total_entries": 0, "fresh_entries": 0, "expired_entries": 0, "body_bytes": 0})
    );
}

#[tokio::test]
async fn reads_are_counted_by_route_client_backend_and_reason() {
    let app = TestApp::start().await;
    let token = team(&app).await;
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
        ("errors", 3),
        ("service_errors", 1),
        ("fallbacks", 2),
        ("cache_hits", 3),
        ("cache_misses", 2),
        ("cache_bypass", 3),
        ("cacheable_requests", 5),
        ("eligible_cache_requests", 5),
        ("cache_served_responses", 3),
        ("uncached_outcomes", 5),
        ("saved_github_requests", 3),
        ("backend_requests", 5),
    ] {
        assert_eq!(usage[field], expected, "{field} of {usage}");
    }
    for rate in ["cache_hit_rate", "cacheable_hit_rate", "eligible_cache_hit_rate"] {
        assert_eq!(usage[rate], 0.6, "{rate}");
    }
    assert_eq!(usage["bypass_rate"], 0.375);
    assert_eq!(body["caller_usage"]["requests"], 6);
    let first = |list: &str| &body[list][0];
    assert_eq!(
        (&first("routes")["route_kind"], &first("routes")["requests"]),
        (&json!("repo_view"), &json!(5))
    );
    assert_eq!(first("caller_routes")["requests"], 4);
    let seen = first("routes")["latest_seen_at"].clone();
    assert!(seen.as_str().unwrap().ends_with(":00Z"), "{seen}");
    assert_eq!(body["clients"].as_array().unwrap().len(), 1, "the colleague's are not this caller's");
    assert_eq!(*first("clients"), {
        let mut whole = body["caller_usage"].clone();
        whole["client_name"] = json!("admin");
        whole["latest_seen_at"] = seen.clone();
        whole
    });
    let backend = |backend: &str, kind: &str, requests: u64, misses: u64, bypass: u64| {
        json!({"backend": backend, "route_kind": kind, "requests": requests, "cache_misses": misses, "cache_bypass": bypass,
               "revalidated": 0, "latest_seen_at": seen})
    };
    assert_eq!(
        body["backends"],
        json!([
            backend("cache", "repo_view", 3, 0, 0),
            backend("github", "issue_view", 1, 0, 1),
            backend("github", "repo_view", 1, 1, 0),
            backend("github", "user_view", 1, 1, 0),
            backend("none", "none", 1, 0, 1),
            backend("none", "repo_view", 1, 0, 1),
        ])
    );
    let fallback = |reason: &str, kind: &str| json!({"reason": reason, "route_kind": kind, "requests": 1, "latest_seen_at": seen});
    assert_eq!(
        body["fallback_reasons"],
        json!([fallback("repo_not_public", "repo_view"), fallback("route_denied", "none")])
    );
    assert_eq!((&body["cache"]["total_entries"], &body["cache"]["fresh_entries"]), (&json!(2), &json!(2)));
    assert!(body["cache"]["body_bytes"].as_u64().unwrap() > 100);
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
async fn a_client_is_one_of_the_callers_and_the_one_that_asks_unless_named() {
    let app = TestApp::start().await;
    let admin = team(&app).await;
    let body = json!({"pool": "team", "github_login": "hubot", "client": "laptop"});
    let laptop =
        app.admin().post("/v1/admin/callers", &body).await.ok(201)["token"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        read(&app, &laptop, "/repos/acme/rocket").await.ok(200);
    }
    read(&app, &admin, "/users/octocat").await.ok(200);
    for (token, query, filter, requests, kind) in [
        (&admin, "", None, 1, "user_view"),
        (&laptop, "", None, 2, "repo_view"),
        (&admin, "?client=laptop", Some("laptop"), 2, "repo_view"),
        // As a client's name is read everywhere.
        (&admin, "?client=%20laptop.local.LOCAL", Some("laptop"), 2, "repo_view"),
    ] {
        let body = stats(&app, token, query).await;
        assert_eq!(body.get("client_filter").and_then(Value::as_str), filter, "{query}");
        assert_eq!(body["client_usage"]["requests"], requests, "{query}");
        assert_eq!(body["client_routes"].as_array().unwrap().len(), 1, "{query}");
        assert_eq!(body["client_routes"][0]["route_kind"], kind, "{query}");
        let names: Vec<_> =
            body["clients"].as_array().unwrap().iter().map(|row| &row["client_name"]).collect();
        assert_eq!(names, ["laptop", "admin"], "all of the caller's, whatever is named");
        assert_eq!(
            (&body["pool_usage"]["requests"], &body["caller_usage"]["requests"]),
            (&json!(3), &json!(3))
        );
    }
    let nobody = stats(&app, &admin, "?client=nobody").await;
    assert_eq!((&nobody["client_usage"]["requests"], &nobody["client_routes"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn what_github_confirms_is_counted() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.clock.advance(Duration::from_mins(11));
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    let backend = stats(&app, &token, "").await["backends"][0].clone();
    assert_eq!((&backend["requests"], &backend["revalidated"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn lists_end() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.database
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) \
             INSERT INTO usage_minutes SELECT unixepoch() / 60, 'team', id, 'client-' || i, 'kind-' || i, 'none', 'bypass', 'reason-' || i, \
                                              i, 0, 0, 0, 0 FROM n, callers",
        )
        .unwrap();
    let body = stats(&app, &token, "").await;
    for (list, most) in
        [("routes", 12), ("caller_routes", 12), ("clients", 40), ("backends", 20), ("fallback_reasons", 20)]
    {
        let rows = body[list].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["requests"]), (most, &json!(50)), "{list}");
    }
}

#[tokio::test]
async fn queries_that_mean_nothing_are_refused() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for (query, code, field) in [
        ("since=1w", "invalid_window", "since"),
        ("since=31d", "invalid_window", "since"),
        ("since=721h", "invalid_window", "since"),
        ("since=0m", "invalid_window", "since"),
        ("since=-1h", "invalid_window", "since"),
        ("since=1.5h", "invalid_window", "since"),
        ("since=", "invalid_window", "since"),
        ("client=a/b", "client_name_invalid", "client"),
        ("client=", "client_name_invalid", "client"),
        ("client=.local", "client_name_invalid", "client"),
        ("sinc=1h", "invalid_request", "sinc"),
    ] {
        let answer = app.bearer(&token).get(&format!("/v1/pools/team/stats?{query}")).await;
        assert_eq!(answer.expect(400, code).fields(), [field], "{query}");
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
