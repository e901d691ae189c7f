//! Reading, `PATCH` and revocations of enrolled callers.

use axum::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_core::{AccountLogin, PoolId, Status};

use crate::access::Admin;
use crate::access::http::ScopedAdmin;
use crate::app::App;
use crate::callers::{self, CallerFilter, StoredCaller};
use crate::change::Mutation;
use crate::change::http::etag;
use crate::http::error::ApiError;
use crate::http::extract::{CallerPath, ClientPath, GrantPath, JsonObject};
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::paging::ListQuery;
use crate::http::time::rfc3339;

/// Returns a page of callers.
pub(crate) async fn list_callers(
    ScopedAdmin(admin): ScopedAdmin,
    Extension(app): Extension<App>,
    mut query: ListQuery,
) -> Result<impl IntoResponse, ApiError> {
    let mut filter = CallerFilter {
        pool: query.filter("pool", PoolId::parse),
        login: query.filter("login", AccountLogin::parse),
        status: query.filter("status", Status::parse),
    };
    let paging = query.finish()?;
    filter.pool = admin.restrict(filter.pool)?;
    let page = callers::list_callers(&app, &filter, &paging.window).await?;
    let next = paging.next(page.more, page.rows.last().map(|row| row.id.as_str()));
    let callers = page.rows.into_iter().map(|row| view(row, &admin)).collect::<Result<_, _>>()?;
    Ok((next.link, Json(StatusCode::OK, wire::CallerList { callers, next_cursor: next.cursor })))
}

/// Returns one caller.
pub(crate) async fn read_caller(
    ScopedAdmin(admin): ScopedAdmin,
    CallerPath(caller): CallerPath,
    Extension(app): Extension<App>,
) -> Result<impl IntoResponse, ApiError> {
    let row = callers::find_caller(&app, &caller, admin.restriction()).await?;
    let tag = etag(&row.version(admin.restriction())?);
    Ok((tag, Json(StatusCode::OK, view(row, &admin)?)))
}

/// Disables or enables a caller.
pub(crate) async fn update_caller(
    admin: Admin,
    CallerPath(caller): CallerPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
    JsonObject(body): JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    let mut fields = Fields::new(body);
    let status = fields.required_text("status", Status::parse);
    fields.deny_unknown();
    let status = fields.finish(status)?;
    let row = callers::update_caller(&app, &mutation, &caller, status).await?;
    let tag = etag(&row.version(admin.restriction())?);
    Ok((tag, Json(StatusCode::OK, view(row, &admin)?)))
}

/// Revokes a grant.
pub(crate) async fn revoke_pool(
    admin: Admin,
    GrantPath(caller, pool): GrantPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
) -> Result<StatusCode, ApiError> {
    callers::revoke_pool(&app, &mutation, admin.restriction(), &caller, &pool).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes the token of a client.
pub(crate) async fn revoke_client(
    _: Admin,
    ClientPath(caller, client): ClientPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
) -> Result<StatusCode, ApiError> {
    callers::revoke_client(&app, &mutation, &caller, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A caller as this admin may see it: an admin of one pool sees neither grants for other pools nor
/// clients whose token is bound to another pool.
fn view(row: StoredCaller, admin: &Admin) -> Result<wire::Caller, ApiError> {
    let visible = |pool: &str| admin.restriction().is_none_or(|only| only.as_str() == pool);
    let grants = row.grants()?.into_iter().filter(|grant| visible(&grant.pool));
    let grants = grants.map(|grant| wire::Grant { pool: grant.pool, created_at: rfc3339(grant.created_at) });
    let clients = row.clients()?.into_iter();
    let clients = clients.filter(|client| client.pool.as_deref().is_none_or(visible));
    let clients = clients.map(|client| wire::Client {
        name: client.name,
        pool: client.pool,
        created_at: rfc3339(client.created_at),
        last_used_at: rfc3339(client.last_used_at),
    });
    Ok(wire::Caller {
        status: row.status,
        org_verified_at: rfc3339(row.org_verified_at),
        grants: grants.collect(),
        clients: clients.collect(),
        created_at: rfc3339(row.created_at),
        updated_at: rfc3339(row.updated_at),
        id: row.id,
        name: row.name,
        github_login: row.github_login,
        github_user_id: row.github_user_id,
        org_login: row.org_login,
    })
}
