//! Asks GitHub: with one identity after the other, and once for all requests that ask the same.
//!
//! `attempts` decides after each attempt whether another identity is tried; an `attempt` finds the
//! credential (`spend`), asks, and where the answer cannot show by itself that everybody may see it
//! asks for that, too (`proof`); `finish` hands the result out.

mod attempt;
mod attempts;
mod finish;
mod graphql;
mod outcome;
mod proof;
mod rest;
mod spend;

use octopool_core::Timestamp;
use octopool_core::relay::{CacheKey, Candidate, CooldownOf, FallbackReason, PoolRate, Repository, Resource};

use self::attempts::{Attempts, Decision};
use super::answer::Answer;
use super::budget;
use super::cache;
use super::error::RelayError;
use super::flight::{MOST_WAITS, flight_millis};
use super::reading::{Form, Reading};
use super::sql::ServingIdentity;
use crate::app::App;
use crate::ports::coordinator::{Begin, CoordinatorReply, CoordinatorRequest, FlightId, LeaseRequest};

/// A question for GitHub, the identities that may ask it, and what is known already.
pub(super) struct Fetch<'a> {
    pub(super) app: &'a App,
    pub(super) reading: &'a Reading<'a>,
    pub(super) key: &'a CacheKey,
    pub(super) identities: Vec<&'a ServingIdentity>,
    /// An answer that is not fresh any more. GitHub is asked for a newer one by its validator.
    pub(super) expired: Option<&'a Answer>,
    /// When the cache was looked into.
    pub(super) looked_at: Timestamp,
    /// The id of the caller.
    pub(super) caller: &'a str,
    /// The repository, if nothing current is known of it: the proof that it is public comes from
    /// the mint of an App's token, or is asked for before a PAT is spent.
    pub(super) unproven: Option<&'a Repository>,
}

/// GitHub's answer.
pub(super) struct Fetched {
    pub(super) answer: Answer,
    /// GitHub's status: 304 where it confirmed what was known.
    pub(super) status: u16,
    /// Whether another request had asked already.
    pub(super) coalesced: bool,
    /// What the pool has left of the route's budget, if GitHub was asked.
    pub(super) pool_rate: Option<PoolRate>,
}

impl Fetched {
    /// The answer to another request's question.
    fn coalesced(answer: Answer) -> Self {
        Self { status: answer.head.status, answer, coalesced: true, pool_rate: None }
    }
}

impl Fetch<'_> {
    /// Asks GitHub, or waits for the request that is under way. Each attempt costs one call to the
    /// coordinator before GitHub is asked. Nothing is waited for after GitHub has answered:
    /// feedback and cache entries are written in the background.
    pub(super) async fn run(&self) -> Result<Fetched, RelayError> {
        let mut flight: Option<FlightId> = None;
        let untried = self.identities.iter().map(|identity| self.candidate(identity)).collect();
        let mut attempts = Attempts::new(untried);
        let mut waits = 0;
        loop {
            let begin = self.begin(flight, &mut attempts);
            match self.ask(CoordinatorRequest::Begin(begin)).await? {
                CoordinatorReply::Shared(shared) => return Ok(Fetched::coalesced(finish::received(shared)?)),
                CoordinatorReply::Nobody(why) => return self.no_identity_left(flight, attempts, why).await,
                CoordinatorReply::TooManyChecks => {
                    if let Some(flight) = flight {
                        self.finish(flight, attempts.unsent, None, None);
                    }
                    return Err(RelayError::Fallback(FallbackReason::RepoPublicCheckFailed));
                }
                CoordinatorReply::Lead { flight: ours, lease: Some(lease) } => {
                    flight = Some(ours);
                    match self.try_identity(&lease, &mut attempts).await? {
                        Decision::TryAnother => {}
                        Decision::Answer(outcome) => return self.hand_out(ours, outcome, attempts),
                        Decision::Deny(error, proof) => {
                            self.hand_out_denial(ours, proof.as_ref(), attempts);
                            return Err(error);
                        }
                    }
                }
                CoordinatorReply::Lead { lease: None, .. }
                | CoordinatorReply::Again
                | CoordinatorReply::Token(_)
                | CoordinatorReply::Health(_)
                | CoordinatorReply::Noted => {
                    waits += 1;
                    flight = None;
                    // An answer that was too large to be handed on is in a cache now.
                    if let Some(answer) = cache::find(self.app, self.reading.pool, self.key).await
                        && self.reading.accepts(&answer, self.app.now())
                    {
                        return Ok(Fetched::coalesced(answer));
                    }
                    if waits > MOST_WAITS {
                        // The pool answers but does not keep up; the caller's own credentials may
                        // help.
                        return Err(RelayError::Fallback(FallbackReason::RelayOverloaded));
                    }
                }
            }
        }
    }

    fn begin(&self, flight: Option<FlightId>, attempts: &mut Attempts) -> Begin {
        let repository = self.reading.repository;
        let concerned = [
            Some(CooldownOf::Identity),
            Some(CooldownOf::Resource(self.resource())),
            self.reading.owner.clone().map(CooldownOf::Owner),
            repository.map(|repository| CooldownOf::Repository(repository.key())),
            Some(CooldownOf::Route(self.refused_route())),
        ];
        Begin {
            key: self.key.as_str().to_owned(),
            flight,
            flight_millis: flight_millis(self.app),
            looked_at: self.looked_at,
            not_before: self.reading.max_age.map(|max_age| self.looked_at.minus(max_age)),
            lease: Some(LeaseRequest {
                route: self.reading.lease_key(),
                budget: self.reading.budget,
                concerned: concerned.into_iter().flatten().collect(),
                candidates: attempts.untried.clone(),
                unproven_for: self.unproven.map(|_| self.caller.to_owned()),
            }),
            reports: std::mem::take(&mut attempts.unsent),
        }
    }

    /// What an identity is left alone for that was refused it while another one was not: the path
    /// of its kind in a repository; of queries, whose fields need different permissions, this one.
    fn refused_route(&self) -> String {
        let route = self.reading.lease_key();
        match self.reading.form {
            Form::Rest(_) => route,
            Form::Query(_) => format!("{route} {}", self.key.as_str()),
        }
    }

    fn resource(&self) -> Resource {
        self.reading.budget.resource()
    }

    /// The identity as the coordinator chooses among it.
    fn candidate(&self, identity: &ServingIdentity) -> Candidate {
        Candidate {
            id: identity.id.clone(),
            weight: identity.spec.weight.get(),
            budget: self.budget(identity),
            token: self.spender(identity).token_key(),
        }
    }

    pub(super) fn budget(&self, identity: &ServingIdentity) -> String {
        budget::of_identity(self.app, identity)
    }

    async fn ask(&self, ask: CoordinatorRequest) -> Result<CoordinatorReply, RelayError> {
        Ok(self.app.ports.coordinators.ask(self.reading.pool, ask).await?)
    }
}
