//! What a caller may see of its pool.

use octopool_api_types::{ErrorCode as Code, PoolHealth, PoolStats, StringRewrites, paths};
use serde_json::{Value, json};

use super::get;
use crate::operation::{Operation, query};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        get("read_pool_health", paths::POOL_HEALTH, "How the pool is").answers::<PoolHealth>(
            200,
            json!({
                "pool": "maintainers", "identities_total": 1, "identities_healthy": 1, "policy_version": 1, "next_reset": null,
                "identities": [{ "id": "mona", "kind": "pat", "status": "active", "cooldown_until": null, "remaining": { "core": 4990 } }],
            }),
        ),
        get("read_pool_stats", paths::POOL_STATS, "How much the pool is used")
            .answers::<PoolStats>(200, stats())
            .parameters(vec![
                query(
                    "since",
                    "How far back is counted: 1 minute to 30 days as `30m`, `24h` or `7d`; a number alone means hours.",
                    &json!({ "type": "string", "pattern": "^ *[0-9]+[mhdMHD]? *$", "default": "24h" }),
                ),
                query(
                    "client",
                    "Requests of clients of this name only.",
                    &json!({ "$ref": "#/components/schemas/HostName" }),
                ),
            ])
            .fails(&[Code::InvalidRequest]),
        get("read_string_rewrites", paths::POOL_STRING_REWRITES, "The rewrite rules, of which there are none")
            .answers::<StringRewrites>(
                200,
                json!({ "schema_version": 1, "revision": 1, "updated_at": "2026-11-01T00:00:00Z", "rules": [] }),
            ),
    ]
}

fn stats() -> Value {
    let with = |mut more: Value| {
        let usage = json!({
            "requests": 4, "errors": 0, "fallbacks": 1, "avg_duration_ms": 12.5, "cache_hits": 1, "cache_stale": 0, "cache_misses": 1,
            "cache_bypass": 2, "cache_unknown": 0, "coalesced": 0, "cacheable_requests": 2, "cache_hit_rate": 0.5, "cacheable_hit_rate": 0.5,
            "bypass_rate": 0.5, "saved_github_requests": 1, "backend_requests": 2,
        });
        for (name, value) in usage.as_object().into_iter().flatten() {
            more[name] = value.clone();
        }
        more
    };
    json!({
        "generated_at": "2026-11-24T08:00:00Z", "pool": "maintainers", "window": { "label": "24h", "seconds": 86_400 },
        "operator": { "github_login": "hubot" }, "client": null, "pool_usage": with(json!({})), "caller_usage": with(json!({})),
        "routes": [with(json!({ "route_kind": "repo_view", "latest_seen_at": "2026-11-24T07:59:00Z" }))],
        "clients": [with(json!({ "client_name": "laptop" }))], "backends": [with(json!({ "backend": "github" }))],
        "fallback_reasons": [{ "reason": "repo_not_public", "requests": 1 }],
        "cache": { "total_entries": 2, "fresh_entries": 1, "expired_entries": 1, "body_bytes": 4096 },
    })
}
