//! The exchange of a GitHub token for a caller token. Both bodies hold secrets: no `Debug`.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/login/github-cli`.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginRequest {
    /// A token of the account that logs in. The server uses it once and does not store it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::GithubToken"))]
    pub github_token: String,
    /// The client; `legacy` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::HostName>"))]
    pub client_name: Option<String>,
    /// The pool; the server's default login pool if absent or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolNameOrNone>"))]
    pub pool: Option<String>,
}

/// The answer of `POST /v1/login/github-cli`.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginResponse {
    /// The caller that logged in.
    pub caller: LoggedInCaller,
    /// The caller token, which is shown only here.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::CallerToken"))]
    pub token: String,
}

/// A caller as it sees itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoggedInCaller {
    /// octopool's id of the caller.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::CallerId"))]
    pub id: String,
    /// The display name.
    pub name: String,
    /// The account's login.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The org whose membership was verified.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub org_login: String,
    /// The pool of the login.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The client's name, as the server normalized it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
}

/// `GET /v1/client`: whose the caller token of the request is, and what it gives access to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThisClient {
    /// The login of the caller's account.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The org whose membership was verified.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub org_login: String,
    /// The client that the token was issued to.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
    /// The pool of a request that names none: the only one of `pools`, or the default login pool if
    /// it is one of them; otherwise null.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// The pools that the token gives access to, by name.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::PoolName>"))]
    pub pools: Vec<String>,
}
