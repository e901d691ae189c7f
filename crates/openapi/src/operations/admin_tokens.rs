//! Admin tokens beside the deployment's own.

use octopool_api_types::{
    AdminTokenList, CreateAdminTokenRequest, CreateAdminTokenResponse, ErrorCode as Code, endpoints,
};
use serde_json::{Value, json};

use crate::operation::{Admins, Operation, operation};

pub(super) fn operations() -> Vec<Operation> {
    let operations = [
        operation("create_admin_token", endpoints::CREATE_ADMIN_TOKEN, "Create an admin token")
            .takes::<CreateAdminTokenRequest>(json!({ "name": "release", "pool": "maintainers" }))
            .changes()
            .answers::<CreateAdminTokenResponse>(200, json!({ "admin_token": token(), "token": null }))
            .answers::<CreateAdminTokenResponse>(
                201,
                json!({ "admin_token": token(), "token": "opa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
            )
            .once()
            .fails(&[Code::AdminTokenExists]),
        operation("list_admin_tokens", endpoints::LIST_ADMIN_TOKENS, "List the admin tokens")
            .answers::<AdminTokenList>(200, json!({ "admin_tokens": [token()], "next_cursor": null }))
            .pages(Vec::new()),
        operation("revoke_admin_token", endpoints::REVOKE_ADMIN_TOKEN, "Revoke an admin token")
            .changes()
            .fails(&[Code::AdminTokenNotFound]),
    ];
    operations.into_iter().map(|operation| operation.for_admins(Admins::Root)).collect()
}

fn token() -> Value {
    json!({
        "name": "release", "pool": "maintainers", "expires_at": null, "created_at": "2026-11-23T07:30:00Z",
        "last_used_at": "2026-11-24T08:00:00Z",
    })
}
