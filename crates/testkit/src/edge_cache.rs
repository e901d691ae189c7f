//! The Cache API as a map.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use octopool_core::relay::CacheKey;
use octopool_worker::ports::EdgeCache;
use octopool_worker::ports::coordinator::Shared;

use crate::background::in_background;

/// The Cache API of one test.
#[derive(Clone, Default)]
pub struct TestEdgeCache {
    entries: Arc<Mutex<BTreeMap<String, Shared>>>,
    looks: Arc<AtomicUsize>,
}

impl TestEdgeCache {
    /// Removes all entries, as the Cache API may at any time.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How many lookups requests have waited for so far.
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    /// All entries as text, to search them for secrets.
    pub fn dump(&self) -> String {
        let entries = self.lock();
        let texts =
            entries.values().map(|entry| [&entry.head, &*String::from_utf8_lossy(&entry.body)].join(" "));
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Changes every entry.
    pub fn edit(&self, change: impl Fn(&mut Shared)) {
        self.lock().values_mut().for_each(change);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Shared>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EdgeCache for TestEdgeCache {
    fn find(&self, key: &CacheKey) -> BoxFuture<'_, Option<Shared>> {
        if !in_background() {
            self.looks.fetch_add(1, Ordering::SeqCst);
        }
        let found = self.lock().get(key.as_str()).cloned();
        Box::pin(async move { found })
    }

    fn store(&self, key: &CacheKey, entry: Shared, _: Duration) -> BoxFuture<'_, ()> {
        self.lock().insert(key.as_str().to_owned(), entry);
        Box::pin(async {})
    }
}
