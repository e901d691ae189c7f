//! The exchange of a GitHub token for a caller token. Both bodies hold secrets: no `Debug`.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/login/github-cli`.
#[derive(Clone, Deserialize, Serialize)]
pub struct LoginRequest {
    /// A token of the account that logs in. The server uses it once and does not store it.
    pub github_token: String,
    /// The machine; `legacy` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The pool; the server's default login pool if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// The answer of `POST /v1/login/github-cli`.
#[derive(Clone, Deserialize, Serialize)]
pub struct LoginResponse {
    /// Who logged in.
    pub caller: LoggedInCaller,
    /// The caller token, shown this once.
    pub token: String,
}

/// A caller as it sees itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LoggedInCaller {
    /// octopool's id of the caller.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The account's login.
    pub github_login: String,
    /// The org that the membership was proved for.
    pub org_login: String,
    /// The pool logged in to.
    pub pool: String,
    /// The client as the server normalized it.
    pub client_name: String,
}
