//! Registration of identities.

use octopool_core::{Credential, Timestamp, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sql::lifecycle::StoredIdentity;
use super::sql::{self, Found, Registration, Stored, Writing};
use super::verify::{Subject, Verification, verify_subject};
use super::{described, differences};
use crate::app::App;
use crate::change::{Mutation, WriteConflict, settle};
use crate::config::identity_secret;
use crate::idempotency::Once;
use crate::ports::{DatabaseError, EntropyError};

/// What came of a registration.
#[derive(Debug)]
pub(crate) struct RegisteredIdentity {
    /// Whether the id was new.
    pub created: bool,
    /// What will not work well.
    pub warnings: Vec<Warning>,
    /// The version of what was registered.
    pub version: Version,
}

/// What is registered but will not work well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Warning {
    /// The deployment has no secret of this name.
    SecretBindingMissing,
    /// No repository is served.
    NoScopes,
    /// PATs of several accounts are in the pool.
    PatsOfSeveralAccounts,
}

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegisterError {
    /// It was to be verified first and does not work.
    #[error("the identity does not work")]
    Unverified(Verification),
    /// The id belongs to another pool or kind.
    #[error("the id belongs to another pool or kind")]
    Conflict,
    /// Another pool spends the credential, and who asked has no say there.
    #[error("another pool spends the credential")]
    SharedCredential,
    /// The identity has another credential, and who asked may not give it one.
    #[error("the identity has another credential")]
    OtherCredential,
    /// There is no such identity, or it is not what the client has seen.
    #[error("the identity has changed")]
    Stale,
    /// Others registered the same identity each time.
    #[error(transparent)]
    Conflicting(#[from] WriteConflict),
    /// The database did not take it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There was no randomness to seal the answer with.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// What of the answer the database does not know. It is kept for the answer that is given again, which says what the first one said.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Noticed {
    secret_missing: bool,
}

/// Stores an identity, its scopes and, if there is none, its pool in one batch; if it is to be verified, only if it works. A dry run stops
/// before the batch.
pub(crate) async fn register_identity(
    app: &App,
    mutation: &Mutation,
    registration: &Registration,
    verify: bool,
    once: &Once,
) -> Result<RegisteredIdentity, RegisterError> {
    if let Some((stored, noticed)) = once.kept()? {
        return Ok(registered(registration, stored, noticed));
    }
    if verify {
        // An admin of one pool must not learn from a verification what a credential of
        // another pool can do: what refuses the registration refuses it before GitHub is asked.
        admit(mutation, registration, &sql::find_for(app.database(), registration).await?)?;
        let verification =
            verify_subject(app, &Subject::new(&registration.id, &registration.pool, &registration.spec))
                .await;
        if !verification.passed() {
            return Err(RegisterError::Unverified(verification));
        }
    }
    let secret = identity_secret(app.ports.secrets.as_ref(), registration.spec.secret_ref.as_str());
    let noticed = Noticed { secret_missing: secret.is_none() };
    let stored = settle(app, || Box::pin(try_register(app, mutation, registration, noticed, once))).await?;
    Ok(registered(registration, stored, noticed))
}

async fn try_register(
    app: &App,
    mutation: &Mutation,
    registration: &Registration,
    noticed: Noticed,
    once: &Once,
) -> Result<Option<Stored>, RegisterError> {
    let found = sql::find_for(app.database(), registration).await?;
    admit(mutation, registration, &found)?;
    let plan = plan(&found, registration, app.now());
    if mutation.dry_run {
        let created = found.identity.is_none();
        return Ok(Some(Stored { created, pat_accounts: found.pat_accounts, revision: plan.revision }));
    }
    let policy_json = app.config.new_pool_policy();
    let keeping = once.keeping(app, &noticed)?;
    let writing = Writing {
        plan: &plan,
        policy_json: &policy_json,
        audit: &mutation.author.event("identity.register", detail(&found, &plan)),
        keeping: keeping.as_ref(),
    };
    Ok(sql::register(app.database(), registration, &found, &writing).await?)
}

/// The identity that a registration makes of what is there.
fn plan(found: &Found, registration: &Registration, now: Timestamp) -> StoredIdentity {
    let mut plan = StoredIdentity::registered(registration, now);
    if let Some(there) = &found.identity {
        let is_same = differences(&there.spec, &plan.spec).is_empty();
        plan.revision = if is_same { there.revision } else { there.revision.next() };
    }
    plan
}

/// Refuses what must not be done to what is there.
fn admit(mutation: &Mutation, registration: &Registration, found: &Found) -> Result<(), RegisterError> {
    let wanted = &registration.spec;
    if let Some(there) = &found.identity {
        if there.pool != registration.pool || there.spec.credential.kind() != wanted.credential.kind() {
            return Err(RegisterError::Conflict);
        }
        let is_same =
            there.spec.credential == wanted.credential && there.spec.secret_ref == wanted.secret_ref;
        if registration.exclusive && !is_same {
            return Err(RegisterError::OtherCredential);
        }
    }
    if found.shared {
        return Err(RegisterError::SharedCredential);
    }
    let version = found.identity.as_ref().map(|there| there.revision.version());
    if mutation.admits(version.as_ref()) { Ok(()) } else { Err(RegisterError::Stale) }
}

/// What the audit says: of an identity that was there what changes, of a new one all of it.
fn detail(found: &Found, plan: &StoredIdentity) -> Value {
    let mut detail = match &found.identity {
        Some(there) => differences(&there.spec, &plan.spec),
        None => described(&plan.spec),
    };
    detail.insert("created".to_owned(), found.identity.is_none().into());
    Value::Object(detail)
}

fn registered(registration: &Registration, stored: Stored, noticed: Noticed) -> RegisteredIdentity {
    let is_pat = registration.spec.credential == Credential::Pat;
    let warnings = [
        (noticed.secret_missing, Warning::SecretBindingMissing),
        (registration.spec.scopes.as_slice().is_empty(), Warning::NoScopes),
        (is_pat && stored.pat_accounts > 1, Warning::PatsOfSeveralAccounts),
    ];
    let warnings = warnings.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect();
    RegisteredIdentity { created: stored.created, warnings, version: stored.revision.version() }
}
