//! An answer that is kept and itself proves what it shows public: what a query shows beside the
//! repository that it names.

use octopool_core::relay::Repository;
use octopool_core::{PoolId, Timestamp};

use crate::app::App;
use crate::relay::answer::Answer;
use crate::relay::error::RelayError;
use crate::relay::guard;
use crate::relay::sql::{Lookup, ProofRow, look_up};

/// How many repositories of an answer are looked up in D1. An object has one repository; lists that
/// show more are searches, which are kept for a moment.
const MOST_LOOKUPS: usize = 3;

/// The answer, if what is known of its repositories now lets it be served: none of them has been
/// found private since GitHub was asked, and the proof that it is has not lapsed.
pub(super) async fn still_public(
    app: &App,
    pool: &PoolId,
    answer: Answer,
) -> Result<Option<Answer>, RelayError> {
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
