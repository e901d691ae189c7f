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
    /// The checks, in order; `subject` is an identity as `pool/id`.
    pub checks: Vec<CheckResult>,
    /// The cursor of the next identities; null if there are no more.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

impl Doctor {
    /// The default number of identities that a request verifies.
    pub const DEFAULT_LIMIT: u32 = 10;
    /// The largest number. On the free plan a request can make 50 calls to other services: a
    /// verification takes up to three, the rest of the doctor seven.
    pub const MAX_LIMIT: u32 = 12;
}
