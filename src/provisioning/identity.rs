//! Registration of identities.

use serde_json::json;

use super::verify::{Subject, Verification, verify_subject};
use crate::app::App;
use crate::config::identity_secret;
use crate::ports::DatabaseError;
use crate::store::audit::{Actor, AuditEvent};
use crate::store::identities::{self, Credential, Registered, Registration};

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
    /// The database did not take it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Stores an identity, its scopes and, if there is none, its pool in one batch; if it is to be verified, only if it works.
pub async fn register_identity(
    app: &App,
    request_id: &str,
    registration: &Registration,
    verify: bool,
) -> Result<RegisteredIdentity, RegisterError> {
    if verify {
        let verification = verify_subject(app, &Subject::registration(registration)).await;
        if !verification.passed() {
            return Err(RegisterError::Unverified(verification));
        }
    }
    let audit = AuditEvent {
        actor: Actor::Admin,
        action: "identity.register",
        request_id: request_id.to_owned(),
        detail: json!({
            "kind": registration.credential.kind(), "login": registration.login.as_str(),
            "secret_ref": registration.secret_ref.as_str(), "weight": registration.weight.get(),
            "scopes": registration.scopes.as_slice().len(),
        }),
    };
    let policy_json = app.config.new_pool_policy();
    let registered =
        identities::register(app.database(), registration, &policy_json, app.now(), &audit).await?;
    let Registered::Stored { created, pat_accounts } = registered else {
        return Err(RegisterError::Conflict);
    };
    let secret = identity_secret(app.ports.secrets.as_ref(), registration.secret_ref.as_str());
    let is_pat = registration.credential == Credential::Pat;
    let warnings = [
        (secret.is_none(), Warning::SecretBindingMissing),
        (registration.scopes.as_slice().is_empty(), Warning::NoScopes),
        (is_pat && pat_accounts > 1, Warning::PatsOfSeveralAccounts),
    ];
    let warnings = warnings.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect();
    Ok(RegisteredIdentity { created, warnings })
}
