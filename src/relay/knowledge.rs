//! What is known before GitHub is asked: who the caller is, what the pool allows, what was read
//! before.

use std::sync::Arc;

use octopool_core::relay::CacheKey;
use octopool_core::{CallerToken, PoolId, PoolPolicy};

use super::answer::Answer;
use super::error::RelayError;
use super::memory::{Access, Memory};
use super::sql::{Lookup, ProofRow, ServingPool, look_up};
use super::{cache, guard};
use crate::access::{CallerDenied, TokenHolder, admit, sql};
use crate::app::App;
use crate::ports::DatabaseError;

/// Everything that the decision about a read needs.
pub(super) struct Known {
    pub(super) holder: TokenHolder,
    pub(super) policy: PoolPolicy,
    pub(super) pool: Arc<ServingPool>,
    pub(super) proof: Option<ProofRow>,
    pub(super) answer: Option<Answer>,
}

/// Finds out what is not remembered: at most one batch, beside at most one look into the cache.
/// Nothing that was found is given out before the caller is let in.
pub(super) async fn know(
    app: &App,
    pool: &PoolId,
    token: &CallerToken,
    repository: Option<&str>,
    key: Option<&CacheKey>,
) -> Result<Known, RelayError> {
    let (now, lifetime) = (app.now(), app.config.auth_cache);
    let (access, memory) = (Access::of(app), Memory::of(app));
    let digest = token.digest();
    let caller_key = Access::caller_key(&digest, pool);
    let holder = access.callers.find(&caller_key, lifetime, now);
    let serving = access.pools.find(&pool.to_string(), lifetime, now);
    // Another isolate may have written a newer one; only what still counts is not asked for.
    let proof = repository
        .and_then(|name| memory.proofs.find(&name.to_owned(), std::time::Duration::MAX, now))
        .filter(|proof| guard::is_current(app, proof));
    // An isolate that knows the caller, the pool and the repository asks the near cache only, and
    // D1 if that has nothing.
    let warm = holder.is_some() && serving.is_some() && (repository.is_none() || proof.is_some());
    let wanted = Lookup {
        token: holder.is_none().then_some(&digest),
        pool: serving.is_none(),
        repository: repository.filter(|_| proof.is_none()),
        answer: key.filter(|_| !warm),
    };
    let near = cache::find_near(app, key);
    let (near, found) = futures_util::future::join(near, look_up(app.database(), pool, &wanted, now)).await;
    let mut found = found?;
    if warm && near.is_none() && key.is_some() {
        let wanted = Lookup { answer: key, ..Lookup::default() };
        found.answer = look_up(app.database(), pool, &wanted, now).await?.answer;
    }
    let (fresh_holder, holder) = (holder.is_none(), holder.or(found.holder.take()));
    let verified_at = holder.as_ref().map(|holder| holder.proof.verified_at);
    let holder = admit(app, holder).await?;
    if fresh_holder || verified_at != Some(holder.proof.verified_at) {
        access.callers.keep(caller_key, holder.clone(), now);
    }
    let serving = if let Some(serving) = serving {
        serving
    } else {
        let read = found.pool.take().ok_or_else(|| DatabaseError::Failed("no pool was read".to_owned()))?;
        let read = Arc::new(read);
        access.pools.keep(pool.to_string(), Arc::clone(&read), now);
        read
    };
    let policy_json = serving.policy_json.as_deref().ok_or(CallerDenied::Invalid)?;
    let policy = PoolPolicy::parse(policy_json, &app.config.default_policy())
        .map_err(|violation| RelayError::Policy(violation.to_string()))?;
    let proof = proof.or(found.proof);
    if let (Some(repository), Some(proof)) = (repository, proof.clone()) {
        memory.learn_proof(repository.to_owned(), proof, now);
    }
    let answer = near.or_else(|| cache::from_row(app, key, found.answer.take()?));
    Ok(Known { holder, policy, pool: serving, proof, answer })
}

/// The pool of a caller that names none: its only grant, or the default login pool.
pub(crate) async fn choose_pool(app: &App, token: &CallerToken) -> Result<PoolId, DatabaseError> {
    let (digest, now) = (token.digest(), app.now());
    let key = digest.as_str().to_owned();
    let access = Access::of(app);
    if let Some(pool) = access.chosen_pools.find(&key, app.config.auth_cache, now) {
        return Ok(pool);
    }
    // Two are enough to tell whether there is only one.
    let grants = sql::grants(app.database(), &digest, Some(2)).await?;
    let only = match grants.as_slice() {
        [only] => PoolId::parse(only).ok(),
        _ => None,
    };
    let pool = only.unwrap_or_else(|| app.config.default_login_pool.clone());
    access.chosen_pools.keep(key, pool.clone(), now);
    Ok(pool)
}
