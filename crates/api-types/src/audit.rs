//! The audit as the admin reads it.

use serde::{Deserialize, Serialize};

/// The answer of `GET /v1/admin/audit/verify`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VerifyAuditResponse {
    /// Whether every row that was looked at is as it was written.
    pub ok: bool,
    /// How many rows were found good.
    pub checked: u64,
    /// The first row that is not; nothing after it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<FirstBadRow>,
    /// Where to go on, if the chain is longer than one request walks.
    pub next_cursor: Option<String>,
}

/// The first row that is not as it was written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FirstBadRow {
    /// Its number.
    pub seq: i64,
    /// What is wrong with it.
    pub problem: AuditProblem,
}

/// What is wrong with a row of the audit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditProblem {
    /// It is not there any more.
    Removed,
    /// It, its digest or its place was changed.
    Altered,
    /// Its digest was taken away.
    Unchained,
}
