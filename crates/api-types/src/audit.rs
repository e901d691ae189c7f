//! The audit as the admin reads it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GET /v1/admin/audit`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditList {
    /// What happened, the newest first.
    pub events: Vec<AuditEvent>,
    /// Where the next page begins; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// One thing that happened; a line of `GET /v1/admin/audit/export`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEvent {
    /// Its number, counted from 1 without a gap.
    pub seq: i64,
    /// When (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub at: String,
    /// Who did it: `admin`, `admin:` and an admin token's name, `anonymous`, or `caller:` and the caller's id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AuditActor"))]
    pub actor: String,
    /// `<noun>.<verb>`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AuditAction"))]
    pub action: String,
    /// The pool it was about, if it was about one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// The id of what was changed.
    pub subject: String,
    /// The id under which the log and the answer know the request.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
    /// What changed.
    pub detail: Value,
    /// SHA-256 of all of it and of the digest before; null while the row waits for its place in the chain.
    pub digest: Option<String>,
}

/// The answer of `GET /v1/admin/audit/verify`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerifyAuditResponse {
    /// Whether every row that was looked at is as it was written.
    pub ok: bool,
    /// How many rows were found good.
    pub checked: u64,
    /// The first row that is not; nothing after it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<FirstBadRow>,
    /// Where to go on, if the chain is longer than one request walks.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// The first row that is not as it was written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FirstBadRow {
    /// Its number.
    pub seq: i64,
    /// What is wrong with it.
    pub problem: AuditProblem,
}

/// What is wrong with a row of the audit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditProblem {
    /// It is not there any more.
    Removed,
    /// It, its digest or its place was changed.
    Altered,
    /// Its digest was taken away.
    Unchained,
    /// It is the last row of a cut that is not the deployment's.
    CutForged,
    /// It was removed by a cut that is not there any more.
    CutMissing,
    /// The signed head of the chain is not the deployment's.
    HeadForged,
    /// The chain has no signed head, and the deployment signs one.
    HeadMissing,
}

/// The body of `POST /v1/admin/audit/cut`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CutAuditRequest {
    /// What is older than this goes (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub before: String,
}

/// The answer of `POST /v1/admin/audit/cut`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CutAuditResponse {
    /// How many rows went.
    pub removed: u64,
    /// Where the chain begins now; null if nothing went.
    pub cut: Option<AuditCut>,
    /// Whether nothing that old is left; if not, the same request again goes on.
    pub done: bool,
}

/// Where the chain of the audit begins.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditCut {
    /// The number of the last row that went.
    pub seq: i64,
    /// Its digest.
    pub digest: String,
    /// When (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub at: String,
    /// By whom.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AuditActor"))]
    pub actor: String,
}
