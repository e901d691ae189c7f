//! `/v1/admin/state`, `/v1/admin/plan` and `/v1/admin/apply`: pools, identities and callers as one document.

mod body;
mod document;

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_core::PoolId;
use octopool_core::state::{self, Plan};

use self::body::StateObject;
use super::conditional::etag;
use super::extract::Admin;
use super::fields::Fields;
use super::json::Json;
use crate::app::App;
use crate::error::ApiError;
use crate::governance::{self, Mutation};

/// The one pool that an admin may see and change; nothing means all. There is one admin token, and it opens everything.
fn allowed(_: &Admin) -> Option<PoolId> {
    None
}

/// Answers everything that can be declared.
pub(super) async fn read_state(admin: Admin, State(app): State<App>) -> Result<impl IntoResponse, ApiError> {
    let (state, version) = governance::read_state(&app, allowed(&admin).as_ref()).await?;
    let response =
        wire::StateResponse { state: document::view(state), state_hash: version.as_str().to_owned() };
    Ok((etag(&version), Json(StatusCode::OK, response)))
}

/// Answers what would have to change for a document to hold.
pub(super) async fn plan_state(
    admin: Admin,
    State(app): State<App>,
    StateObject(body): StateObject,
) -> Result<Json<wire::PlanResponse>, ApiError> {
    let mut fields = Fields::new(body);
    let desired = document::read(&mut fields, &app.config.default_policy());
    fields.deny_unknown();
    let plan = governance::plan_state(&app, allowed(&admin).as_ref(), &fields.finish(desired)?).await?;
    let state_hash = plan.seen.as_str().to_owned();
    Ok(Json(StatusCode::OK, view(plan, state_hash)))
}

/// Makes a document hold.
pub(super) async fn apply_state(
    admin: Admin,
    mutation: Mutation,
    State(app): State<App>,
    StateObject(body): StateObject,
) -> Result<impl IntoResponse, ApiError> {
    let mut fields = Fields::new(body);
    let desired = document::read(&mut fields, &app.config.default_policy());
    let planned_on = fields.required_text("state_hash", |text| Ok(text.to_owned()));
    fields.deny_unknown();
    let (desired, planned_on) = fields.finish(desired.zip(planned_on))?;
    let allowed = allowed(&admin);
    let plan = governance::apply_state(&app, &mutation, allowed.as_ref(), &desired, &planned_on).await?;
    let after = plan.after.clone();
    Ok((etag(&after), Json(StatusCode::OK, view(plan, after.as_str().to_owned()))))
}

fn view(plan: Plan, state_hash: String) -> wire::PlanResponse {
    wire::PlanResponse { changes: plan.changes.into_iter().map(change).collect(), state_hash }
}

fn change(change: state::Change) -> wire::Change {
    let fields = change.fields.into_iter().map(|field| wire::FieldChange {
        field: field.field.to_owned(),
        before: field.before,
        after: field.after,
    });
    wire::Change {
        action: match change.action {
            state::Action::Create => wire::ChangeAction::Create,
            state::Action::Update => wire::ChangeAction::Update,
            state::Action::Delete => wire::ChangeAction::Delete,
        },
        kind: match change.kind {
            state::Kind::Pool => wire::ChangeKind::Pool,
            state::Kind::Identity => wire::ChangeKind::Identity,
            state::Kind::Caller => wire::ChangeKind::Caller,
            state::Kind::Grant => wire::ChangeKind::Grant,
        },
        id: change.id,
        pool: change.pool,
        fields: fields.collect(),
    }
}
