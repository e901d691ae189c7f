//! Registration of identities.

use octopool_core::{AuditAction, Credential, Timestamp, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sql::{self, RegistrationBasis, RegistrationResult, RegistrationWrite};
use super::verify::{Subject, Verification, verify_subject};
use super::{Registration, StoredIdentity, described, differences};
use crate::app::App;
use crate::change::{Mutation, WriteConflict, retry_on_conflict};
use crate::config::identity_secret;
use crate::idempotency::Execution;
use crate::ports::{DatabaseError, EntropyError};

/// The result of a registration.
#[derive(Debug)]
pub(crate) struct RegisteredIdentity {
    /// Whether the id was new.
    pub created: bool,
    /// Problems that do not prevent the registration.
    pub warnings: Vec<Warning>,
    /// The version of the registered identity.
    pub version: Version,
}

/// A problem that does not prevent the registration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Warning {
    /// The deployment has no secret with this name.
    SecretBindingMissing,
    /// The identity serves no repository.
    NoScopes,
    /// The pool has PATs of several accounts.
    PatsOfSeveralAccounts,
}

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegisterError {
    /// The identity was to be verified first and does not work.
    #[error("the identity does not work")]
    Unverified(Verification),
    /// The id is used in another pool or for another kind.
    #[error("the id belongs to another pool or kind")]
    Conflict,
    /// Another pool uses the credential, and the admin is restricted to one pool.
    #[error("another pool uses the credential")]
    SharedCredential,
    /// The identity has another credential, which an admin of one pool may not replace.
    #[error("the identity has another credential")]
    OtherCredential,
    /// The identity does not match the precondition.
    #[error("the identity has changed")]
    Stale,
    /// Other requests changed the same identity during every attempt.
    #[error(transparent)]
    Conflicting(#[from] WriteConflict),
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No randomness was available to seal the answer with.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// The part of the answer that the database does not know. It is kept, so that a repeated answer
/// has the same warnings.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct KeptFacts {
    secret_missing: bool,
}

/// Stores an identity, its scopes and, if it does not exist, its pool in one batch. With `verify`,
/// only if the identity works. A dry run stops before the batch.
pub(crate) async fn register_identity(
    app: &App,
    mutation: &Mutation,
    registration: &Registration,
    verify: bool,
    execution: &Execution,
) -> Result<RegisteredIdentity, RegisterError> {
    if let Some((stored, kept_facts)) = execution.kept()? {
        return Ok(registered(registration, stored, kept_facts));
    }
    if verify {
        // Checked before GitHub is called: an admin of one pool must not learn from a verification
        // what a credential of another pool can do.
        admit(mutation, registration, &sql::find_for(app.database(), registration).await?)?;
        let subject = Subject::new(&registration.id, &registration.pool, &registration.spec).unregistered();
        let verification = verify_subject(app, &subject).await;
        if !verification.passed() {
            return Err(RegisterError::Unverified(verification));
        }
    }
    let secret = identity_secret(app.ports.secrets.as_ref(), registration.spec.secret_ref.as_str());
    let kept_facts = KeptFacts { secret_missing: secret.is_none() };
    let stored =
        retry_on_conflict(app, || Box::pin(try_register(app, mutation, registration, kept_facts, execution)))
            .await?;
    Ok(registered(registration, stored, kept_facts))
}

async fn try_register(
    app: &App,
    mutation: &Mutation,
    registration: &Registration,
    kept_facts: KeptFacts,
    execution: &Execution,
) -> Result<Option<RegistrationResult>, RegisterError> {
    let found = sql::find_for(app.database(), registration).await?;
    admit(mutation, registration, &found)?;
    let plan = plan(&found, registration, app.now());
    if mutation.dry_run {
        let created = found.identity.is_none();
        return Ok(Some(RegistrationResult {
            created,
            pat_accounts: found.pat_accounts,
            revision: plan.revision,
        }));
    }
    let policy_json = app.config.new_pool_policy();
    let keeping = execution.keeping(app, &kept_facts)?;
    let writing = RegistrationWrite {
        plan: &plan,
        policy_json: &policy_json,
        audit: &mutation.author.event(AuditAction::IdentityRegister, detail(&found, &plan)),
        keeping: keeping.as_ref(),
    };
    Ok(sql::register(app.database(), registration, &found, &writing).await?)
}

/// The identity that the registration makes of the existing one.
fn plan(found: &RegistrationBasis, registration: &Registration, now: Timestamp) -> StoredIdentity {
    let mut plan = StoredIdentity::registered(registration, now);
    if let Some(there) = &found.identity {
        let is_same = differences(&there.spec, &plan.spec).is_empty();
        plan.revision = if is_same { there.revision } else { there.revision.next() };
    }
    plan
}

/// Fails if the registration may not be made on what exists.
fn admit(
    mutation: &Mutation,
    registration: &Registration,
    found: &RegistrationBasis,
) -> Result<(), RegisterError> {
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

/// The detail of the audit event: the changes of an existing identity, or all of a new one.
fn detail(found: &RegistrationBasis, plan: &StoredIdentity) -> Value {
    let mut detail = match &found.identity {
        Some(there) => differences(&there.spec, &plan.spec),
        None => described(&plan.spec),
    };
    detail.insert("created".to_owned(), found.identity.is_none().into());
    Value::Object(detail)
}

fn registered(
    registration: &Registration,
    stored: RegistrationResult,
    kept_facts: KeptFacts,
) -> RegisteredIdentity {
    let is_pat = registration.spec.credential == Credential::Pat;
    let warnings = [
        (kept_facts.secret_missing, Warning::SecretBindingMissing),
        (registration.spec.scopes.as_slice().is_empty(), Warning::NoScopes),
        (is_pat && stored.pat_accounts > 1, Warning::PatsOfSeveralAccounts),
    ];
    let warnings = warnings.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect();
    RegisteredIdentity { created: stored.created, warnings, version: stored.revision.version() }
}
