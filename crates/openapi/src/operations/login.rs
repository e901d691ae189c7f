//! Logins.

use octopool_api_types::{ErrorCode as Code, LoginRequest, LoginResponse, paths};
use serde_json::json;

use super::post;
use crate::operation::Operation;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        post("login_with_github_token", paths::LOGIN_GITHUB_CLI, "Exchange a GitHub token for a caller token")
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
            .fails(&[Code::RelayOverloaded]),
    ]
}
