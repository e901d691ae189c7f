//! What operators see and change: pools and callers.

use octopool_core::{PoolPolicy, Status};
use serde::{Deserialize, Serialize};

/// A pool: `GET /v1/admin/pools/{pool}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pool {
    /// Its name.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub id: String,
    /// What its callers may read; null if the stored text is not a policy, and then the pool serves
    /// nothing.
    pub policy: Option<PoolPolicy>,
    /// What is wrong with the stored policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_problem: Option<String>,
    /// How many callers have a grant for it.
    pub callers_total: u64,
    /// How many identities are registered in it.
    pub identities_total: u64,
    /// When it was created (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
    /// When its policy was last changed (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub updated_at: String,
}

/// The body of `PATCH /v1/admin/pools/{pool}`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdatePoolRequest {
    /// Replaces the whole policy.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PolicyForm"))]
    pub policy: PoolPolicy,
}

/// `GET /v1/admin/pools`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PoolList {
    /// Pools by id.
    pub pools: Vec<Pool>,
    /// The cursor of the next page; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// A caller: `GET /v1/admin/callers/{caller}`. Its tokens are stored as digests and never shown.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Caller {
    /// octopool's id of the caller, which survives renames.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::CallerId"))]
    pub id: String,
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
    /// Whether it is active; a disabled caller is refused.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::CallerStatus"))]
    pub status: Status,
    /// When GitHub last confirmed that the account is an active member of the org (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub org_verified_at: String,
    /// Its grants, by pool.
    pub grants: Vec<Grant>,
    /// Its clients, by name.
    pub clients: Vec<Client>,
    /// When it was provisioned or enrolled (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
    /// When it was last changed or logged in (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub updated_at: String,
}

/// A grant: a pool that a caller may use.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Grant {
    /// The pool.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// When it was granted (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
}

/// A client: a machine of a caller.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Client {
    /// Its name.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub name: String,
    /// The only pool that its token gives access to, because an admin of that pool issued it; null
    /// if it gives access to all pools of the caller.
    pub pool: Option<String>,
    /// When its token was issued (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
    /// When its token was last used (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub last_used_at: String,
}

/// `GET /v1/admin/callers`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallerList {
    /// Callers by id.
    pub callers: Vec<Caller>,
    /// The cursor of the next page; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// The body of `PATCH /v1/admin/callers/{caller}`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateCallerRequest {
    /// The new status; a disabled caller is refused.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::CallerStatus"))]
    pub status: Status,
}
