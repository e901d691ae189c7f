//! Secrets.

use secrecy::SecretString;
use worker::Env;

use crate::ports::Secrets;

/// The bindings of the Worker.
pub(super) struct EnvSecrets(pub(super) Env);

impl Secrets for EnvSecrets {
    fn find(&self, name: &str) -> Option<SecretString> {
        // `secret` takes text only: a name like `constructor`, which every object has, is none.
        let secret = self.0.secret(name).ok()?.to_string();
        let secret = secret.trim();
        (!secret.is_empty()).then(|| SecretString::from(secret))
    }

    fn is_bound(&self, name: &str) -> bool {
        self.0.secret(name).is_ok()
    }
}
