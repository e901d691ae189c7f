//! What a caller may see of its pool.

use octopool_api_types::{PoolHealth, StringRewrites, paths};
use serde_json::json;

use super::get;
use crate::operation::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        get("read_pool_health", paths::POOL_HEALTH, "How the pool is").answers::<PoolHealth>(
            200,
            json!({
                "pool": "maintainers", "identities_total": 1, "identities_healthy": 1, "policy_version": 1, "next_reset": null,
                "identities": [{ "id": "mona", "kind": "pat", "status": "active", "cooldown_until": null, "remaining": { "core": 4990 } }],
            }),
        ),
        get("read_string_rewrites", paths::POOL_STRING_REWRITES, "The rewrite rules, of which there are none")
            .answers::<StringRewrites>(
                200,
                json!({ "schema_version": 1, "revision": 1, "updated_at": "2026-11-01T00:00:00Z", "rules": [] }),
            ),
    ]
}
