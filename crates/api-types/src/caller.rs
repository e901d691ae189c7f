//! Provisioning of callers by the admin.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/admin/callers`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProvisionCallerRequest {
    /// The pool to grant; it is made if there is none.
    pub pool: String,
    /// The account's current login; its numeric id is what gets bound.
    pub github_login: String,
    /// A display name; the login if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The machine that the returned token is for; `admin` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

/// The answer of `POST /v1/admin/callers`. It holds a secret: no `Debug`.
#[derive(Clone, Deserialize, Serialize)]
pub struct ProvisionCallerResponse {
    /// Who was provisioned.
    pub caller: ProvisionedCaller,
    /// The caller token, shown this once; null in the answer of a dry run, which makes none.
    pub token: Option<String>,
}

/// A caller as the admin sees it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProvisionedCaller {
    /// octopool's id of the caller, stable over renames; null in the answer of a dry run if the caller would be new.
    pub id: Option<String>,
    /// The display name.
    pub name: String,
    /// The account's login as GitHub spelled it last.
    pub github_login: String,
    /// The account's immutable id.
    pub github_user_id: i64,
    /// The org that the membership was proved for.
    pub org_login: String,
    /// The pool just granted.
    pub pool: String,
    /// The client that the token is for.
    pub client_name: String,
}
