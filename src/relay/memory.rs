//! What an isolate remembers of earlier requests, so that a fresh answer costs no statement.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use octopool_core::relay::CacheKey;
use octopool_core::{PoolId, Timestamp, TokenDigest};

use super::answer::Answer;
use super::usage::Tally;
use crate::github::InstallationToken;
use crate::store::relay::{ProofRow, ServingPool};
use crate::store::tokens::TokenHolder;

/// When a memory holds this much it is emptied: an isolate has 128 MB for everything, and what is forgotten is only asked again.
const MOST: usize = 2000;

/// Everything that an isolate remembers. `docs/ARCHITECTURE.md` lists each with its lifetime and the way it fails.
#[derive(Debug, Default)]
pub struct Memory {
    /// Callers by token and pool, for `AUTH_CACHE_SECONDS`.
    pub(super) callers: Remembered<(String, String), TokenHolder>,
    /// Pools' policies and identities, for `AUTH_CACHE_SECONDS`.
    pub(super) pools: Remembered<String, Arc<ServingPool>>,
    /// The pool of a caller that names none, for `AUTH_CACHE_SECONDS`.
    pub(super) chosen_pools: Remembered<String, PoolId>,
    /// Proofs about repositories, for as long as the proof says.
    pub(super) proofs: Remembered<String, ProofRow>,
    /// Small answers, for a moment: what everybody asks for now. On `*.workers.dev`, where the Cache API keeps nothing, it also spares D1.
    pub(super) answers: Remembered<CacheKey, Answer>,
    /// Installation tokens, opened, for as long as the token says. Under the identity and a digest of its secret.
    pub(super) tokens: Remembered<(String, String), Arc<InstallationToken>>,
    /// What was counted and is not written yet.
    pub(super) tally: Tally,
}

impl Memory {
    /// Forgets who may do what: a write was made through this isolate. Proofs and tokens stay, no write of ours changes them.
    pub fn forget_access(&self) {
        self.callers.clear();
        self.pools.clear();
        self.chosen_pools.clear();
    }

    /// The key of a caller's memory. The digest, never the token.
    pub(super) fn caller_key(token: &TokenDigest, pool: &PoolId) -> (String, String) {
        (token.as_str().to_owned(), pool.to_string())
    }
}

/// Values with the time at which they were read.
#[derive(Debug)]
pub(super) struct Remembered<K, V>(Mutex<HashMap<K, (V, Timestamp)>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// What was read less than `lifetime` ago. A time in the future is one of a clock that was wrong, and counts as old.
    pub(super) fn find(&self, key: &K, lifetime: Duration, now: Timestamp) -> Option<V> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, read_at) = known.get(key)?;
        (*read_at <= now && now < read_at.plus(lifetime)).then(|| value.clone())
    }

    /// Remembers what was read.
    pub(super) fn keep(&self, key: K, value: V, read_at: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, (value, read_at));
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
