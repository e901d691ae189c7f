//! `POST /v1/admin/audit/cut`: removes old audit events.

use axum::Extension;
use http::StatusCode;
use octopool_api_types::{AuditCut, CutAuditResponse};
use octopool_core::Timestamp;

use crate::access::http::Root;
use crate::app::App;
use crate::audit;
use crate::change::Mutation;
use crate::http::error::ApiError;
use crate::http::extract::JsonObject;
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::time::{Moment, rfc3339};
use crate::idempotency::Execution;
use crate::idempotency::http::{Idempotency, Replayed, run_once};

/// Removes rows older than a time, as many as one request can.
pub(crate) async fn cut_audit(
    _: Root,
    mutation: Mutation,
    Extension(app): Extension<App>,
    idempotency: Idempotency,
    JsonObject(body): JsonObject,
) -> Result<(Replayed, Json<CutAuditResponse>), ApiError> {
    let attempt = idempotency.attempt(&body);
    let before = parse(Fields::new(body), app.now())?;
    mutation.demand_unconditional()?;
    run_once(&app, attempt, |execution| Box::pin(cut(&app, &mutation, before, execution))).await
}

async fn cut(
    app: &App,
    mutation: &Mutation,
    before: Timestamp,
    execution: Execution,
) -> Result<Json<CutAuditResponse>, ApiError> {
    let done = audit::cut(app, &mutation.author, before, mutation.dry_run, &execution).await?;
    let removed = done.cut.as_ref().map_or(0, |cut| cut.removed.unsigned_abs());
    let cut = done.cut.map(|cut| AuditCut {
        seq: cut.seq,
        digest: cut.digest,
        at: rfc3339(cut.at.as_millis()),
        actor: cut.actor,
    });
    Ok(Json(StatusCode::OK, CutAuditResponse { removed, cut, done: done.done }))
}

/// A time in the future would remove events that nobody has seen.
fn parse(mut fields: Fields, now: Timestamp) -> Result<Timestamp, ApiError> {
    let before = fields.required_text("before", |text| {
        let Moment(before) = Moment::parse(text)?;
        if before <= now { Ok(before) } else { Err("must not be in the future".into()) }
    });
    fields.deny_unknown();
    fields.finish(before)
}
