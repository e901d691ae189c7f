//! Identities of a pool.

use octopool_api_types::{
    ErrorCode as Code, IdentityList, RegisterIdentityRequest, RegisterIdentityResponse, RegisteredIdentity,
    UpdateIdentityRequest, VerifyIdentityResponse, endpoints,
};
use serde_json::{Value, json};

use crate::operation::{Operation, operation};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation("register_identity", endpoints::REGISTER_IDENTITY, "Register an identity, or update it under the same id")
            .takes::<RegisterIdentityRequest>(json!({
                "id": "mona", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{ "owner": "acme", "repo": "rocket" }],
            }))
            .changes()
            .answers::<RegisterIdentityResponse>(200, registration())
            .with_headers(&["etag"])
            .answers::<RegisterIdentityResponse>(201, registration())
            .with_headers(&["etag"])
            .fails(&[Code::IdentityKindUnsupported, Code::InstallationIdRequired, Code::SecretRefReserved])
            .fails(&[Code::IdentityConflict, Code::IdentityUnverified])
            .once(),
        operation("list_identities", endpoints::LIST_IDENTITIES, "List the identities of a pool")
            .answers::<IdentityList>(200, json!({ "identities": [registered()], "next_cursor": null }))
            .pages(Vec::new())
            .fails(&[Code::PoolNotFound]),
        operation("read_identity", endpoints::READ_IDENTITY, "Read an identity")
            .answers::<RegisteredIdentity>(200, registered())
            .with_headers(&["etag"])
            .fails(&[Code::IdentityNotFound, Code::PoolNotFound]),
        operation("update_identity", endpoints::UPDATE_IDENTITY, "Change fields of an identity")
            .takes::<UpdateIdentityRequest>(json!({ "weight": 200 }))
            .changes()
            .answers::<RegisteredIdentity>(200, registered())
            .with_headers(&["etag"])
            .fails(&[Code::IdentityNotFound, Code::PoolNotFound, Code::InstallationIdRequired, Code::SecretRefReserved]),
        operation("delete_identity", endpoints::DELETE_IDENTITY, "Delete an identity; its secret stays")
            .changes()
            .fails(&[Code::IdentityNotFound, Code::PoolNotFound]),
        operation("verify_identity", endpoints::VERIFY_IDENTITY, "Verify that an identity works")
            .takes_nothing()
            .answers::<VerifyIdentityResponse>(
                200,
                json!({
                    "id": "mona", "ok": false,
                    "checks": [{
                        "check": "secret_present", "ok": false, "problem": "The deployment has no secret of this name, or it is blank.",
                        "fix": "npx wrangler secret put OCTOPOOL_PAT_MONA",
                    }],
                }),
            )
            .once()
            .fails(&[Code::IdentityNotFound, Code::PoolNotFound]),
    ]
}

fn registration() -> Value {
    json!({ "identity": identity(), "created": true, "warnings": [] })
}

fn identity() -> Value {
    json!({
        "id": "mona", "pool": "maintainers", "kind": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "installation_id": null,
        "weight": 100, "status": "active", "scopes": [{ "owner": "acme", "repo": "rocket", "allow_private": false }],
    })
}

fn registered() -> Value {
    let mut identity = identity();
    identity["created_at"] = json!("2026-11-23T07:30:00Z");
    identity["updated_at"] = json!("2026-11-24T08:00:00Z");
    identity
}
