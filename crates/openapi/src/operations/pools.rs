//! Pools and their policies.

use octopool_api_types::{ErrorCode as Code, Pool, PoolList, UpdatePoolRequest, endpoints};
use serde_json::{Value, json};

use crate::operation::{Admins, Operation, operation};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation("list_pools", endpoints::LIST_POOLS, "List pools")
            .answers::<PoolList>(200, json!({ "pools": [pool()], "next_cursor": null }))
            .pages(Vec::new())
            .for_admins(Admins::All),
        operation("read_pool", endpoints::READ_POOL, "Read a pool")
            .answers::<Pool>(200, pool())
            .with_headers(&["etag"])
            .fails(&[Code::PoolNotFound]),
        operation("update_pool", endpoints::UPDATE_POOL, "Replace a pool's policy")
            .takes::<UpdatePoolRequest>(
                json!({ "policy": { "allowed_owners": ["acme"], "allow_search": true } }),
            )
            .changes()
            .answers::<Pool>(200, pool())
            .with_headers(&["etag"])
            .fails(&[Code::PoolNotFound]),
        operation("delete_pool", endpoints::DELETE_POOL, "Delete an unused pool")
            .changes()
            .fails(&[Code::PoolNotFound, Code::PoolNotEmpty]),
    ]
}

fn pool() -> Value {
    json!({
        "id": "maintainers", "callers_total": 3, "identities_total": 2,
        "policy": { "allowed_owners": ["acme"], "allow_public_repos": true, "allow_search": true, "allow_logs": true },
        "created_at": "2026-11-23T07:30:00Z", "updated_at": "2026-11-24T08:00:00Z",
    })
}
