//! Registered identities.

pub(crate) mod credential;
pub(crate) mod http;
mod register;
pub(crate) mod sql;
mod verify;

pub(crate) use credential::{
    Confined, CredentialError, Installed, NotConfined, app_id, find_public_repositories, is_app_id,
    mint_confined_token,
};
pub(crate) use register::{RegisterError, Warning, register_identity};
pub(crate) use verify::{
    Check, Fault, LARGEST_SKEW_SECONDS, Refusal, Subject, Verification, difference, skew, verify_identity,
    verify_subject,
};

use octopool_core::{
    IdentityId, IdentityLogin, InstallationId, PoolId, Scopes, SecretRef, Status, Timestamp, Weight,
};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::change::{Mutation, Refused, settle};
use crate::sql::{Page, Window};
use sql::lifecycle::{self, StoredIdentity};

/// What is to be changed about an identity; what is absent stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct IdentityChange {
    /// The kind for which the change was checked. It is what it is: another kind is another identity.
    pub kind: String,
    /// The account behind the credential.
    pub login: Option<IdentityLogin>,
    /// The name of the secret that holds it.
    pub secret_ref: Option<SecretRef>,
    /// The installation, for an App.
    pub installation: Option<InstallationId>,
    /// Preference between equal candidates.
    pub weight: Option<Weight>,
    /// What it may serve, all of it.
    pub scopes: Option<Scopes>,
    /// Whether it serves.
    pub status: Option<Status>,
}

impl IdentityChange {
    fn apply(&self, seen: &StoredIdentity, now: Timestamp) -> StoredIdentity {
        let mut plan = seen.clone();
        if let Some(login) = &self.login {
            plan.login = login.to_string();
        }
        if let Some(secret_ref) = &self.secret_ref {
            plan.secret_ref = secret_ref.to_string();
        }
        if let Some(installation) = self.installation {
            plan.installation_id = Some(installation.get());
        }
        if let Some(weight) = self.weight {
            plan.weight = weight.get();
        }
        if let Some(status) = self.status {
            plan.status = status.to_string();
        }
        if let Some(scopes) = &self.scopes {
            plan.set_scopes(scopes);
        }
        plan.planned(now)
    }
}

/// A page of a pool's identities.
pub(crate) async fn list_identities(
    app: &App,
    pool: &PoolId,
    window: &Window,
) -> Result<Page<StoredIdentity>, Refused> {
    lifecycle::page(app.database(), pool, window).await?.ok_or(Refused::PoolNotFound)
}

/// One identity of a pool.
pub(crate) async fn find_identity(
    app: &App,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<StoredIdentity, Refused> {
    lifecycle::find(app.database(), pool, id).await?.ok_or(Refused::IdentityNotFound)
}

/// Changes an identity and answers it. What stands there already is left alone.
pub(crate) async fn update_identity(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
    change: &IdentityChange,
) -> Result<StoredIdentity, Refused> {
    settle(app, || Box::pin(try_update(app, mutation, pool, id, change))).await
}

async fn try_update(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
    change: &IdentityChange,
) -> Result<Option<StoredIdentity>, Refused> {
    let seen = find_identity(app, pool, id).await?;
    mutation.admit(&seen.version())?;
    // Deleted and registered anew as the other kind since the request was checked: those checks do not count for it.
    if seen.kind != change.kind {
        return Err(Refused::Stale);
    }
    let plan = change.apply(&seen, app.now());
    let detail = differences(&seen, &plan);
    if detail.is_empty() {
        return Ok(Some(seen));
    }
    if mutation.dry_run {
        return Ok(Some(plan));
    }
    let audit = mutation.audit("identity.update", Value::Object(detail));
    let updated = lifecycle::update(app.database(), &seen, &plan, &audit).await?;
    Ok(updated.then_some(plan))
}

/// Deletes an identity with its scopes.
pub(crate) async fn delete_identity(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<(), Refused> {
    settle(app, || Box::pin(try_delete(app, mutation, pool, id))).await
}

async fn try_delete(
    app: &App,
    mutation: &Mutation,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<Option<()>, Refused> {
    let seen = find_identity(app, pool, id).await?;
    mutation.admit(&seen.version())?;
    if mutation.dry_run {
        return Ok(Some(()));
    }
    let audit = mutation.audit("identity.delete", Value::Object(described(&seen)));
    let deleted = lifecycle::delete(app.database(), &seen, app.now(), &audit).await?;
    Ok(deleted.then_some(()))
}

/// What changes, field by field.
pub(crate) fn differences(seen: &StoredIdentity, plan: &StoredIdentity) -> Map<String, Value> {
    let mut changed = Map::new();
    for ((name, from), (_, to)) in described(seen).into_iter().zip(described(plan)) {
        if from != to {
            changed.insert(name, json!({ "from": from, "to": to }));
        }
    }
    changed
}

/// An identity for the audit. The secret is a name here as everywhere.
pub(crate) fn described(identity: &StoredIdentity) -> Map<String, Value> {
    let scopes = crate::json::from_slice(identity.scopes_json().as_bytes()).unwrap_or_default();
    let fields = [
        ("kind", identity.kind.as_str().into()),
        ("login", identity.login.as_str().into()),
        ("secret_ref", identity.secret_ref.as_str().into()),
        ("installation_id", identity.installation_id.into()),
        ("weight", identity.weight.into()),
        ("status", identity.status.as_str().into()),
        ("scopes", scopes),
    ];
    let mut described = Map::new();
    for (name, value) in fields {
        described.insert(name.to_owned(), value);
    }
    described
}
