//! `GET /v1/admin/doctor`: checks of the deployment.

use axum::Extension;
use http::StatusCode;
use http::request::Parts;
use octopool_api_types::{CheckResult, Doctor, paths};
use octopool_core::{PoolId, Violation, Window, open_cursor, seal_cursor};

use super::{Examined, Finding};
use crate::access::http::ScopedAdmin;
use crate::app::App;
use crate::doctor;
use crate::http::error::ApiError;
use crate::http::json::Json;
use crate::http::query;
use crate::http::route::{Route, route};
use crate::identities::http::checks;

/// The route of the doctor.
pub(crate) const ROUTES: &[Route] = &[route!(EXAMINE_DEPLOYMENT, examine_deployment)];

/// Checks the deployment and a page of identities. An admin of one pool has to name that pool and
/// gets only the checks of its identities.
pub(crate) async fn examine_deployment(
    ScopedAdmin(admin): ScopedAdmin,
    Extension(app): Extension<App>,
    head: Parts,
) -> Result<Json<Doctor>, ApiError> {
    let mut fields = query::fields(&head);
    let pool = fields.optional_text("pool", PoolId::parse);
    let list = format!("{}?{}", paths::ADMIN_DOCTOR, pool.as_ref().map(PoolId::as_str).unwrap_or_default());
    let after = fields.optional_text("cursor", |text| {
        open_cursor(&list, text)
            .ok_or_else(|| "must be the `next_cursor` of an earlier answer for the same pool".into())
    });
    match &pool {
        Some(pool) => admin.demand(pool)?,
        None => admin.demand_all_pools()?,
    }
    let limit = fields.optional_text("limit", limit).unwrap_or(Doctor::DEFAULT_LIMIT);
    fields.deny_unknown();
    fields.finish(Some(()))?;
    let examined = if admin.restriction().is_some() { Examined::Pool } else { Examined::Deployment };
    let round = doctor::examine(&app, examined, pool.as_ref(), &Window { after, limit }).await?;
    let checks: Vec<_> = round.findings.into_iter().map(view).collect();
    let answer = Doctor {
        ok: checks.iter().all(|check| check.ok),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schema_version: doctor::schema_version().to_owned(),
        checks,
        next_cursor: round.next.map(|id| seal_cursor(&list, &id)),
    };
    Ok(Json(StatusCode::OK, answer))
}

fn limit(text: &str) -> Result<u32, Violation> {
    let limit = text.parse().ok().filter(|limit| (1..=Doctor::MAX_LIMIT).contains(limit));
    limit
        .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| "must be an integer from 1 to 12".into())
}

fn view(finding: Finding) -> CheckResult {
    CheckResult { subject: finding.subject, ..checks::view(finding.check) }
}
