//! `/v1/admin/tokens`: named admin tokens. Only the root may manage them; otherwise the holder of
//! one could create another that lives longer.

use axum::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_core::{AdminTokenName, PoolId, Timestamp};

use super::{CreateTokenError, NewAdminToken, StoredAdminToken};
use crate::access::http::Root;
use crate::admin_tokens;
use crate::app::App;
use crate::change::Mutation;
use crate::http::error::ApiError;
use crate::http::extract::{AdminTokenPath, JsonObject};
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::paging::ListQuery;
use crate::http::route::{Route, route};
use crate::http::time::{Moment, rfc3339};
use crate::idempotency::Execution;
use crate::idempotency::http::{Idempotency, Replayed, run_once};
use octopool_api_types::ErrorCode;

/// The routes of admin tokens.
pub(crate) const ROUTES: &[Route] = &[
    route!(CREATE_ADMIN_TOKEN, create_admin_token),
    route!(LIST_ADMIN_TOKENS, list_admin_tokens),
    route!(REVOKE_ADMIN_TOKEN, revoke_admin_token),
];

/// Creates a token and returns it, which is the only time that it is shown. A dry run returns what
/// would be created, without a token.
pub(crate) async fn create_admin_token(
    _: Root,
    Extension(app): Extension<App>,
    mutation: Mutation,
    idempotency: Idempotency,
    JsonObject(body): JsonObject,
) -> Result<(Replayed, Json<wire::CreateAdminTokenResponse>), ApiError> {
    let attempt = idempotency.attempt(&body).filter(|_| !mutation.dry_run);
    let new = parse(Fields::new(body), app.now())?;
    mutation.demand_unconditional()?;
    run_once(&app, attempt, |execution| Box::pin(create(&app, &mutation, &new, execution))).await
}

async fn create(
    app: &App,
    mutation: &Mutation,
    new: &NewAdminToken,
    execution: Execution,
) -> Result<Json<wire::CreateAdminTokenResponse>, ApiError> {
    let created = admin_tokens::create_admin_token(app, mutation, new, &execution).await?;
    let token = created.token.map(|token| token.expose().to_owned());
    let response = wire::CreateAdminTokenResponse { admin_token: view(created.row), token };
    Ok(Json(mutation.status_of_a_creation(), response))
}

/// Returns a page of tokens.
pub(crate) async fn list_admin_tokens(
    _: Root,
    Extension(app): Extension<App>,
    query: ListQuery,
) -> Result<impl IntoResponse, ApiError> {
    let paging = query.finish()?;
    let page = admin_tokens::list_admin_tokens(&app, &paging.window).await?;
    let next = paging.next(page.more, page.rows.last().map(|row| row.name.as_str()));
    let admin_tokens = page.rows.into_iter().map(view).collect();
    Ok((next.link, Json(StatusCode::OK, wire::AdminTokenList { admin_tokens, next_cursor: next.cursor })))
}

/// Revokes a token.
pub(crate) async fn revoke_admin_token(
    _: Root,
    AdminTokenPath(name): AdminTokenPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
) -> Result<StatusCode, ApiError> {
    admin_tokens::revoke_admin_token(&app, &mutation, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(mut fields: Fields, now: Timestamp) -> Result<NewAdminToken, ApiError> {
    let name = fields.required_text("name", AdminTokenName::parse);
    let pool = fields.optional_text("pool", PoolId::parse);
    let expires_at = fields.optional_text("expires_at", |text| {
        let Moment(moment) = Moment::parse(text)?;
        if moment > now { Ok(moment) } else { Err("must be in the future".into()) }
    });
    fields.deny_unknown();
    fields.finish(name.map(|name| NewAdminToken { name, pool, expires_at }))
}

fn view(row: StoredAdminToken) -> wire::AdminToken {
    wire::AdminToken {
        name: row.name,
        pool: row.pool_id,
        expires_at: row.expires_at.map(rfc3339),
        created_at: rfc3339(row.created_at),
        last_used_at: row.last_used_at.map(rfc3339),
    }
}

impl From<CreateTokenError> for ApiError {
    fn from(error: CreateTokenError) -> Self {
        match error {
            CreateTokenError::Exists => Self::new(ErrorCode::AdminTokenExists),
            CreateTokenError::Database(error) => error.into(),
            CreateTokenError::Entropy(error) => Self::internal(&error),
        }
    }
}
