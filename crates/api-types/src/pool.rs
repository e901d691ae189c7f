//! What a caller can see of a pool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use octopool_core::{IdentityKind, Status};

/// `GET /v1/pools/{pool}/health`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PoolHealth {
    /// The requested pool.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// How many identities are registered.
    pub identities_total: u64,
    /// How many of them can serve now.
    pub identities_healthy: u64,
    /// The version of the policy format, 1.
    pub policy_version: u32,
    /// Each identity, by id.
    pub identities: Vec<IdentityHealth>,
    /// When the next exhausted rate limit is reset (RFC 3339), if one is.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub next_reset: Option<String>,
}

/// The state of one identity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IdentityHealth {
    /// The identity's id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityId"))]
    pub id: String,
    /// The kind of its credential.
    pub kind: IdentityKind,
    /// Whether an admin has it enabled.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::IdentityStatus"))]
    pub status: Status,
    /// The end of its cooldown (RFC 3339), if it is cooling down.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub cooldown_until: Option<String>,
    /// Remaining requests by GitHub's rate limit resource (`core`, `search`), as far as known.
    pub remaining: BTreeMap<String, u64>,
}

/// `GET /v1/pools/{pool}/string-rewrites`. octopool has no rewrite rules; newer clients require a
/// server to say so.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StringRewrites {
    /// The version of this document's format, 1.
    pub schema_version: u32,
    /// The revision of the rules, from 1.
    pub revision: u32,
    /// When the rules were last changed (RFC 3339, UTC).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub updated_at: String,
    /// Always empty.
    pub rules: Vec<Value>,
}
