//! Registered identities.

pub(crate) mod credential;
pub(crate) mod http;
mod register;
mod sql;
mod stored;
mod verify;

pub(crate) use credential::{
    Confined, CredentialError, Installed, NotConfined, app_id, deployment_app, find_public_repositories,
    mint_confined_token,
};
pub(crate) use register::{RegisterError, Warning, register_identity};
pub(crate) use stored::{Registration, StoredIdentity};
pub(crate) use verify::{
    CHECK_API_URL, Check, Fault, LARGEST_SKEW_SECONDS, Refusal, Subject, TokenFault, Verification,
    difference, not_of_github, skew, verify_identity, verify_subject,
};

#[cfg(test)]
pub(crate) use verify::provoked;

use octopool_core::{AuditAction, IdentityId, IdentityKind, IdentityPatch, IdentitySpec, PoolId, fields_of};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::change::{ChangeError, Mutation, retry_on_conflict};
use crate::ports::DatabaseError;
use crate::sql::{Page, RowOf, Window};
use sql::lifecycle;

/// A change of an identity.
#[derive(Clone, Debug)]
pub(crate) struct IdentityChange {
    /// The kind that the change was checked for. The kind of an identity cannot be changed.
    pub kind: IdentityKind,
    /// The changes.
    pub patch: IdentityPatch,
}

/// A page of a pool's identities.
pub(crate) async fn list_identities(
    app: &App,
    pool: &PoolId,
    window: &Window,
) -> Result<Page<StoredIdentity>, ChangeError> {
    lifecycle::page(app.database(), pool, window).await?.ok_or(ChangeError::PoolNotFound)
}

/// A page of the active identities of one pool or of all. A row that cannot be read is an error of
/// its own, which does not hide the other rows.
pub(crate) async fn list_active_identities(
    app: &App,
    pool: Option<&PoolId>,
    window: &Window,
) -> Result<Page<RowOf<StoredIdentity>>, ChangeError> {
    lifecycle::active(app.database(), pool, window).await?.ok_or(ChangeError::PoolNotFound)
}

/// The number of active App installations that name no App.
pub(crate) async fn count_apps(app: &App) -> Result<i64, DatabaseError> {
    lifecycle::count_apps(app.database()).await
}

/// One identity of a pool.
pub(crate) async fn find_identity(
    app: &App,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<StoredIdentity, ChangeError> {
    lifecycle::find(app.database(), pool, id).await?.ok_or(ChangeError::IdentityNotFound)
}

/// Changes an identity and returns it. If nothing would change, nothing is written.
pub(crate) async fn update_identity(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
    change: &IdentityChange,
) -> Result<StoredIdentity, ChangeError> {
    retry_on_conflict(app, || Box::pin(try_update(app, mutation, pool, id, change))).await
}

async fn try_update(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
    change: &IdentityChange,
) -> Result<Option<StoredIdentity>, ChangeError> {
    let seen = find_identity(app, pool, id).await?;
    mutation.admit(&seen.revision.version())?;
    // Deleted and registered again as another kind since the request was checked, so the checks do
    // not hold.
    if seen.spec.credential.kind() != change.kind {
        return Err(ChangeError::Stale);
    }
    let plan = seen.clone().planned(seen.spec.clone().patched(change.patch.clone()), app.now());
    let detail = differences(&seen.spec, &plan.spec);
    if detail.is_empty() {
        return Ok(Some(seen));
    }
    if mutation.dry_run {
        return Ok(Some(plan));
    }
    let audit = mutation.audit(AuditAction::IdentityUpdate, Value::Object(detail));
    let updated = lifecycle::update(app.database(), &seen, &plan, &audit).await?;
    Ok(updated.then_some(plan))
}

/// Deletes an identity with its scopes.
pub(crate) async fn delete_identity(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<(), ChangeError> {
    retry_on_conflict(app, || Box::pin(try_delete(app, mutation, pool, id))).await
}

async fn try_delete(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<Option<()>, ChangeError> {
    let seen = find_identity(app, pool, id).await?;
    mutation.admit(&seen.revision.version())?;
    if mutation.dry_run {
        return Ok(Some(()));
    }
    let audit = mutation.audit(AuditAction::IdentityDelete, Value::Object(described(&seen.spec)));
    let deleted = lifecycle::delete(app.database(), &seen, app.now(), &audit).await?;
    Ok(deleted.then_some(()))
}

/// The changed fields.
pub(crate) fn differences(seen: &IdentitySpec, plan: &IdentitySpec) -> Map<String, Value> {
    let mut changed = Map::new();
    for ((name, from), (_, to)) in fields(seen).into_iter().zip(fields(plan)) {
        if from != to {
            changed.insert(name.to_owned(), json!({ "from": from, "to": to }));
        }
    }
    changed
}

/// An identity for the audit log. The secret is only a name here, as everywhere. A field that the
/// identity's JSON leaves out is left out here, too.
pub(crate) fn described(identity: &IdentitySpec) -> Map<String, Value> {
    let written = json!(identity);
    let fields = fields(identity).into_iter().filter(|(name, _)| written.get(name).is_some());
    fields.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The fields as the audit log shows them; null for one that is left out.
fn fields(identity: &IdentitySpec) -> Vec<(&'static str, Value)> {
    let mut fields = fields_of(identity, &IdentitySpec::FIELDS);
    // The audit log has always had an explicit null for a scope without a repository.
    let items = fields.iter_mut().filter_map(|(_, value)| value.as_array_mut()).flatten();
    for scope in items.filter_map(Value::as_object_mut) {
        scope.entry("repo").or_insert(Value::Null);
    }
    fields
}
