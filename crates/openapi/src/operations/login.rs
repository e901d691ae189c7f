//! Logins.

use octopool_api_types::{ErrorCode as Code, LoginRequest, LoginResponse, ThisClient, endpoints};
use serde_json::json;

use crate::operation::{Operation, operation, parameter_ref};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation("login_with_github_token", endpoints::LOGIN_WITH_GITHUB_TOKEN, "Exchange a GitHub token for a caller token")
            .takes_at_least::<LoginRequest>(json!({ "github_token": "gho_EXAMPLE", "client_name": "laptop", "pool": "maintainers" }))
            .answers::<LoginResponse>(
                201,
                json!({
                    "caller": {
                        "id": "5a0d1f7e-0000-4000-8000-000000000001", "name": "Hubot", "github_login": "hubot", "org_login": "acme",
                        "pool": "maintainers", "client_name": "laptop",
                    },
                    "token": "op_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                }),
            )
            .once()
            .fails(&[Code::ClientNameInvalid, Code::GithubAuthFailed])
            .fails_as(502, Code::GithubAuthFailed)
            .fails(&[Code::OrgMemberDenied, Code::GithubIdentityMismatch, Code::OrgVerificationFailed])
            .fails(&[Code::PoolDenied, Code::CallerNotProvisioned, Code::CallerDisabled])
            .fails(&[Code::RelayOverloaded, Code::MigrationsMissing]),
        operation("read_client", endpoints::READ_CLIENT, "Read whose the caller token is").answers::<ThisClient>(
            200,
            json!({
                "github_login": "hubot", "org_login": "acme", "client_name": "laptop", "pool": "maintainers",
                "pools": ["maintainers", "triage"],
            }),
        ),
        operation("revoke_this_client", endpoints::REVOKE_THIS_CLIENT, "Revoke the caller token of the request")
            .parameters(vec![parameter_ref("dry_run")])
            .fails(&[Code::InvalidRequest, Code::WriteConflict]),
    ]
}
