//! What an unauthenticated client can read about a server.

use serde::{Deserialize, Serialize};

/// `GET /.well-known/octopool`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Discovery {
    /// Always `octopool`; a client refuses any other value.
    pub service: String,
    /// The version of this document's format, 1.
    pub version: u32,
    /// The base URL of the API: the origin of the request, without a trailing slash.
    pub api_base: String,
    /// The base URL of pages for people: the same origin.
    pub app_base: String,
    /// The pool of a login that names none.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub default_pool: String,
    /// The org whose members can be callers.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub allowed_org: String,
    /// The supported logins.
    pub auth: AuthMethods,
    /// The oldest supported client version; older ones are asked to upgrade.
    pub min_cli_version: String,
}

/// The logins that the server supports.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuthMethods {
    /// The exchange of a GitHub token: `POST /v1/login/github-cli`.
    pub cli_github_token: bool,
    /// A login in the browser.
    pub web_login: bool,
}

/// `GET /` for JSON clients.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Root {
    /// Always true.
    pub ok: bool,
    /// Always `octopool`.
    pub service: String,
    /// The same value as the `x-request-id` header.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
}
