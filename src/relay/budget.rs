//! Whose limits a request counts against.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use octopool_core::Credential;

use super::sql::ServingIdentity;
use crate::app::App;
use crate::config::identity_secret;
use crate::ports::Secrets;

/// The key under which the coordinator keeps limits and cooldowns. Identities with one credential
/// share it: GitHub counts the requests of an account or an installation, under whatever name they
/// are registered. The credential is in it as a one-way fingerprint; without a secret the name of
/// the binding takes its place.
pub(crate) fn budget_key(secrets: &dyn Secrets, secret_ref: &str, credential: &Credential) -> String {
    let secret = match identity_secret(secrets, secret_ref) {
        Some(secret) => URL_SAFE_NO_PAD.encode(octopool_core::derive_key("octopool budget 1", &secret)),
        None => format!("missing:{secret_ref}"),
    };
    match credential {
        Credential::GithubApp(installation, _) => format!("{secret}/{}", installation.get()),
        Credential::Pat => secret,
    }
}

/// The budget of an identity that may serve.
pub(super) fn of_identity(app: &App, identity: &ServingIdentity) -> String {
    let spec = &identity.spec;
    budget_key(app.ports.secrets.as_ref(), spec.secret_ref.as_str(), &spec.credential)
}
