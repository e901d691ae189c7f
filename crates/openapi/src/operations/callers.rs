//! Callers, their grants and clients.

use octopool_api_types::{
    Caller, CallerList, ErrorCode as Code, ProvisionCallerRequest, ProvisionCallerResponse,
    UpdateCallerRequest, endpoints,
};
use serde_json::{Value, json};

use crate::operation::{Operation, choice, operation, query};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation(
            "provision_caller",
            endpoints::PROVISION_CALLER,
            "Give a member of the organization access to a pool",
        )
        .takes::<ProvisionCallerRequest>(
            json!({ "pool": "maintainers", "github_login": "hubot", "client": "ci" }),
        )
        .changes()
        .answers::<ProvisionCallerResponse>(200, planned())
        .answers::<ProvisionCallerResponse>(201, provisioned())
        .once()
        .fails(&[Code::ClientNameInvalid, Code::GithubUserNotFound, Code::GithubUserLookupFailed])
        .fails(&[Code::OrgMemberDenied, Code::GithubIdentityMismatch])
        .fails(&[Code::OrgVerificationFailed, Code::OrgVerificationUnavailable])
        .fails_as(409, Code::CallerDisabled),
        operation("list_callers", endpoints::LIST_CALLERS, "List callers")
            .answers::<CallerList>(200, json!({ "callers": [caller()], "next_cursor": null }))
            .pages(vec![
                query(
                    "pool",
                    "Callers with a grant for this pool.",
                    &json!({ "$ref": "#/components/schemas/PoolName" }),
                ),
                query(
                    "login",
                    "Callers whose last known login is this, in any case.",
                    &json!({ "$ref": "#/components/schemas/Login" }),
                ),
                choice("status", "Callers with this status.", &["active", "disabled"]),
            ]),
        operation("read_caller", endpoints::READ_CALLER, "Read a caller")
            .answers::<Caller>(200, caller())
            .with_headers(&["etag"])
            .fails(&[Code::CallerNotFound]),
        operation("update_caller", endpoints::UPDATE_CALLER, "Disable or enable a caller")
            .takes::<UpdateCallerRequest>(json!({ "status": "disabled" }))
            .changes()
            .answers::<Caller>(200, caller())
            .with_headers(&["etag"])
            .fails(&[Code::CallerNotFound]),
        operation("revoke_pool", endpoints::REVOKE_POOL, "Revoke a caller's grant for a pool")
            .changes()
            .fails(&[Code::CallerNotFound, Code::GrantNotFound]),
        operation("revoke_client", endpoints::REVOKE_CLIENT, "Revoke the token of a caller's client")
            .changes()
            .fails(&[Code::CallerNotFound, Code::ClientNotFound]),
    ]
}

fn provisioned() -> Value {
    json!({
        "caller": {
            "id": "5a0d1f7e-0000-4000-8000-000000000001", "name": "Hubot", "github_login": "hubot", "github_user_id": 1002,
            "org_login": "acme", "pool": "maintainers", "client_name": "ci",
        },
        "token": "op_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    })
}

/// The answer of a dry run: there is no caller and no token yet.
fn planned() -> Value {
    let mut planned = provisioned();
    planned["caller"]["id"] = Value::Null;
    planned["token"] = Value::Null;
    planned
}

fn caller() -> Value {
    json!({
        "id": "5a0d1f7e-0000-4000-8000-000000000001", "name": "Hubot", "github_login": "hubot", "github_user_id": 1002,
        "org_login": "acme", "status": "active", "org_verified_at": "2026-11-23T07:30:00Z",
        "grants": [{ "pool": "maintainers", "created_at": "2026-11-23T07:30:00Z" }],
        "clients": [{ "name": "ci", "pool": null, "created_at": "2026-11-23T07:30:00Z", "last_used_at": "2026-11-24T08:00:00Z" }],
        "created_at": "2026-11-23T07:30:00Z", "updated_at": "2026-11-23T07:30:00Z",
    })
}
