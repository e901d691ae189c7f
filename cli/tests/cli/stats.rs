//! `octopool stats`.

use serde_json::{Value, json};

use crate::support::Home;
use crate::support::canned::{Answer, Canned};

fn usage(requests: u64) -> Value {
    json!({
        "requests": requests, "errors": 8, "service_errors": 3, "fallbacks": 5, "avg_duration_ms": 12.5, "cache_hits": 80, "cache_stale": 2,
        "cache_misses": 30, "cache_bypass": 8, "cache_unknown": 0, "coalesced": 4, "cacheable_requests": 112,
        "eligible_cache_requests": 112, "cache_hit_rate": 0.7272, "cache_served_responses": 82, "uncached_outcomes": 38,
        "saved_github_requests": 82, "backend_requests": 38,
    })
}

fn with(name: &str, value: &str) -> Value {
    let mut row = usage(40);
    row[name] = value.into();
    row["latest_seen_at"] = "2026-01-02T03:04:00Z".into();
    row["avg_duration_ms"] = Value::Null;
    row["cache_hit_rate"] = Value::Null;
    row
}

fn document() -> Value {
    json!({
        "generated_at": "2026-01-02T03:04:05Z", "pool": "maintainers", "window": {"label": "7d", "seconds": 604_800},
        "operator": {"github_login": "mia", "client_name": "laptop"}, "client_filter": "ci", "pool_usage": usage(120),
        "caller_usage": usage(40), "client_usage": usage(30),
        "routes": [with("route_kind", "pr_view")], "clients": [with("client_name", "ci")],
        "backends": [{
            "backend": "github", "route_kind": "pr_view", "requests": 38, "cache_misses": 30, "cache_bypass": 8, "revalidated": 6,
            "latest_seen_at": "2026-01-02T03:04:00Z",
        }],
        "fallback_reasons": [{
            "reason": "route_denied", "route_kind": "none", "requests": 5, "latest_seen_at": "2026-01-02T03:04:00Z",
        }],
        "cache": {"total_entries": 10, "fresh_entries": 9, "expired_entries": 1, "body_bytes": 2049},
    })
}

#[test]
fn people_get_sums_and_tables() {
    let server = Canned::start();
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let server =
        server.on("GET /v1/pools/saved-pool/stats?since=7d&client=ci", Answer::json(200, &document()));
    let run = home.octopool("stats --since 7d --client ci").run().exits(0);
    assert_eq!(
        run.stdout,
        "maintainers, the last 7d\n\
         \x20 pool: 120 requests, 3 errors, 5 left to callers' own credentials, 12 ms on average\n\
         \x20 mia: 40 requests, 3 errors, 5 left to callers' own credentials, 12 ms on average\n\
         \x20 client ci: 30 requests, 3 errors, 5 left to callers' own credentials, 12 ms on average\n\
         \x20 cache: 80 hits, 2 stale, 30 misses, 8 bypassed, 4 waited for another request; hit rate 73%\n\
         \x20 answers: 82 from the cache, 38 not\n\
         \x20 kept: 10 answers, 9 of them fresh, 3 KiB\n\
         \n\
         ROUTE    REQUESTS  ERRORS  FALLBACKS  HITS  STALE  MISSES  BYPASSED  HIT RATE  AVERAGE  LAST SEEN\n\
         pr_view  40        3       5          80    2      30      8         -         -        2026-01-02T03:04:00Z\n\
         \n\
         YOUR CLIENT  REQUESTS  ERRORS  FALLBACKS  HITS  STALE  MISSES  BYPASSED  HIT RATE  AVERAGE  LAST SEEN\n\
         ci           40        3       5          80    2      30      8         -         -        2026-01-02T03:04:00Z\n\
         \n\
         BACKEND  ROUTE    REQUESTS  MISSES  BYPASSED  CONFIRMED  LAST SEEN\n\
         github   pr_view  38        30      8         6          2026-01-02T03:04:00Z\n\
         \n\
         NOT SERVED BECAUSE  ROUTE          REQUESTS  LAST SEEN\n\
         route_denied        (not a route)  5         2026-01-02T03:04:00Z\n"
    );
    assert_eq!(server.request().header("authorization"), Some("Bearer op_saved"));
}

#[test]
fn programs_get_the_servers_document_unchanged() {
    let text = serde_json::to_string_pretty(&document()).unwrap();
    let server =
        Canned::start().on("GET /v1/pools/p/stats?since=24h", Answer::text(200, "application/json", &text));
    let stats =
        Home::new().octopool("stats --json --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x");
    assert_eq!(stats.run().exits(0).stdout, text + "\n");
}

#[test]
fn a_window_is_a_time_or_refused_before_it_is_sent() {
    let server = Canned::start().on("GET /v1/pools/p/stats?since=14d", Answer::json(200, &json!({})));
    let stats = |since: &str| {
        let run = Home::new().octopool("stats --json --pool p --url").arg(server.url());
        run.arg("--since").arg(since).env("OCTOPOOL_TOKEN", "op_x").run()
    };
    for wrong in ["a&b", "yesterday", "0d", "2026"] {
        stats(wrong).exits(2).json_error();
    }
    assert!(server.requests().is_empty());
    stats("2w").exits(0);
}

#[test]
fn what_used_the_own_login_is_shown_without_a_server() {
    let home = Home::new();
    home.octopool("stats --local").run().exits(0).prints("No request from this machine");
    let none = serde_json::json!({"since": null, "commands": {}});
    assert_eq!(home.octopool("stats --local --json").run().exits(0).json(), none);
    let folder = home.path().join(".local/state/octopool");
    std::fs::create_dir_all(&folder).unwrap();
    let counts = json!({"since": "2026-01-02T03:04:05Z", "commands": {"pr view": {"mutation": 2}, "api": {"write": 7}}});
    std::fs::write(folder.join("own-budget.json"), counts.to_string()).unwrap();
    if cfg!(target_os = "linux") {
        let shown = home.octopool("stats --local").run().exits(0).prints("since 2026-01-02T03:04:05Z");
        let at = |text: &str| shown.stdout.find(text).unwrap();
        assert!(at("write") < at("mutation"), "{shown:#?}");
        assert_eq!(home.octopool("stats --local --json").run().exits(0).json(), counts);
    }
    home.octopool("stats --local --since 7d").run().exits(2);
}
