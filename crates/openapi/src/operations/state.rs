//! Pools, identities and callers as one document.

use octopool_api_types::{
    ApplyRequest, ErrorCode as Code, PlanRequest, PlanResponse, StateResponse, endpoints,
};
use serde_json::{Value, json};

use crate::operation::{Admins, Operation, operation};

const HASH: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

/// What is wrong with an identity is said as where it is registered by itself.
const REFUSED_DOCUMENT: &[Code] = &[
    Code::IdentityKindUnsupported,
    Code::InstallationIdRequired,
    Code::SecretRefReserved,
    Code::IdentityConflict,
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation("read_state", endpoints::READ_STATE, "Read the state document")
            .answers::<StateResponse>(200, json!({ "state": document(), "state_hash": HASH }))
            .with_headers(&["etag"])
            .for_admins(Admins::All)
            .fails(&[Code::PayloadTooLarge]),
        operation(
            "plan_state",
            endpoints::PLAN_STATE,
            "Plan the changes that a state document needs; at most 4 MiB",
        )
        .takes::<PlanRequest>(json!({ "desired": document() }))
        .answers::<PlanResponse>(200, planned())
        .ignores_key()
        .fails(REFUSED_DOCUMENT),
        operation(
            "apply_state",
            endpoints::APPLY_STATE,
            "Apply a state document completely or not at all; at most 4 MiB",
        )
        .takes::<ApplyRequest>(json!({ "desired": document(), "state_hash": HASH }))
        .changes()
        .answers::<PlanResponse>(200, planned())
        .with_headers(&["etag"])
        .once()
        .fails(REFUSED_DOCUMENT)
        .fails(&[Code::StateChanged]),
    ]
}

fn document() -> Value {
    json!({
        "pools": { "maintainers": {
            "policy": { "allowed_owners": ["acme"], "allow_search": true },
            "identities": { "mona": {
                "kind": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA",
                "scopes": [{ "owner": "acme", "repo": "rocket", "allow_private": false }],
            } },
        } },
        "callers": { "1002": { "github_login": "hubot", "pools": ["maintainers"] } },
    })
}

fn planned() -> Value {
    json!({
        "changes": [{
            "action": "update", "kind": "identity", "id": "mona", "pool": "maintainers",
            "fields": [{ "field": "weight", "before": 100, "after": 200 }],
        }],
        "state_hash": HASH,
    })
}
