//! What an isolate remembers of earlier requests, so that a fresh answer costs no statement.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use octopool_core::relay::{CacheKey, Repository};
use octopool_core::{PoolId, Timestamp, TokenDigest};

use super::answer::Answer;
use super::sql::{ProofRow, ServingPool};
use super::tally::Tally;
use crate::access::TokenHolder;
use crate::app::App;
use crate::github::InstallationToken;
use crate::isolate::Remembered;

/// Installation tokens that an isolate keeps: one for each repository that it reads, of up to a KiB
/// each.
const MOST_TOKENS: usize = 200;

/// Who may do what, for `AUTH_CACHE_SECONDS`. `docs/ARCHITECTURE.md` lists everything that an
/// isolate remembers, with its lifetime and the way it fails.
#[derive(Debug, Default)]
pub(super) struct Access {
    /// Callers by token and pool.
    pub(super) callers: Remembered<(String, String), TokenHolder>,
    /// Pools' policies and identities.
    pub(super) pools: Remembered<String, Arc<ServingPool>>,
    /// The pool of a caller that names none.
    pub(super) chosen_pools: Remembered<String, PoolId>,
}

impl Access {
    /// What this isolate remembers.
    pub(super) fn of(app: &App) -> Arc<Self> {
        app.isolate.access()
    }

    /// The key of a caller's memory. The digest, never the token.
    pub(super) fn caller_key(token: &TokenDigest, pool: &PoolId) -> (String, String) {
        (token.as_str().to_owned(), pool.to_string())
    }
}

/// Everything else that an isolate remembers; no change of ours changes it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Proofs about repositories, for as long as the proof says.
    pub(super) proofs: Remembered<String, ProofRow>,
    /// Small answers, for a moment: what everybody asks for now. On `*.workers.dev`, where the
    /// Cache API keeps nothing, it also spares D1.
    pub(super) answers: Remembered<CacheKey, Answer>,
    /// Installation tokens, opened, for as long as the token says.
    pub(super) tokens: Tokens,
    /// The repositories of objects, by the objects' ids.
    pub(super) nodes: Remembered<String, Repository>,
    /// Credentials that see more than everybody does, by their budget.
    pub(super) wide: Remembered<String, ()>,
    /// What was counted and is not written yet.
    pub(super) tally: Tally,
}

impl Memory {
    /// What this isolate remembers.
    pub(super) fn of(app: &App) -> Arc<Self> {
        app.isolate.get()
    }

    /// Remembers what GitHub said of a repository, unless it is known what GitHub said later. Of
    /// two answers of the same moment the one that denies counts.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use octopool_core::Timestamp;
    use secrecy::SecretString;

    use super::{MOST_TOKENS, Memory, Tokens};
    use crate::github::InstallationToken;
    use crate::relay::sql::ProofRow;

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
