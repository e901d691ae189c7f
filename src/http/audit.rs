//! `GET /v1/admin/audit…`: what happened, and whether nobody changed what it says.

use axum::extract::State;
use http::StatusCode;
use http::request::Parts;
use octopool_api_types::{AuditProblem, FirstBadRow, VerifyAuditResponse, paths};
use octopool_core::{BadRow, open_cursor, seal_cursor};

use super::extract::Admin;
use super::json::Json;
use super::query;
use crate::app::App;
use crate::audit;
use crate::error::ApiError;

/// Walks the chain and names the first row that is not as it was written.
pub(super) async fn verify_audit(
    _: Admin,
    State(app): State<App>,
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

fn first_bad(bad: BadRow) -> FirstBadRow {
    let problem = match bad.problem {
        octopool_core::AuditProblem::Removed => AuditProblem::Removed,
        octopool_core::AuditProblem::Altered => AuditProblem::Altered,
        octopool_core::AuditProblem::Unchained => AuditProblem::Unchained,
    };
    FirstBadRow { seq: bad.seq, problem }
}
