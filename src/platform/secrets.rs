//! Secrets.

use std::sync::Arc;

use secrecy::SecretString;
use worker::Env;

use crate::ports::Secrets;

/// The Worker's secrets, from its bindings.
pub(super) struct EnvSecrets(pub(super) Arc<Env>);

impl Secrets for EnvSecrets {
    fn find(&self, name: &str) -> Option<SecretString> {
        // `secret` returns text bindings only, so it rejects `constructor`, which every object has.
        let secret = self.0.secret(name).ok()?.to_string();
        let secret = secret.trim();
        (!secret.is_empty()).then(|| SecretString::from(secret))
    }

    fn is_bound(&self, name: &str) -> bool {
        self.0.secret(name).is_ok()
    }
}
