//! `/v1/admin/state`, `/v1/admin/plan` and `/v1/admin/apply`: pools, identities and callers as one
//! document.

mod document;

use axum::Extension;
use axum::extract::{FromRequest, Request};
use axum::response::IntoResponse;
use futures_util::future::BoxFuture;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_core::PoolId;
use octopool_core::state::{self, Plan};
use serde_json::{Map, Value};

use super::{Kept, MAX_STATE_BYTES};
use crate::access::http::ScopedAdmin;
use crate::app::App;
use crate::change::Mutation;
use crate::change::http::etag;
use crate::http::error::ApiError;
use crate::http::extract::strict_object;
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::query::NoQuery;
use crate::http::route::{Route, route};
use crate::idempotency::Execution;
use crate::idempotency::http::{Idempotency, run_once};

/// The routes of the state document.
pub(crate) const ROUTES: &[Route] =
    &[route!(READ_STATE, read_state), route!(PLAN_STATE, plan_state), route!(APPLY_STATE, apply_state)];

/// Returns the state document; for an admin of one pool, only what belongs to that pool.
pub(crate) async fn read_state(
    ScopedAdmin(admin): ScopedAdmin,
    Extension(app): Extension<App>,
) -> Result<impl IntoResponse, ApiError> {
    let (state, version) = super::read_state(&app, admin.restriction()).await?;
    let response = wire::StateResponse { state: state.into(), state_hash: version.as_str().to_owned() };
    Ok((etag(&version), Json(StatusCode::OK, response)))
}

/// Returns the changes that applying a document would make.
pub(crate) async fn plan_state(
    ScopedAdmin(admin): ScopedAdmin,
    _: NoQuery,
    Extension(app): Extension<App>,
    StateObject(body): StateObject,
) -> Result<Json<wire::PlanResponse>, ApiError> {
    let mut fields = Fields::new(body);
    let desired = document::read(&mut fields, &app.config.default_policy());
    fields.deny_unknown();
    let plan = super::plan_state(&app, admin.restriction(), &fields.finish(desired)?).await?;
    let state_hash = plan.seen.as_str().to_owned();
    Ok(Json(StatusCode::OK, view(plan, state_hash)))
}

/// Applies a document.
pub(crate) async fn apply_state(
    ScopedAdmin(admin): ScopedAdmin,
    mutation: Mutation,
    Extension(app): Extension<App>,
    idempotency: Idempotency,
    StateObject(body): StateObject,
) -> Result<impl IntoResponse, ApiError> {
    let attempt = idempotency.attempt(&body).filter(|_| !mutation.dry_run);
    let mut fields = Fields::new(body);
    let desired = document::read(&mut fields, &app.config.default_policy());
    let planned_on = fields.required_text("state_hash", |text| Ok(text.to_owned()));
    fields.deny_unknown();
    let (desired, planned_on) = fields.finish(desired.zip(planned_on))?;
    let apply = |execution| {
        let (app, mutation, allowed) = (&app, &mutation, admin.restriction());
        let (desired, planned_on) = (&desired, planned_on.as_str());
        let task: BoxFuture<'_, _> =
            Box::pin(async move { apply_once(app, mutation, allowed, desired, planned_on, execution).await });
        task
    };
    let (replayed, answer) = run_once(&app, attempt, apply).await?;
    Ok((replayed, etag(&answer.state_hash), Json(StatusCode::OK, answer)))
}

async fn apply_once(
    app: &App,
    mutation: &Mutation,
    allowed: Option<&PoolId>,
    desired: &state::State,
    planned_on: &str,
    execution: Execution,
) -> Result<wire::PlanResponse, ApiError> {
    if let Some((answer, ())) = execution.kept::<wire::PlanResponse, ()>()? {
        return Ok(answer);
    }
    let answer = |plan: &Plan| serde_json::to_string(&applied(plan.clone())).unwrap_or_default();
    let kept = Kept { execution: &execution, answer: &answer };
    let plan = super::apply_state(app, mutation, allowed, desired, planned_on, &kept).await?;
    Ok(applied(plan))
}

fn applied(plan: Plan) -> wire::PlanResponse {
    let after = plan.after.as_str().to_owned();
    view(plan, after)
}

fn view(plan: Plan, state_hash: String) -> wire::PlanResponse {
    wire::PlanResponse { changes: plan.changes, state_hash }
}

/// The body: a JSON object of at most [`MAX_STATE_BYTES`] without repeated keys.
pub(crate) struct StateObject(pub(crate) Map<String, Value>);

impl<S: Sync> FromRequest<S> for StateObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        strict_object(request, MAX_STATE_BYTES).await.map(Self)
    }
}
