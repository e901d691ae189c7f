//! Variables and secrets.

use std::sync::Arc;

use secrecy::SecretString;
use worker::Env;

use super::bridge;
use crate::ports::{Bound, Secrets};

/// The Worker's secrets, from its bindings.
pub(super) struct EnvSecrets(pub(super) Arc<Env>);

impl Secrets for EnvSecrets {
    fn bound(&self, name: &str) -> Bound {
        bound(&self.0, name)
    }
}

/// What the environment has under a name.
pub(super) fn bound(env: &Env, name: &str) -> Bound {
    let found = bridge::bound(env.as_ref(), name);
    match found.as_string() {
        Some(text) => Bound::Text(SecretString::from(text)),
        None if found.is_null() => Bound::Missing,
        None => Bound::Other,
    }
}
