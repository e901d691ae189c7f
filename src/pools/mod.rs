//! Pools. There is none to create: a pool is made by the first caller or identity that names it.

pub(crate) mod http;
mod sql;

use octopool_core::{PoolId, PoolPolicy};
use serde_json::{Value, json};

use crate::app::App;
use crate::change::{Mutation, Refused, settle};
use crate::ports::DatabaseError;
use crate::sql::{Page, Window};
use sql::PoolRow;

/// A page of pools; of one alone, if only that may be seen.
pub(crate) async fn list_pools(
    app: &App,
    only: Option<&PoolId>,
    window: &Window,
) -> Result<Page<PoolRow>, DatabaseError> {
    sql::page(app.database(), only, window).await
}

/// One pool.
pub(crate) async fn find_pool(app: &App, pool: &PoolId) -> Result<PoolRow, Refused> {
    sql::find(app.database(), pool).await?.ok_or(Refused::PoolNotFound)
}

/// Replaces a pool's policy and answers the pool. A policy that stands there already is left alone.
pub(crate) async fn update_pool(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    policy: &PoolPolicy,
) -> Result<PoolRow, Refused> {
    settle(app, || Box::pin(try_update(app, mutation, pool, policy))).await
}

async fn try_update(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    policy: &PoolPolicy,
) -> Result<Option<PoolRow>, Refused> {
    let seen = find_pool(app, pool).await?;
    mutation.admit(&seen.revision.version())?;
    let policy_json = policy.to_json();
    if policy_json == seen.policy_json {
        return Ok(Some(seen));
    }
    let (revision, updated_at) = (seen.revision.next(), app.now().as_millis());
    let plan = PoolRow { policy_json, revision, updated_at, ..seen.clone() };
    if mutation.dry_run {
        return Ok(Some(plan));
    }
    let detail = json!({ "policy": { "from": readable(&seen.policy_json), "to": policy } });
    let audit = mutation.audit("pool.update", detail);
    let updated = sql::update_policy(app.database(), &seen, &plan, &audit).await?;
    Ok(updated.then_some(plan))
}

/// Deletes a pool that nobody uses.
pub(crate) async fn delete_pool(app: &App, mutation: &Mutation, pool: &PoolId) -> Result<(), Refused> {
    settle(app, || Box::pin(try_delete(app, mutation, pool))).await
}

async fn try_delete(app: &App, mutation: &Mutation, pool: &PoolId) -> Result<Option<()>, Refused> {
    let seen = find_pool(app, pool).await?;
    mutation.admit(&seen.revision.version())?;
    if seen.callers > 0 || seen.identities > 0 {
        return Err(Refused::PoolNotEmpty);
    }
    if mutation.dry_run {
        return Ok(Some(()));
    }
    let audit = mutation.audit("pool.delete", json!({ "policy": readable(&seen.policy_json) }));
    let deleted = sql::delete(app.database(), &seen, app.now(), &audit).await?;
    Ok(deleted.then_some(()))
}

/// A stored policy for the audit: as JSON, or as the broken text that it is.
fn readable(policy_json: &str) -> Value {
    crate::json::from_slice(policy_json.as_bytes()).unwrap_or_else(|_| policy_json.into())
}
