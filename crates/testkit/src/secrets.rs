//! Secrets that a test sets and removes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use octopool_worker::ports::Secrets;
use secrecy::SecretString;

/// The secrets of the deployment under test.
#[derive(Clone, Default)]
pub struct TestSecrets(Arc<Mutex<BTreeMap<String, String>>>);

impl TestSecrets {
    /// Sets a secret.
    pub fn set(&self, name: &str, value: &str) {
        self.lock().insert(name.to_owned(), value.to_owned());
    }

    /// Removes a secret.
    pub fn remove(&self, name: &str) {
        self.lock().remove(name);
    }

    /// All values but that of one name, to search for them where they must not be.
    pub(crate) fn values_but(&self, name: &str) -> Vec<String> {
        let secrets = self.lock();
        secrets.iter().filter(|(known, _)| *known != name).map(|(_, value)| value.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secrets for TestSecrets {
    fn find(&self, name: &str) -> Option<SecretString> {
        let value = self.lock().get(name)?.trim().to_owned();
        (!value.is_empty()).then(|| SecretString::from(value))
    }

    fn is_bound(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }
}
