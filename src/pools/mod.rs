//! Pools. They are not created explicitly: the first caller or identity that names a pool creates
//! it.

pub(crate) mod http;
mod sql;

use octopool_core::{AuditAction, PoolId, PoolPolicy};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::change::{ChangeError, Mutation, retry_on_conflict};
use crate::ports::DatabaseError;
use crate::sql::{Page, Revision, Window};

/// A stored pool.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StoredPool {
    /// Its name.
    pub id: String,
    /// Its policy, as stored.
    pub policy_json: String,
    /// Changes with the policy. Callers and identities are not part of it.
    pub revision: Revision,
    /// How many callers have a grant for it.
    pub callers: u64,
    /// How many identities are registered in it.
    pub identities: u64,
    /// When it was created, in milliseconds.
    pub created_at: i64,
    /// When its policy was last changed, in milliseconds.
    pub updated_at: i64,
}

/// A page of pools; only `only`, if given.
pub(crate) async fn list_pools(
    app: &App,
    only: Option<&PoolId>,
    window: &Window,
) -> Result<Page<StoredPool>, DatabaseError> {
    sql::page(app.database(), only, window).await
}

/// One pool.
pub(crate) async fn find_pool(app: &App, pool: &PoolId) -> Result<StoredPool, ChangeError> {
    sql::find(app.database(), pool).await?.ok_or(ChangeError::PoolNotFound)
}

/// Replaces a pool's policy and returns the pool. If nothing would change, nothing is written.
pub(crate) async fn update_pool(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    policy: &PoolPolicy,
) -> Result<StoredPool, ChangeError> {
    retry_on_conflict(app, || Box::pin(try_update(app, mutation, pool, policy))).await
}

async fn try_update(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    policy: &PoolPolicy,
) -> Result<Option<StoredPool>, ChangeError> {
    let seen = find_pool(app, pool).await?;
    mutation.admit(&seen.revision.version())?;
    let policy_json = policy.to_json();
    if policy_json == seen.policy_json {
        return Ok(Some(seen));
    }
    let (revision, updated_at) = (seen.revision.next(), app.now().as_millis());
    let plan = StoredPool { policy_json, revision, updated_at, ..seen.clone() };
    if mutation.dry_run {
        return Ok(Some(plan));
    }
    let detail = json!({ "policy": { "from": readable(&seen.policy_json), "to": policy } });
    let audit = mutation.audit(AuditAction::PoolUpdate, detail);
    let updated = sql::update_policy(app.database(), &seen, &plan, &audit).await?;
    Ok(updated.then_some(plan))
}

/// Deletes a pool that has neither callers nor identities.
pub(crate) async fn delete_pool(app: &App, mutation: &Mutation, pool: &PoolId) -> Result<(), ChangeError> {
    retry_on_conflict(app, || Box::pin(try_delete(app, mutation, pool))).await
}

async fn try_delete(app: &App, mutation: &Mutation, pool: &PoolId) -> Result<Option<()>, ChangeError> {
    let seen = find_pool(app, pool).await?;
    mutation.admit(&seen.revision.version())?;
    if seen.callers > 0 || seen.identities > 0 {
        return Err(ChangeError::PoolNotEmpty);
    }
    if mutation.dry_run {
        return Ok(Some(()));
    }
    let audit = mutation.audit(AuditAction::PoolDelete, json!({ "policy": readable(&seen.policy_json) }));
    let deleted = sql::delete(app.database(), &seen, app.now(), &audit).await?;
    Ok(deleted.then_some(()))
}

/// A stored policy for the audit log: as JSON, or as text if it is not JSON.
fn readable(policy_json: &str) -> Value {
    crate::json::from_slice(policy_json.as_bytes()).unwrap_or_else(|_| policy_json.into())
}
