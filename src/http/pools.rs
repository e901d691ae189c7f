//! `/v1/admin/pools`: what there is and what each pool lets its callers read.

use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use octopool_api_types as wire;
use octopool_core::PoolPolicy;
use serde_json::Value;

use super::conditional::etag;
use super::extract::{Admin, JsonObject, PoolPath, ScopedAdmin};
use super::fields::Fields;
use super::json::Json;
use super::paging::ListQuery;
use super::time::rfc3339;
use crate::app::App;
use crate::error::ApiError;
use crate::governance::{self, Mutation};
use crate::store::pools::PoolRow;

/// Answers a page of pools.
pub(super) async fn list_pools(
    ScopedAdmin(admin): ScopedAdmin,
    State(app): State<App>,
    query: ListQuery,
) -> Result<impl IntoResponse, ApiError> {
    let paging = query.finish()?;
    let page = governance::list_pools(&app, admin.restriction(), &paging.window).await?;
    let next = paging.next(page.more, page.rows.last().map(|row| row.id.as_str()));
    let pools = page.rows.into_iter().map(|row| view(&app, row)).collect();
    Ok((next.link, Json(StatusCode::OK, wire::PoolList { pools, next_cursor: next.cursor })))
}

/// Answers one pool.
pub(super) async fn read_pool(
    _: Admin,
    PoolPath(pool): PoolPath,
    State(app): State<App>,
) -> Result<impl IntoResponse, ApiError> {
    let row = governance::find_pool(&app, &pool).await?;
    Ok((etag(&row.version()), Json(StatusCode::OK, view(&app, row))))
}

/// Replaces a pool's policy.
pub(super) async fn update_pool(
    _: Admin,
    PoolPath(pool): PoolPath,
    mutation: Mutation,
    State(app): State<App>,
    JsonObject(body): JsonObject,
) -> Result<impl IntoResponse, ApiError> {
    let policy = parse(Fields::new(body), &app.config.default_policy())?;
    let row = governance::update_pool(&app, &mutation, &pool, &policy).await?;
    Ok((etag(&row.version()), Json(StatusCode::OK, view(&app, row))))
}

/// Deletes a pool that nobody uses.
pub(super) async fn delete_pool(
    _: Admin,
    PoolPath(pool): PoolPath,
    mutation: Mutation,
    State(app): State<App>,
) -> Result<StatusCode, ApiError> {
    governance::delete_pool(&app, &mutation, &pool).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(mut fields: Fields, defaults: &PoolPolicy) -> Result<PoolPolicy, ApiError> {
    if !fields.has("policy") {
        fields.problem("policy", "is required");
    }
    let policy = read_policy(&mut fields, defaults);
    fields.deny_unknown();
    fields.finish(policy)
}

/// Reads the field `policy`; one that is not there is the policy of a new pool.
pub(super) fn read_policy(fields: &mut Fields, defaults: &PoolPolicy) -> Option<PoolPolicy> {
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

fn view(app: &App, row: PoolRow) -> wire::Pool {
    let (policy, problem) = match PoolPolicy::parse(&row.policy_json, &app.config.default_policy()) {
        Ok(policy) => (Some(policy), None),
        Err(violation) => (None, Some(format!("The stored policy {violation}."))),
    };
    wire::Pool {
        id: row.id,
        policy: policy.map(|policy| wire::PoolPolicy {
            allowed_owners: policy.allowed_owners,
            allow_public_repos: policy.allow_public_repos,
            allow_search: policy.allow_search,
            allow_logs: policy.allow_logs,
        }),
        policy_problem: problem,
        callers_total: row.callers,
        identities_total: row.identities,
        created_at: rfc3339(row.created_at),
        updated_at: rfc3339(row.updated_at),
    }
}
