//! What an isolate remembers of earlier requests, so that a fresh answer costs no statement.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use octopool_core::relay::CacheKey;
use octopool_core::{PoolId, Timestamp, TokenDigest};

use super::answer::Answer;
use super::usage::Tally;
use crate::github::{InstallationToken, Permissions};
use crate::store::relay::{ProofRow, ServingPool};
use crate::store::tokens::TokenHolder;

/// When a memory holds this much it is emptied: an isolate has 128 MB for everything, and what is forgotten is only asked again.
const MOST: usize = 2000;

/// Installation tokens that an isolate keeps: one for each repository that it reads, of up to a KiB each.
const MOST_TOKENS: usize = 200;

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
    /// Installation tokens, opened, for as long as the token says.
    pub(super) tokens: Tokens,
    /// What installations may do, by App and installation, for an hour.
    pub(crate) permissions: Remembered<(String, i64), Arc<Permissions>>,
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

    /// Remembers what GitHub said of a repository, unless it is known what GitHub said later. Of two
    /// answers of the same moment the one that denies counts.
    pub(super) fn learn_proof(&self, repository: String, proof: ProofRow, now: Timestamp) {
        let known = self.proofs.find(&repository, Duration::MAX, now).filter(|known| {
            let later = (known.checked_at, proof.public) > (proof.checked_at, known.public);
            // A time in the future is of a clock that was wrong.
            later && known.checked_at <= now.as_millis()
        });
        if known.is_none() {
            self.proofs.keep(repository, proof, now);
        }
    }

    /// The key of a caller's memory. The digest, never the token.
    pub(super) fn caller_key(token: &TokenDigest, pool: &PoolId) -> (String, String) {
        (token.as_str().to_owned(), pool.to_string())
    }
}

/// Installation tokens by their key. The least recently used one goes.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<UsedTokens>);

#[derive(Debug, Default)]
struct UsedTokens {
    tokens: HashMap<String, (Arc<InstallationToken>, u64)>,
    last_use: u64,
}

impl Tokens {
    /// The token under this key.
    pub(super) fn find(&self, key: &str) -> Option<Arc<InstallationToken>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.last_use += 1;
        let now = known.last_use;
        let (token, used) = known.tokens.get_mut(key)?;
        *used = now;
        Some(Arc::clone(token))
    }

    /// Keeps a token.
    pub(super) fn keep(&self, key: String, token: Arc<InstallationToken>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.tokens.len() >= MOST_TOKENS && !known.tokens.contains_key(&key) {
            let oldest = known.tokens.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                known.tokens.remove(&oldest);
            }
        }
        known.last_use += 1;
        let now = known.last_use;
        known.tokens.insert(key, (token, now));
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
    pub(super) fn keys(&self, most: usize, is_wanted: impl Fn(&K, &V) -> bool) -> Vec<K>
    where
        K: Clone,
    {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = known.iter().filter(|(key, (value, _))| is_wanted(key, value));
        wanted.take(most).map(|(key, _)| key.clone()).collect()
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use octopool_core::Timestamp;
    use secrecy::SecretString;

    use super::{MOST_TOKENS, Memory, Tokens};
    use crate::github::InstallationToken;
    use crate::store::relay::ProofRow;

    fn token() -> Arc<InstallationToken> {
        let expires_at = Timestamp::from_millis(0);
        Arc::new(InstallationToken { token: SecretString::from("t"), expires_at, public_at: None })
    }

    #[test]
    fn the_least_recently_used_token_goes() {
        let tokens = Tokens::default();
        for number in 0..MOST_TOKENS {
            tokens.keep(number.to_string(), token());
        }
        assert!(tokens.find("0").is_some());
        tokens.keep("one more".to_owned(), token());
        assert!(tokens.find("0").is_some() && tokens.find("one more").is_some());
        assert!(tokens.find("1").is_none());
        tokens.keep("0".to_owned(), token());
        assert!(tokens.find("2").is_some(), "a renewed token takes no other one's place");
    }

    #[test]
    fn an_earlier_answer_does_not_replace_a_later_one() {
        let memory = Memory::default();
        let now = Timestamp::from_millis(1000);
        let learn = |public, checked_at| {
            let proof = ProofRow { public, checked_at, ..ProofRow::default() };
            memory.learn_proof("a/b".to_owned(), proof, now);
            memory.proofs.find(&"a/b".to_owned(), std::time::Duration::MAX, now).unwrap().public
        };
        assert_eq!(learn(0, 500), 0);
        assert_eq!(learn(1, 400), 0, "an earlier one");
        assert_eq!(learn(1, 500), 0, "of the same moment");
        assert_eq!(learn(1, 501), 1);
        assert_eq!(learn(0, 501), 0);
    }
}
