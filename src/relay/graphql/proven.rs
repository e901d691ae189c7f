//! An answer that is kept and itself proves what it shows public: what a query shows beside the
//! repository that it names.

use octopool_core::relay::Repository;
use octopool_core::{PoolId, Timestamp};

use crate::app::App;
use crate::relay::answer::Answer;
use crate::relay::eligibility::{allows, covers};
use crate::relay::error::RelayError;
use crate::relay::guard;
use crate::relay::knowledge::Known;
use crate::relay::sql::{Lookup, ProofRow, look_up};

/// How many repositories of an answer are looked up in D1. An object has one repository; lists that
/// show more are searches, which are kept for a moment.
const MOST_LOOKUPS: usize = 3;

/// The answer, if what is known now lets it be served: none of its repositories has been found
/// private since GitHub was asked, the proof that it is has not lapsed, and policy and scopes allow
/// those that objects were asked for in.
pub(super) async fn still_public(
    app: &App,
    pool: &PoolId,
    known: &Known,
    answer: Answer,
) -> Result<Option<Answer>, RelayError> {
    let mut told = answer.head.told.iter().filter_map(|name| Repository::parse(name));
    // Whether an identity may serve them can have changed, and what is asked anew is judged anew.
    let is_covered = |repository: &Repository| {
        let mut identities = known.pool.identities.iter();
        identities.any(|identity| covers(&known.policy, identity, repository))
    };
    if !told.all(|repository| allows(&known.policy, &repository) && is_covered(&repository)) {
        return Ok(None);
    }
    let repositories: Vec<_> = answer.head.proven.iter().filter_map(|name| Repository::parse(name)).collect();
    for (index, repository) in repositories.iter().enumerate() {
        if !is_public(app, pool, repository, answer.head.fetched_at, index < MOST_LOOKUPS).await? {
            return Ok(None);
        }
    }
    Ok(Some(answer))
}

async fn is_public(
    app: &App,
    pool: &PoolId,
    repository: &Repository,
    since: Timestamp,
    looks_up: bool,
) -> Result<bool, RelayError> {
    if let Some(proof) = guard::remembered(app, repository) {
        return Ok(guard::verdict(&proof).is_ok());
    }
    let name = repository.key();
    if looks_up {
        let wanted = Lookup { repository: Some(&name), ..Lookup::default() };
        let found = look_up(app.database(), pool, &wanted, app.now()).await?;
        // Another isolate may have learned since that it is private.
        let is_denial = |proof: &ProofRow| proof.public == 0 && proof.checked_at >= since.as_millis();
        if found.proof.is_some_and(|proof| guard::is_current(app, &proof) && is_denial(&proof)) {
            return Ok(false);
        }
    }
    Ok(guard::is_public_since(app, repository, since))
}
