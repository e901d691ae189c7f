//! What an isolate remembers between requests.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use octopool_core::Timestamp;

/// At this many entries a memory is cleared: an isolate has 128 MB
/// (<https://developers.cloudflare.com/workers/platform/limits/>), and lost entries are only read
/// again.
const MAX_ENTRIES: usize = 2000;

/// What an isolate remembers between requests: at most one value of each type. No response may
/// depend on it, because workerd can start a new isolate at any time.
#[derive(Default)]
pub struct Isolate {
    values: Mutex<http::Extensions>,
    access: Mutex<http::Extensions>,
}

impl Isolate {
    /// The value of this type; created by the first call.
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        value_of(&self.values)
    }

    /// The same for what was read about callers, policies and identities, which counts for
    /// `AUTH_CACHE_SECONDS` and no longer than until a change through this isolate.
    pub fn access<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        value_of(&self.access)
    }

    /// Forgets who may do what, because it was changed. A request that began earlier keeps what it
    /// has read in values that nobody finds any more.
    pub fn forget_access(&self) {
        self.access.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn value_of<T: Default + Send + Sync + 'static>(values: &Mutex<http::Extensions>) -> Arc<T> {
    let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(values.get_or_insert_with(Arc::<T>::default))
}

/// Values with the time at which they were read.
#[derive(Debug)]
pub(crate) struct Remembered<K, V>(Mutex<HashMap<K, (V, Timestamp)>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// A value that was read less than `lifetime` ago. A value from the future, read while the
    /// clock was wrong, counts as expired.
    pub(crate) fn find(&self, key: &K, lifetime: Duration, now: Timestamp) -> Option<V> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, read_at) = known.get(key)?;
        (*read_at <= now && now < read_at.plus(lifetime)).then(|| value.clone())
    }

    /// Remembers what was read.
    pub(crate) fn keep(&self, key: K, value: V, read_at: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ENTRIES {
            known.clear();
        }
        known.insert(key, (value, read_at));
    }

    /// At most `most` keys of entries that match.
    pub(crate) fn keys(&self, most: usize, is_wanted: impl Fn(&K, &V) -> bool) -> Vec<K>
    where
        K: Clone,
    {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = known.iter().filter(|(key, (value, _))| is_wanted(key, value));
        wanted.take(most).map(|(key, _)| key.clone()).collect()
    }
}
