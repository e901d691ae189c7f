//! Enrolled callers, their grants and their clients.

mod enrollment;
pub(crate) mod http;
mod provision;
mod sql;
mod stored;

pub(crate) use enrollment::{CallerRow, Enrollment, Entry};
pub(crate) use provision::{NewCaller, ProvisionError, plan_caller, provision_caller};
pub(crate) use sql::{enroll, find_enrolled, log_in};
pub(crate) use stored::{CallerFilter, StoredCaller};

use octopool_core::{Actor, AuditAction, CallerId, ClientName, PoolId, Status};
use serde_json::json;

use crate::access::TokenHolder;
use crate::app::App;
use crate::change::{ChangeError, Expected, Mutation, retry_on_conflict};
use crate::ports::DatabaseError;
use crate::sql::{Author, Page, Window};
use sql::lifecycle;

/// A page of callers.
pub(crate) async fn list_callers(
    app: &App,
    filter: &CallerFilter,
    window: &Window,
) -> Result<Page<StoredCaller>, DatabaseError> {
    lifecycle::page(app.database(), filter, window).await
}

/// One caller. An admin of one pool gets `CallerNotFound` for a caller without a grant for that
/// pool; any other error would reveal that the caller exists.
pub(crate) async fn find_caller(
    app: &App,
    caller: &CallerId,
    only: Option<&PoolId>,
) -> Result<StoredCaller, ChangeError> {
    let found = lifecycle::find(app.database(), caller).await?.ok_or(ChangeError::CallerNotFound)?;
    if found.is_seen_by(only)? { Ok(found) } else { Err(ChangeError::CallerNotFound) }
}

/// Disables or enables a caller and returns it. Its grants and clients do not change, so that
/// enabling it restores its access.
pub(crate) async fn update_caller(
    app: &App,
    mutation: &Mutation,
    caller: &CallerId,
    status: Status,
) -> Result<StoredCaller, ChangeError> {
    retry_on_conflict(app, || Box::pin(try_update(app, mutation, caller, status))).await
}

async fn try_update(
    app: &App,
    mutation: &Mutation,
    caller: &CallerId,
    status: Status,
) -> Result<Option<StoredCaller>, ChangeError> {
    let seen = find_caller(app, caller, None).await?;
    mutation.admit(&seen.version(None)?)?;
    if seen.status == status {
        return Ok(Some(seen));
    }
    let plan = seen.clone().planned(status, app.now());
    if mutation.dry_run {
        return Ok(Some(plan));
    }
    let detail = json!({
        "github_login": seen.github_login, "status": { "from": seen.status, "to": status.as_str() },
    });
    let audit = mutation.audit(AuditAction::CallerUpdate, detail);
    let updated = lifecycle::set_status(app.database(), &seen, &plan, &audit).await?;
    Ok(updated.then_some(plan))
}

/// Revokes a caller's grant for a pool. `only` is the pool that the admin is restricted to, if any.
pub(crate) async fn revoke_pool(
    app: &App,
    mutation: &Mutation,
    only: Option<&PoolId>,
    caller: &CallerId,
    pool: &PoolId,
) -> Result<(), ChangeError> {
    retry_on_conflict(app, || Box::pin(try_revoke_pool(app, mutation, only, caller, pool))).await
}

async fn try_revoke_pool(
    app: &App,
    mutation: &Mutation,
    only: Option<&PoolId>,
    caller: &CallerId,
    pool: &PoolId,
) -> Result<Option<()>, ChangeError> {
    let seen = find_caller(app, caller, only).await?;
    mutation.admit(&seen.version(only)?)?;
    if !seen.grants()?.iter().any(|grant| grant.pool == pool.as_str()) {
        return Err(ChangeError::GrantNotFound);
    }
    if mutation.dry_run {
        return Ok(Some(()));
    }
    let detail = json!({ "github_login": seen.github_login, "pool": pool.as_str() });
    let audit = mutation.audit(AuditAction::CallerRevokePool, detail);
    let revoked = lifecycle::revoke_pool(app.database(), &seen, pool, app.now(), &audit).await?;
    Ok(revoked.then_some(()))
}

/// Revokes the token of a caller's client. The caller can log in from the client again; disable the
/// caller to prevent that.
pub(crate) async fn revoke_client(
    app: &App,
    mutation: &Mutation,
    caller: &CallerId,
    client: &ClientName,
) -> Result<(), ChangeError> {
    retry_on_conflict(app, || Box::pin(try_revoke_client(app, mutation, caller, client))).await
}

/// Revokes the token that a caller holds, in the caller's own name.
pub(crate) async fn revoke_own_client(
    app: &App,
    holder: &TokenHolder,
    request_id: String,
    dry_run: bool,
) -> Result<(), ChangeError> {
    let unreadable = |_| DatabaseError::Failed("a stored caller has no id or client".to_owned());
    let caller = CallerId::parse(&holder.caller_id).map_err(unreadable)?;
    let client = ClientName::parse(&holder.client_name).map_err(unreadable)?;
    let author = Author { actor: Actor::CallerWithId(holder.caller_id.clone()), request_id };
    let mutation = Mutation { author, expected: Expected::Anything, dry_run };
    revoke_client(app, &mutation, &caller, &client).await
}

async fn try_revoke_client(
    app: &App,
    mutation: &Mutation,
    caller: &CallerId,
    client: &ClientName,
) -> Result<Option<()>, ChangeError> {
    let seen = find_caller(app, caller, None).await?;
    mutation.admit(&seen.version(None)?)?;
    if !seen.clients()?.iter().any(|known| known.name == client.as_str()) {
        return Err(ChangeError::ClientNotFound);
    }
    if mutation.dry_run {
        return Ok(Some(()));
    }
    let detail = json!({ "github_login": seen.github_login, "client": client.as_str() });
    let audit = mutation.audit(AuditAction::CallerRevokeClient, detail);
    let revoked = lifecycle::revoke_client(app.database(), &seen, client, app.now(), &audit).await?;
    Ok(revoked.then_some(()))
}
