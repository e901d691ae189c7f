//! What a caller may see of a pool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use octopool_core::{IdentityKind, Status};

/// `GET /v1/pools/{pool}/health`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PoolHealth {
    /// The pool asked for.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// How many identities are registered.
    pub identities_total: u64,
    /// How many of them can serve now.
    pub identities_healthy: u64,
    /// The version of the policy's form, 1.
    pub policy_version: u32,
    /// Each identity, by id.
    pub identities: Vec<IdentityHealth>,
    /// When the next exhausted rate limit is reset (RFC 3339), if one is.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub next_reset: Option<String>,
}

/// How one identity is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IdentityHealth {
    /// The identity's id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// What kind of credential it is.
    pub kind: IdentityKind,
    /// Whether an operator lets it serve.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityStatus"))]
    pub status: Status,
    /// Until when it is not used (RFC 3339), if it is cooling down.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub cooldown_until: Option<String>,
    /// Requests left by GitHub's rate limit resource (`core`, `search`), as far as known.
    pub remaining: BTreeMap<String, u64>,
}

/// `GET /v1/pools/{pool}/string-rewrites`. octopool has no rewrite rules; newer clients refuse to
/// work with a server that does not say so.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StringRewrites {
    /// The version of this document's form, 1.
    pub schema_version: u32,
    /// Counts changes of the rules, from 1.
    pub revision: u32,
    /// When the rules changed last (RFC 3339, UTC).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub updated_at: String,
    /// Always empty.
    pub rules: Vec<Value>,
}
