//! What is wrong with a deployment.

use serde::{Deserialize, Serialize};

use crate::identity::CheckResult;

/// The answer of `GET /v1/admin/doctor`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Doctor {
    /// Whether every check of this page passed.
    pub ok: bool,
    /// The Worker's version.
    pub version: String,
    /// The newest migration that the Worker needs.
    pub schema_version: String,
    /// What was looked at, in order; `subject` is an identity as `pool/id`.
    pub checks: Vec<CheckResult>,
    /// Where the next identities begin; null if these were the last.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

impl Doctor {
    /// How many identities a request verifies unless `limit` says otherwise.
    pub const DEFAULT_LIMIT: u32 = 10;
    /// How many it verifies at most. On the free plan a request has 50 calls to other services: a
    /// verification takes up to three, and the rest seven.
    pub const MAX_LIMIT: u32 = 12;
}
