//! Provisioning of callers by the admin.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/admin/callers`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProvisionCallerRequest {
    /// The pool to grant; it is made if there is none.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The account's current login; its numeric id is what gets bound.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Login"))]
    pub github_login: String,
    /// A display name; the login if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::DisplayName>"))]
    pub name: Option<String>,
    /// The machine that the returned token is for; `admin` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::HostName>"))]
    pub client: Option<String>,
}

/// The answer of `POST /v1/admin/callers`. It holds a secret: no `Debug`.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProvisionCallerResponse {
    /// Who was provisioned.
    pub caller: ProvisionedCaller,
    /// The caller token, shown this once; null in the answer of a dry run, which makes none.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::CallerToken>"))]
    pub token: Option<String>,
}

/// A caller as the admin sees it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProvisionedCaller {
    /// octopool's id of the caller, stable over renames; null in the answer of a dry run if the caller would be new.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::CallerId>"))]
    pub id: Option<String>,
    /// The display name.
    pub name: String,
    /// The account's login as GitHub spelled it last.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The account's immutable id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AccountNumber"))]
    pub github_user_id: i64,
    /// The org that the membership was proved for.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub org_login: String,
    /// The pool just granted.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The client that the token is for.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
}
