//! `/v1/client`: the client that sends the request.

use axum::Extension;
use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use octopool_api_types::ThisClient;

use crate::access::{self, Granted};
use crate::app::App;
use crate::callers;
use crate::http::error::ApiError;
use crate::http::extract::{RequestId, bearer};
use crate::http::json::Json;
use crate::http::query;

impl<S: Send + Sync> FromRequestParts<S> for Granted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = Extension::<App>::from_request_parts(parts, state).await;
        let Extension(app) = app.map_err(|error| ApiError::internal(&error))?;
        Ok(access::authenticate_anywhere(&app, bearer(&parts.headers).as_deref()).await?)
    }
}

/// Returns whose the token is, and what it gives access to.
pub(crate) async fn read_client(granted: Granted) -> Json<ThisClient> {
    let Granted { holder, pools, pool } = granted;
    let response = ThisClient {
        github_login: holder.github_login,
        org_login: holder.org_login,
        client_name: holder.client_name,
        pool: pool.map(|pool| pool.to_string()),
        pools,
    };
    Json(StatusCode::OK, response)
}

/// Revokes the token of the request, as an admin could. The person can log in again.
pub(crate) async fn revoke_this_client(
    Granted { holder, .. }: Granted,
    RequestId(request_id): RequestId,
    Extension(app): Extension<App>,
    parts: Parts,
) -> Result<StatusCode, ApiError> {
    let mut fields = query::fields(&parts);
    let dry_run = fields.optional_text("dry_run", query::boolean).unwrap_or(false);
    fields.deny_unknown();
    let dry_run = fields.finish(Some(dry_run))?;
    callers::revoke_own_client(&app, &holder, request_id, dry_run).await?;
    Ok(StatusCode::NO_CONTENT)
}
