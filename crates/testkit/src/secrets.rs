//! Secrets that a test sets and removes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use octopool_worker::ports::{Bound, Secrets};
use secrecy::SecretString;

/// The secrets of the deployment under test. `None` is a binding that is no text.
#[derive(Clone, Default)]
pub struct TestSecrets(Arc<Mutex<BTreeMap<String, Option<String>>>>);

impl TestSecrets {
    /// Sets a secret.
    pub fn set(&self, name: &str, value: &str) {
        self.lock().insert(name.to_owned(), Some(value.to_owned()));
    }

    /// Binds something that is no text, such as a secret of the Secrets Store.
    pub fn bind_other(&self, name: &str) {
        self.lock().insert(name.to_owned(), None);
    }

    /// Removes a secret.
    pub fn remove(&self, name: &str) {
        self.lock().remove(name);
    }

    /// All values but that of one name, to search for them where they must not be.
    pub(crate) fn values_but(&self, name: &str) -> Vec<String> {
        let secrets = self.lock();
        secrets.iter().filter(|(known, _)| *known != name).filter_map(|(_, value)| value.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secrets for TestSecrets {
    fn bound(&self, name: &str) -> Bound {
        match self.lock().get(name) {
            None => Bound::Missing,
            Some(None) => Bound::Other,
            Some(Some(value)) => Bound::Text(SecretString::from(value.as_str())),
        }
    }
}
