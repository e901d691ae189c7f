//! The audit log in the API.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GET /v1/admin/audit`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditList {
    /// The events, newest first.
    pub events: Vec<AuditEvent>,
    /// The cursor of the next page; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// An audit event; a line of `GET /v1/admin/audit/export`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEvent {
    /// Its number, counted from 1 without gaps.
    pub seq: i64,
    /// The time (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub at: String,
    /// The actor: `admin`, `admin:` and the name of an admin token, `anonymous`, or `caller:` and
    /// the caller's id.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AuditActor"))]
    pub actor: String,
    /// The action, `<noun>.<verb>`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AuditAction"))]
    pub action: String,
    /// The pool that it concerns, if any.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// The id of the changed object.
    pub subject: String,
    /// The id of the request, as in `x-request-id` and the log.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::RequestId"))]
    pub request_id: String,
    /// The details of the change.
    pub detail: Value,
    /// The SHA-256 of the event and the previous digest; null until the event is chained.
    pub digest: Option<String>,
}

/// The answer of `GET /v1/admin/audit/verify`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerifyAuditResponse {
    /// Whether every row that was checked is intact.
    pub ok: bool,
    /// The number of intact rows.
    pub checked: u64,
    /// The first row that is not intact; later rows were not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<FirstBadRow>,
    /// The cursor to continue with, if the chain is longer than one request can check.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}

/// The first row that is not intact.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FirstBadRow {
    /// Its number.
    pub seq: i64,
    /// What is wrong with it.
    pub problem: AuditProblem,
}

/// What is wrong with a row of the audit log.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditProblem {
    /// The row is missing.
    Removed,
    /// The row, its digest or its place was changed.
    Altered,
    /// Its digest was removed.
    Unchained,
    /// It is the last row of a cut that the deployment did not sign.
    CutForged,
    /// A cut removed it, and that cut is missing.
    CutMissing,
    /// The deployment did not sign the head of the chain.
    HeadForged,
    /// The chain has no signed head, although the deployment signs heads.
    HeadMissing,
}

/// The body of `POST /v1/admin/audit/cut`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CutAuditRequest {
    /// Events older than this are removed (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub before: String,
}

/// The answer of `POST /v1/admin/audit/cut`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CutAuditResponse {
    /// The number of removed rows.
    pub removed: u64,
    /// Where the chain starts now; null if nothing was removed.
    pub cut: Option<AuditCut>,
    /// Whether all older rows are removed; otherwise repeat the request to continue.
    pub done: bool,
}

/// Where the chain of the audit log starts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditCut {
    /// The number of the last removed row.
    pub seq: i64,
    /// Its digest.
    pub digest: String,
    /// When the cut was made (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub at: String,
    /// The actor that made the cut.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AuditActor"))]
    pub actor: String,
}
