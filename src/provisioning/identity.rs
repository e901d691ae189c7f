//! Registration of identities.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::verify::{Subject, Verification, verify_subject};
use crate::app::App;
use crate::config::identity_secret;
use crate::idempotency::Once;
use crate::ports::{DatabaseError, EntropyError};
use crate::store::audit::Author;
use crate::store::identities::{self, Credential, Registered, Registration, Stored};

/// What came of a registration.
#[derive(Debug)]
pub struct RegisteredIdentity {
    /// Whether the id was new.
    pub created: bool,
    /// What will not work well.
    pub warnings: Vec<Warning>,
}

/// What is registered but will not work well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Warning {
    /// The deployment has no secret of this name.
    SecretBindingMissing,
    /// No repository is served.
    NoScopes,
    /// PATs of several accounts are in the pool.
    PatsOfSeveralAccounts,
}

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// It was to be verified first and does not work.
    #[error("the identity does not work")]
    Unverified(Verification),
    /// The id belongs to another pool or kind.
    #[error("the id belongs to another pool or kind")]
    Conflict,
    /// Another pool spends the secret, and who asked has no say there.
    #[error("another pool spends the secret")]
    SharedSecret,
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

/// Stores an identity, its scopes and, if there is none, its pool in one batch; if it is to be verified, only if it works.
pub async fn register_identity(
    app: &App,
    author: &Author,
    registration: &Registration,
    verify: bool,
    once: &Once,
) -> Result<RegisteredIdentity, RegisterError> {
    if let Some((stored, noticed)) = once.kept()? {
        return Ok(registered(registration, stored, noticed));
    }
    if verify {
        let verification = verify_subject(app, &Subject::registration(registration)).await;
        if !verification.passed() {
            return Err(RegisterError::Unverified(verification));
        }
    }
    let secret = identity_secret(app.ports.secrets.as_ref(), registration.secret_ref.as_str());
    let noticed = Noticed { secret_missing: secret.is_none() };
    let keeping = once.keeping(app, &noticed)?;
    let audit = author.event(
        "identity.register",
        json!({
            "kind": registration.credential.kind(), "login": registration.login.as_str(),
            "secret_ref": registration.secret_ref.as_str(), "weight": registration.weight.get(),
            "scopes": registration.scopes.as_slice().len(),
        }),
    );
    let policy_json = app.config.new_pool_policy();
    let (database, now) = (app.database(), app.now());
    match identities::register(database, registration, &policy_json, now, &audit, keeping.as_ref()).await? {
        Registered::Stored(stored) => Ok(registered(registration, stored, noticed)),
        Registered::Conflict => Err(RegisterError::Conflict),
        Registered::SharedSecret => Err(RegisterError::SharedSecret),
    }
}

fn registered(registration: &Registration, stored: Stored, noticed: Noticed) -> RegisteredIdentity {
    let is_pat = registration.credential == Credential::Pat;
    let warnings = [
        (noticed.secret_missing, Warning::SecretBindingMissing),
        (registration.scopes.as_slice().is_empty(), Warning::NoScopes),
        (is_pat && stored.pat_accounts > 1, Warning::PatsOfSeveralAccounts),
    ];
    let warnings = warnings.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect();
    RegisteredIdentity { created: stored.created, warnings }
}
