//! `GET /v1/admin/audit…`: audit events, and the verification of their chain.

pub(crate) mod cut;

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use octopool_api_types::{AuditEvent, AuditList, AuditProblem, FirstBadRow, VerifyAuditResponse, paths};
use octopool_core::{AdminTokenName, AuditRow, BadRow, PoolId, Violation, open_cursor, seal_cursor};
use serde_json::Value;

use crate::access::Admin;
use crate::access::http::ScopedAdmin;
use crate::app::App;
use crate::audit::{self, AuditError, AuditFilter, AuditOrder, CutError};
use crate::http::error::ApiError;
use crate::http::json::Json;
use crate::http::paging::{ListQuery, Next};
use crate::http::query;
use crate::http::route::{Route, route};
use crate::http::time::{Moment, rfc3339};
use octopool_api_types::ErrorCode;
use serde_json::json;

/// The routes of the audit log.
pub(crate) const ROUTES: &[Route] = &[
    route!(LIST_AUDIT, list_audit),
    route!(EXPORT_AUDIT, export_audit),
    route!(VERIFY_AUDIT, verify_audit),
    route!(CUT_AUDIT, cut::cut_audit),
];

/// Returns a page of events, newest first.
pub(crate) async fn list_audit(
    ScopedAdmin(admin): ScopedAdmin,
    Extension(app): Extension<App>,
    query: ListQuery,
) -> Result<impl IntoResponse, ApiError> {
    let (events, next) = read_page(&app, &admin, query, AuditOrder::NewestFirst).await?;
    Ok((next.link, Json(StatusCode::OK, AuditList { events, next_cursor: next.cursor })))
}

/// Returns a page of events as lines of JSON, oldest first. The `Link` header has the next page.
pub(crate) async fn export_audit(
    ScopedAdmin(admin): ScopedAdmin,
    Extension(app): Extension<App>,
    query: ListQuery,
) -> Result<Response, ApiError> {
    let (events, next) = read_page(&app, &admin, query, AuditOrder::OldestFirst).await?;
    let lines: Result<Vec<_>, _> = events.iter().map(serde_json::to_string).collect();
    let mut lines = lines.map_err(|error| ApiError::internal(&error))?;
    // Every line ends with a newline, the last one too.
    lines.push(String::new());
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson; charset=utf-8")];
    Ok((kind, next.link, lines.join("\n")).into_response())
}

async fn read_page(
    app: &App,
    admin: &Admin,
    mut query: ListQuery,
    order: AuditOrder,
) -> Result<(Vec<AuditEvent>, Next), ApiError> {
    let mut filter = AuditFilter {
        since: query.filter("since", Moment::parse).map(|moment| moment.0),
        until: query.filter("until", Moment::parse).map(|moment| moment.0),
        action: query.filter("action", action),
        actor: query.filter("actor", actor),
        pool: query.filter("pool", PoolId::parse),
    };
    let paging = query.finish()?;
    filter.pool = admin.restrict(filter.pool)?;
    let page = audit::list(app, &filter, order, &paging.window).await?;
    let last = page.rows.last().map(|row| row.seq.to_string());
    let next = paging.next(page.more, last.as_deref());
    Ok((page.rows.into_iter().map(view).collect(), next))
}

fn action(text: &str) -> Result<String, Violation> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let good =
        text.len() <= 64 && text.split_once('.').is_some_and(|(noun, verb)| is_word(noun) && is_word(verb));
    if good { Ok(text.to_owned()) } else { Err("must be like `caller.login`".into()) }
}

fn actor(text: &str) -> Result<String, Violation> {
    let is_caller = text
        .strip_prefix("caller:")
        .is_some_and(|id| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
    let is_token = text.strip_prefix("admin:").is_some_and(|name| AdminTokenName::parse(name).is_ok());
    if is_caller || is_token || ["admin", "anonymous"].contains(&text) {
        return Ok(text.to_owned());
    }
    Err("must be `admin`, `admin:` and a token's name, `anonymous`, or `caller:` and the caller's id".into())
}

fn view(row: AuditRow) -> AuditEvent {
    AuditEvent {
        seq: row.seq,
        at: rfc3339(row.at.as_millis()),
        actor: row.actor,
        action: row.action,
        pool: row.pool,
        subject: row.subject,
        request_id: row.request_id,
        detail: crate::json::from_slice(row.detail.as_bytes()).unwrap_or(Value::String(row.detail)),
        digest: row.digest,
    }
}

/// Verifies the chain and names the first row that is not intact.
pub(crate) async fn verify_audit(
    _: Admin,
    Extension(app): Extension<App>,
    head: Parts,
) -> Result<Json<VerifyAuditResponse>, ApiError> {
    let mut fields = query::fields(&head);
    let reached = fields.optional_text("cursor", |text| {
        let seq = open_cursor(paths::ADMIN_AUDIT_VERIFY, text).and_then(|seq| seq.parse().ok());
        seq.ok_or_else(|| "must be the `next_cursor` of an earlier answer".into())
    });
    fields.deny_unknown();
    fields.finish(Some(()))?;
    let walked = audit::verify(&app, reached).await?;
    let response = VerifyAuditResponse {
        ok: walked.first_bad.is_none(),
        checked: walked.checked.unsigned_abs(),
        first_bad: walked.first_bad.map(first_bad),
        next_cursor: walked.next.map(|seq| seal_cursor(paths::ADMIN_AUDIT_VERIFY, &seq.to_string())),
    };
    Ok(Json(StatusCode::OK, response))
}

/// The row as the API shows it.
pub(crate) fn first_bad(bad: BadRow) -> FirstBadRow {
    let problem = match bad.problem {
        octopool_core::AuditProblem::Removed => AuditProblem::Removed,
        octopool_core::AuditProblem::Altered => AuditProblem::Altered,
        octopool_core::AuditProblem::Unchained => AuditProblem::Unchained,
        octopool_core::AuditProblem::CutForged => AuditProblem::CutForged,
        octopool_core::AuditProblem::CutMissing => AuditProblem::CutMissing,
        octopool_core::AuditProblem::HeadForged => AuditProblem::HeadForged,
        octopool_core::AuditProblem::HeadMissing => AuditProblem::HeadMissing,
    };
    FirstBadRow { seq: bad.seq, problem }
}

impl From<AuditError> for ApiError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::NoKey => Self::new(ErrorCode::AuditKeyUnconfigured),
            AuditError::NotWhole(bad) => {
                Self::new(ErrorCode::AuditNotWhole).with_details(json!({ "first_bad": first_bad(bad) }))
            }
            AuditError::Database(error) => error.into(),
        }
    }
}

impl From<CutError> for ApiError {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Audit(error) => error.into(),
            CutError::Conflict(error) => error.into(),
            CutError::Entropy(error) => Self::internal(&error),
        }
    }
}
