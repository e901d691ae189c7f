//! Hands a result out: to this caller at once, in the background to those who wait for it and to
//! the caches.

use bytes::Bytes;
use futures_util::FutureExt as _;
use octopool_core::PoolId;
use octopool_core::relay::{CacheKey, FallbackReason};

use super::attempts::Attempts;
use super::outcome::Outcome;
use super::{Fetch, Fetched};
use crate::app::App;
use crate::ports::coordinator::{CoordinatorRequest, Finish, FlightId, Report, Shared};
use crate::relay::answer::Answer;
use crate::relay::error::{Failure, RelayError};
use crate::relay::sql::ProofRow;
use crate::relay::{cache, guard};

/// A head that begins so is a failure, and all who wait are told.
const FAILURE: &str = "failure ";
/// A head that begins so is what GitHub said of the repository, which is not public.
const DENIED: &str = "denied ";

impl Fetch<'_> {
    /// Hands the answer out: to this caller at once, in the background to those who wait and to the
    /// caches.
    pub(super) fn hand_out(
        &self,
        flight: FlightId,
        outcome: Outcome,
        mut attempts: Attempts,
    ) -> Result<Fetched, RelayError> {
        attempts.unsent.push(outcome.report);
        let shared = match &outcome.answer {
            Ok(answer) => answer.to_shared(),
            Err(failure) => Shared { head: format!("{FAILURE}{}", failure.word()), body: Bytes::new() },
        };
        if let Ok(answer) = &outcome.answer {
            cache::remember(self.app, self.key, answer);
        }
        self.finish(flight, attempts.unsent, Some(shared), outcome.answer.as_ref().ok().cloned());
        let pool_rate = Some(outcome.pool_rate);
        Ok(Fetched { answer: outcome.answer?, status: outcome.status, coalesced: false, pool_rate })
    }

    /// Ends the flight for a repository of which nothing is served. All who wait are told why.
    pub(super) fn hand_out_denial(&self, flight: FlightId, proof: Option<&ProofRow>, attempts: Attempts) {
        let head = format!("{DENIED}{}", guard::to_shared(proof).head);
        let shared = Shared { head, body: Bytes::new() };
        self.finish(flight, attempts.unsent, Some(shared), None);
    }

    /// Ends the flight in the background.
    pub(super) fn finish(
        &self,
        flight: FlightId,
        reports: Vec<Report>,
        shared: Option<Shared>,
        answer: Option<Answer>,
    ) {
        let finish = Finish { reports, shared, ..Finish::nothing(self.key.as_str().to_owned(), flight) };
        let (app, pool, key) = (self.app.clone(), self.reading.pool.clone(), self.key.clone());
        let task = async move { finish_flight(&app, &pool, &key, finish, answer).await };
        self.app.ports.background.spawn(task.boxed());
    }
}

/// The near cache comes first: a request that comes after those who wait have their answer must
/// find it there.
async fn finish_flight(app: &App, pool: &PoolId, key: &CacheKey, finish: Finish, answer: Option<Answer>) {
    if let Some(answer) = &answer {
        cache::keep_near(app, key, answer).await;
    }
    if let Err(error) = app.ports.coordinators.ask(pool, CoordinatorRequest::Finish(finish)).await {
        crate::audit::log_failure(app, "relay.finish", &error);
    }
    if let Some(answer) = &answer {
        cache::keep_far(app, pool, key, answer).await;
    }
}

/// The answer that another request hands on, or the reason why it has none.
pub(super) fn received(shared: Shared) -> Result<Answer, RelayError> {
    if let Some(word) = shared.head.strip_prefix(FAILURE) {
        return Err(Failure::from_word(word).unwrap_or(Failure::Invalid).into());
    }
    if let Some(proof) = shared.head.strip_prefix(DENIED) {
        let denied = guard::from_shared(proof.as_bytes()).map(|proof| guard::verdict(&proof));
        let unknown = RelayError::Fallback(FallbackReason::RepoPublicCheckFailed);
        return Err(denied.and_then(Result::err).unwrap_or(unknown));
    }
    Answer::from_shared(shared).ok_or(RelayError::Failed(Failure::Invalid))
}
