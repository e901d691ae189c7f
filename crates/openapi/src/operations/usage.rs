//! What a caller may see of its pool.

use octopool_api_types::{
    AdminPoolStats, ErrorCode as Code, PoolHealth, PoolStats, StringRewrites, endpoints,
};
use serde_json::{Value, json};

use crate::operation::{Operation, operation, query};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation("read_pool_health", endpoints::READ_POOL_HEALTH, "Read the health of a pool").answers::<PoolHealth>(200, health()),
        operation("read_pool_stats", endpoints::READ_POOL_STATS, "Read the usage of a pool")
            .answers::<PoolStats>(200, stats())
            .parameters(vec![
                since(),
                query(
                    "client",
                    "The caller's client that `client_usage` and `client_routes` are about; the requesting client if absent.",
                    &json!({ "$ref": "#/components/schemas/HostName" }),
                ),
            ])
            .fails(&[Code::InvalidRequest, Code::InvalidWindow, Code::ClientNameInvalid]),
        operation("read_pool_health_as_admin", endpoints::READ_POOL_HEALTH_AS_ADMIN, "Read the health of a pool as an admin")
            .answers::<PoolHealth>(200, health())
            .fails(&[Code::PoolNotFound]),
        operation("read_pool_stats_as_admin", endpoints::READ_POOL_STATS_AS_ADMIN, "Read the usage of a pool as an admin")
            .answers::<AdminPoolStats>(200, of_pool_alone(stats()))
            .parameters(vec![since()])
            .fails(&[Code::InvalidRequest, Code::InvalidWindow, Code::PoolNotFound]),
        operation("read_string_rewrites", endpoints::READ_STRING_REWRITES, "Read the rewrite rules, of which there are none")
            .answers::<StringRewrites>(
                200,
                json!({ "schema_version": 1, "revision": 1, "updated_at": "2026-11-01T00:00:00Z", "rules": [] }),
            ),
    ]
}

fn since() -> Value {
    query(
        "since",
        "The time window: 1 minute to 30 days as `30m`, `24h` or `7d`; a number alone means hours.",
        &json!({ "type": "string", "pattern": "^ *[0-9]+[mhdMHD]? *$", "default": "24h" }),
    )
}

fn health() -> Value {
    json!({
        "pool": "maintainers", "identities_total": 1, "identities_healthy": 1, "policy_version": 1, "next_reset": null,
        "identities": [{ "id": "mona", "kind": "pat", "status": "active", "cooldown_until": null, "remaining": { "core": 4990 } }],
    })
}

/// A report without what is of a caller.
fn of_pool_alone(mut stats: Value) -> Value {
    for name in ["operator", "caller_usage", "client_usage", "caller_routes", "client_routes", "clients"] {
        stats.as_object_mut().and_then(|fields| fields.remove(name));
    }
    stats
}

const SEEN: &str = "2026-11-24T07:59:00Z";

fn stats() -> Value {
    let with = |mut more: Value| {
        let usage = json!({
            "requests": 4, "errors": 1, "service_errors": 0, "fallbacks": 1, "avg_duration_ms": 12.5, "cache_hits": 1, "cache_stale": 0,
            "cache_misses": 1, "cache_bypass": 2, "cache_unknown": 0, "cacheable_requests": 2, "eligible_cache_requests": 2,
            "cache_hit_rate": 0.5, "cacheable_hit_rate": 0.5, "eligible_cache_hit_rate": 0.5, "bypass_rate": 0.5, "coalesced": 0,
            "cache_served_responses": 1, "uncached_outcomes": 3, "saved_github_requests": 1, "backend_requests": 3,
        });
        for (name, value) in usage.as_object().into_iter().flatten() {
            more[name] = value.clone();
        }
        more
    };
    let route = || with(json!({ "route_kind": "repo_view", "latest_seen_at": SEEN }));
    json!({
        "generated_at": "2026-11-24T08:00:00Z", "pool": "maintainers", "window": { "label": "24h", "seconds": 86_400 },
        "operator": { "github_login": "hubot", "client_name": "laptop" }, "pool_usage": with(json!({})), "caller_usage": with(json!({})),
        "client_usage": with(json!({})), "routes": [route()], "caller_routes": [route()], "client_routes": [route()],
        "clients": [with(json!({ "client_name": "laptop", "latest_seen_at": SEEN }))],
        "backends": [{
            "backend": "github", "route_kind": "repo_view", "requests": 2, "cache_misses": 1, "cache_bypass": 1, "revalidated": 0,
            "latest_seen_at": SEEN,
        }],
        "fallback_reasons": [{ "reason": "repo_not_public", "route_kind": "repo_view", "requests": 1, "latest_seen_at": SEEN }],
        "cache": { "total_entries": 2, "fresh_entries": 1, "expired_entries": 1, "body_bytes": 4096 },
    })
}
