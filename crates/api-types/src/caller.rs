//! Provisioning of callers by the admin.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/admin/callers`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProvisionCallerRequest {
    /// The pool to grant; it is created if it does not exist.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The account's current login. The caller is bound to the account's numeric id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Login"))]
    pub github_login: String,
    /// A display name; the login if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::DisplayName>"))]
    pub name: Option<String>,
    /// The client that the returned token is for; `admin` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::HostName>"))]
    pub client: Option<String>,
}

/// The answer of `POST /v1/admin/callers`. It has a token: no `Debug`.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProvisionCallerResponse {
    /// The provisioned caller.
    pub caller: ProvisionedCaller,
    /// The caller token, which is shown only here; null in the answer of a dry run.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::CallerToken>"))]
    pub token: Option<String>,
}

/// A provisioned caller.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProvisionedCaller {
    /// octopool's id of the caller, which survives renames; null in the answer of a dry run if the
    /// caller would be new.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::CallerId>"))]
    pub id: Option<String>,
    /// The display name.
    pub name: String,
    /// The account's login, as GitHub last spelled it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The account's immutable id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AccountNumber"))]
    pub github_user_id: i64,
    /// The org whose membership was verified.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub org_login: String,
    /// The granted pool.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The client that the token is for.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
}
