//! `/v1/admin/pools`: the pools and their policies.

use axum::Extension;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_core::PoolPolicy;
use serde_json::Value;

use super::StoredPool;
use crate::access::Admin;
use crate::access::http::{PoolOpener, ScopedAdmin};
use crate::app::App;
use crate::change::Mutation;
use crate::change::http::etag;
use crate::http::error::ApiError;
use crate::http::extract::{JsonObject, PoolPath};
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::paging::ListQuery;
use crate::http::route::{Route, route};
use crate::http::time::rfc3339;
use crate::pools;

/// When the rewrite rules changed last: never, so the day on which the contract was written.
const REWRITES_UPDATED_AT: &str = "2026-11-01T00:00:00Z";

/// The routes of pools.
pub(crate) const ROUTES: &[Route] = &[
    route!(LIST_POOLS, list_pools),
    route!(READ_POOL, read_pool),
    route!(UPDATE_POOL, update_pool),
    route!(DELETE_POOL, delete_pool),
    route!(READ_STRING_REWRITES, read_string_rewrites),
];

/// Returns a page of pools.
pub(crate) async fn list_pools(
    ScopedAdmin(admin): ScopedAdmin,
    Extension(app): Extension<App>,
    query: ListQuery,
) -> Result<impl IntoResponse, ApiError> {
    let paging = query.finish()?;
    let page = pools::list_pools(&app, admin.restriction(), &paging.window).await?;
    let next = paging.next(page.more, page.rows.last().map(|row| row.id.as_str()));
    let pools = page.rows.into_iter().map(|row| view(&app, row)).collect();
    Ok((next.link, Json(StatusCode::OK, wire::PoolList { pools, next_cursor: next.cursor })))
}

/// Returns one pool.
pub(crate) async fn read_pool(
    _: Admin,
    PoolPath(pool): PoolPath,
    Extension(app): Extension<App>,
) -> Result<impl IntoResponse, ApiError> {
    let row = pools::find_pool(&app, &pool).await?;
    Ok((etag(&row.revision.version()), Json(StatusCode::OK, view(&app, row))))
}

/// Replaces a pool's policy.
pub(crate) async fn update_pool(
    _: Admin,
    PoolPath(pool): PoolPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
    JsonObject(body): JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    let policy = parse(Fields::new(body), &app.config.default_policy())?;
    let row = pools::update_pool(&app, &mutation, &pool, &policy).await?;
    Ok((etag(&row.revision.version()), Json(StatusCode::OK, view(&app, row))))
}

/// Deletes a pool that has neither callers nor identities.
pub(crate) async fn delete_pool(
    _: Admin,
    PoolPath(pool): PoolPath,
    mutation: Mutation,
    Extension(app): Extension<App>,
) -> Result<StatusCode, ApiError> {
    pools::delete_pool(&app, &mutation, &pool).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers that there are no rules. Newer clients refuse to work without this answer.
pub(crate) async fn read_string_rewrites(_: PoolOpener) -> Result<Json<wire::StringRewrites>, ApiError> {
    let rewrites = wire::StringRewrites {
        schema_version: 1,
        revision: 1,
        updated_at: REWRITES_UPDATED_AT.to_owned(),
        rules: Vec::new(),
    };
    Ok(Json(StatusCode::OK, rewrites))
}

fn parse(mut fields: Fields, defaults: &PoolPolicy) -> Result<PoolPolicy, ApiError> {
    if !fields.has("policy") {
        fields.problem("policy", "is required");
    }
    let policy = read_policy(&mut fields, defaults);
    fields.deny_unknown();
    fields.finish(policy)
}

/// Reads the field `policy`. An absent policy, or field of it, is as in a new pool.
pub(crate) fn read_policy(fields: &mut Fields, defaults: &PoolPolicy) -> Option<PoolPolicy> {
    let object = match fields.take("policy") {
        None => return Some(defaults.clone()),
        Some(Value::Object(object)) => object,
        Some(_) => {
            fields.problem("policy", "must be an object");
            return None;
        }
    };
    let problems = match PoolPolicy::parse_new(&object, defaults) {
        Ok(policy) => return Some(policy),
        Err(problems) => problems,
    };
    for (key, violation) in problems {
        fields.foreign_problem(&format!("policy.{key}"), &violation.to_string());
    }
    None
}

fn view(app: &App, row: StoredPool) -> wire::Pool {
    let (policy, problem) = match PoolPolicy::parse(&row.policy_json, &app.config.default_policy()) {
        Ok(policy) => (Some(policy), None),
        Err(violation) => (None, Some(format!("The stored policy {violation}."))),
    };
    wire::Pool {
        id: row.id,
        policy,
        policy_problem: problem,
        callers_total: row.callers,
        identities_total: row.identities,
        created_at: rfc3339(row.created_at),
        updated_at: rfc3339(row.updated_at),
    }
}
