//! What an isolate remembers between requests.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use octopool_core::Timestamp;

/// When a memory holds this much it is emptied: an isolate has 128 MB for everything, and what is forgotten is only asked again.
const MOST: usize = 2000;

/// What an isolate remembers between requests: at most one value of each type. Nothing here may be
/// needed for a right answer, because an isolate can be new at any time.
#[derive(Default)]
pub struct Isolate(Mutex<http::Extensions>);

impl Isolate {
    /// The value of this type; a new one the first time.
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(values.get_or_insert_with(Arc::<T>::default))
    }
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
    /// What was read less than `lifetime` ago. A time in the future is one of a clock that was wrong, and counts as old.
    pub(crate) fn find(&self, key: &K, lifetime: Duration, now: Timestamp) -> Option<V> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, read_at) = known.get(key)?;
        (*read_at <= now && now < read_at.plus(lifetime)).then(|| value.clone())
    }

    /// Remembers what was read.
    pub(crate) fn keep(&self, key: K, value: V, read_at: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, (value, read_at));
    }

    /// Some of the keys whose values are like this.
    pub(crate) fn keys(&self, most: usize, is_wanted: impl Fn(&K, &V) -> bool) -> Vec<K>
    where
        K: Clone,
    {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = known.iter().filter(|(key, (value, _))| is_wanted(key, value));
        wanted.take(most).map(|(key, _)| key.clone()).collect()
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
