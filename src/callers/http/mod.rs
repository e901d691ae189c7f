//! `POST /v1/admin/callers`: gives an account of the org access to a pool. Changes of enrolled
//! callers are in `lifecycle`, and what
//! callers do themselves in `own`.

mod lifecycle;
mod own;

use axum::Extension;
use http::StatusCode;
use octopool_api_types::{ErrorCode, ProvisionCallerResponse, ProvisionedCaller};
use octopool_core::{AccountLogin, ClientName, DisplayName, PoolId};

use super::{NewCaller, ProvisionError};
use crate::access::http::{Reader, ScopedAdmin, lookup_failed, membership_denied, other_pool};
use crate::app::App;
use crate::callers;
use crate::change::Mutation;
use crate::http::error::ApiError;
use crate::http::extract::JsonObject;
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::route::{Route, route};
use crate::idempotency::Execution;
use crate::idempotency::http::{Idempotency, Replayed, run_once};

use lifecycle::{list_callers, read_caller, revoke_client, revoke_pool, update_caller};
use own::{read_client, revoke_this_client};

/// The routes of callers.
pub(crate) const ROUTES: &[Route] = &[
    route!(PROVISION_CALLER, provision_caller),
    route!(LIST_CALLERS, list_callers),
    route!(READ_CALLER, read_caller),
    route!(UPDATE_CALLER, update_caller),
    route!(REVOKE_POOL, revoke_pool),
    route!(REVOKE_CLIENT, revoke_client),
    route!(READ_CLIENT, read_client),
    route!(REVOKE_THIS_CLIENT, revoke_this_client),
];

/// Provisions the caller and returns its token, which is the only time that it is shown. A dry run
/// returns the caller that would be provisioned, without a token.
pub(crate) async fn provision_caller(
    ScopedAdmin(admin): ScopedAdmin,
    Extension(app): Extension<App>,
    mutation: Mutation,
    idempotency: Idempotency,
    JsonObject(body): JsonObject,
) -> Result<(Replayed, Json<ProvisionCallerResponse>), ApiError> {
    let attempt = idempotency.attempt(&body);
    let mut new = parse(Fields::new(body))?;
    admin.demand(&new.pool)?;
    mutation.demand_unconditional()?;
    new.exclusive = admin.restriction().is_some();
    if mutation.dry_run {
        return Ok((None, plan(&app, &new).await?));
    }
    run_once(&app, attempt, |execution| Box::pin(provision(&app, &mutation, &new, execution))).await
}

async fn provision(
    app: &App,
    mutation: &Mutation,
    new: &NewCaller,
    execution: Execution,
) -> Result<Json<ProvisionCallerResponse>, ApiError> {
    let provisioned = callers::provision_caller(app, mutation, new, &execution).await?;
    let caller = provisioned.caller;
    let caller = ProvisionedCaller {
        id: Some(caller.id),
        name: caller.name,
        github_login: caller.github_login,
        github_user_id: caller.github_user_id,
        org_login: caller.org_login,
        pool: new.pool.to_string(),
        client_name: new.client.to_string(),
    };
    let token = Some(provisioned.token.expose().to_owned());
    Ok(Json(StatusCode::CREATED, ProvisionCallerResponse { caller, token }))
}

async fn plan(app: &App, new: &NewCaller) -> Result<Json<ProvisionCallerResponse>, ApiError> {
    let planned = callers::plan_caller(app, new).await?;
    let caller = ProvisionedCaller {
        id: planned.id,
        name: planned.name.to_string(),
        github_login: planned.account.login.to_string(),
        github_user_id: planned.account.id.get(),
        org_login: app.config.allowed_org.to_string(),
        pool: new.pool.to_string(),
        client_name: new.client.to_string(),
    };
    Ok(Json(StatusCode::OK, ProvisionCallerResponse { caller, token: None }))
}

fn parse(mut fields: Fields) -> Result<NewCaller, ApiError> {
    let pool = fields.required_text("pool", PoolId::parse);
    let login = fields.required_text("github_login", AccountLogin::parse);
    let name = fields.optional_text("name", DisplayName::parse);
    let client = client_name(&mut fields, "client", ClientName::admin);
    fields.deny_unknown();
    let parts = pool.zip(login).zip(client);
    let new = parts.map(|((pool, login), client)| NewCaller { pool, login, name, client, exclusive: false });
    fields.finish(new)
}

/// A client name. Its rule has an error code of its own.
pub(crate) fn client_name(fields: &mut Fields, name: &str, absent: fn() -> ClientName) -> Option<ClientName> {
    match fields.take(name) {
        Some(value) => read_client_name(fields, name, &value),
        None => Some(absent()),
    }
}

/// An optional client name. A violation is added to the fields.
pub(crate) fn optional_client_name(fields: &mut Fields, name: &str) -> Option<ClientName> {
    let value = fields.take(name)?;
    read_client_name(fields, name, &value)
}

fn read_client_name(fields: &mut Fields, name: &str, value: &serde_json::Value) -> Option<ClientName> {
    let parsed = value.as_str().ok_or("must be a string".into()).and_then(ClientName::parse);
    parsed.map_err(|violation| fields.refuse(ErrorCode::ClientNameInvalid, name, &violation.to_string())).ok()
}

impl From<ProvisionError> for ApiError {
    fn from(error: ProvisionError) -> Self {
        match error {
            ProvisionError::NoSuchAccount => Self::new(ErrorCode::GithubUserNotFound),
            ProvisionError::AccountLookup { error, org } => lookup_failed(&error, &org),
            ProvisionError::Membership(error) => membership_denied(error, Reader::Admin),
            ProvisionError::Disabled(id) => Self::new(ErrorCode::CallerDisabled)
                .with_status(StatusCode::CONFLICT)
                .with_message(format!(
                    "This caller was disabled by an admin, and provisioning does not enable it. Enable it first: \
                     `octopool admin callers enable {id}`."
                )),
            ProvisionError::OtherPools => other_pool()
                .with_message("This caller has grants for other pools, and its tokens give access to all of them. An admin token that is restricted to one pool cannot issue one."),
            ProvisionError::Database(error) => error.into(),
            ProvisionError::Entropy(error) => Self::internal(&error),
        }
    }
}
