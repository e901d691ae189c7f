//! What a coordinator knows and decides.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use octopool_core::Timestamp;
use octopool_core::relay::{
    Candidate, Choice, Cooldown, CooldownOf, Feedback, Known, NoChoice, PoolRate, RateState, Resource, choose,
};

use super::buckets::{Buckets, CHECKS, LONGEST_WAIT_MILLIS, MINTS, REFUND_MILLIS};
use crate::ports::coordinator::{
    Begin, Finish, FlightId, Health, Lease, LeaseRequest, Record, Report, SealedToken,
};

/// For how long a route keeps its identity (contract, section 6, "Selection").
const LEASE: Duration = Duration::from_secs(10);
/// A token is renewed this long before GitHub ends it (contract, section 6, "App tokens").
const RENEWAL: Duration = Duration::from_mins(1);
/// How often everything that has ended is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// For how long answers to one question are not shared after one of them was too large to be
/// shared.
const APART: Duration = Duration::from_mins(1);
/// Tokens that are kept at most, each of about a KiB: one for each repository. The least recently
/// used one goes, and costs a mint if it is wanted again.
const MOST_TOKENS: usize = 500;

/// The budget of the org token. No identity has this one: fingerprints have no spaces.
pub const ORG: &str = "org token";

/// What a pool's coordinator knows. Where no order is needed the maps are hash maps: their code is
/// much smaller than that of ordered ones.
#[derive(Debug, Default)]
pub struct State {
    rates: HashMap<(String, Resource), RateState>,
    cooldowns: HashMap<(String, CooldownOf), Timestamp>,
    tokens: HashMap<String, SealedToken>,
    /// When each token was used last, as a count of uses.
    token_uses: HashMap<String, u64>,
    last_use: u64,
    /// Mints, by the budget of the identity.
    mints: Buckets,
    /// Checks of unknown repositories, by caller.
    checks: Buckets,
    /// By route, the identity that serves it and until when.
    leases: HashMap<String, (String, Timestamp)>,
    /// In the order in which they began, so that the late ones are found first.
    flights: BTreeMap<FlightId, Flight>,
    /// The flight of each key that began last.
    latest: HashMap<String, FlightId>,
    /// How many requests are under way for each budget.
    reserved: HashMap<(String, Resource), i64>,
    /// Keys whose answers are too large to be shared, until when.
    apart: HashMap<String, Timestamp>,
    last_flight: FlightId,
    changes: Vec<Record>,
    ended: Vec<FlightId>,
    swept_at: Option<Timestamp>,
}

/// One question that is on its way to GitHub.
#[derive(Debug)]
struct Flight {
    key: String,
    began: Timestamp,
    /// When nobody waits for it any longer.
    until: Timestamp,
    /// The budget that its request counts against.
    lease: Option<(String, Resource)>,
}

/// The answer to somebody who begins.
#[derive(Debug)]
pub enum Begun {
    /// It asks GitHub.
    Lead(FlightId, Option<Lease>),
    /// It waits for a request that is under way.
    Wait(FlightId, Timestamp),
    /// No identity can serve.
    Nobody(NoChoice),
    /// The caller has had too many repositories checked.
    TooManyChecks,
    /// A mint has its place in the queue at this time; a request that waited until then begins
    /// again.
    Later(Timestamp),
    /// There is a token already.
    Token(SealedToken),
}

/// Why there is no lease.
enum NoLease {
    Nobody(NoChoice),
    TooManyChecks,
    /// All that is missing is that the mints of this budget are going too fast.
    MintLater(String, Timestamp),
}

/// Whether a mint still needs a place in the queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum MintPlace {
    Needed,
    Taken,
}

impl State {
    /// What was known before an eviction. `first_flight` must not repeat, or a leader that was
    /// interrupted by the eviction could end the flight of another one.
    pub fn restore(
        records: impl IntoIterator<Item = Record>,
        first_flight: FlightId,
        now: Timestamp,
    ) -> Self {
        let mut state = Self { last_flight: first_flight, ..Self::default() };
        for record in records.into_iter().filter(|record| record.ends_at() > now) {
            match record {
                Record::Rate { budget, resource, state: rate } => {
                    state.rates.insert((budget, resource), rate);
                }
                Record::Cooldown { budget, cooldown } => {
                    state.cooldowns.insert((budget, cooldown.of), cooldown.until);
                }
                Record::Token { key, token } => {
                    state.tokens.insert(key, token);
                }
            }
        }
        state
    }

    /// What has to be written down since the last call.
    pub fn take_changes(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.changes)
    }

    /// Flights that have ended without a word from their leaders since the last call.
    pub fn take_ended(&mut self) -> Vec<FlightId> {
        std::mem::take(&mut self.ended)
    }

    /// Forgets what has ended. Flights are looked at every time, because they reserve; the rest now
    /// and then. Whether this was such a time, so that the storage forgets, too.
    pub fn sweep(&mut self, now: Timestamp) -> bool {
        while let Some((id, _)) = self.flights.first_key_value().filter(|(_, flight)| flight.until <= now) {
            let id = *id;
            self.end(id, true);
            self.ended.push(id);
        }
        if self.swept_at.is_some_and(|at| at <= now && now < at.plus(SWEEP_EVERY)) {
            return false;
        }
        self.swept_at = Some(now);
        let late: Vec<_> =
            self.flights.iter().filter(|(_, flight)| flight.until <= now).map(|(id, _)| *id).collect();
        for id in late {
            self.end(id, true);
            self.ended.push(id);
        }
        self.rates.retain(|_, rate| !rate.is_over(now));
        self.cooldowns.retain(|_, until| *until > now);
        self.tokens.retain(|_, token| token.expires_at > now);
        let tokens = &self.tokens;
        self.token_uses.retain(|key, _| tokens.contains_key(key));
        self.leases.retain(|_, (_, until)| *until > now);
        self.apart.retain(|_, until| *until > now);
        true
    }

    /// Somebody is about to ask GitHub.
    pub fn begin(&mut self, begin: &Begin, now: Timestamp) -> Begun {
        self.begin_with(begin, MintPlace::Needed, now)
    }

    /// The same for a request that has waited for a place in the queue of mints.
    pub fn begin_in_turn(&mut self, begin: &Begin, now: Timestamp) -> Begun {
        self.begin_with(begin, MintPlace::Taken, now)
    }

    fn begin_with(&mut self, begin: &Begin, place: MintPlace, now: Timestamp) -> Begun {
        let own =
            begin.flight.filter(|id| self.flights.get(id).is_some_and(|flight| flight.key == begin.key));
        if let Some(own) = own {
            self.release(own, &begin.reports);
        }
        begin.reports.iter().for_each(|report| self.learn(report));
        if own.is_none()
            && self.apart.get(&begin.key).is_none_or(|until| *until <= now)
            && let Some((flight, until)) = self.running(&begin.key, begin.not_before, now)
        {
            return Begun::Wait(flight, until);
        }
        let lease = match &begin.lease {
            None => None,
            Some(wanted) => match self.lease(wanted, (place, begin.flight_millis), now) {
                Ok(lease) => Some(lease),
                Err(NoLease::Nobody(none)) => return Begun::Nobody(none),
                Err(NoLease::TooManyChecks) => return Begun::TooManyChecks,
                // Others wait for a flight that goes on, so it does not wait itself.
                Err(NoLease::MintLater(_, retry_at)) if own.is_some() => {
                    return Begun::Nobody(NoChoice::CoolingDown { retry_at });
                }
                Err(NoLease::MintLater(budget, at)) => {
                    self.mints.take(&budget, MINTS, now);
                    return Begun::Later(at);
                }
            },
        };
        let flight = own.unwrap_or_else(|| self.start_flight(&begin.key, begin.flight_millis, now));
        if let (Some(wanted), Some(lease)) = (&begin.lease, &lease) {
            self.reserve(flight, wanted, lease);
        }
        Begun::Lead(flight, lease)
    }

    /// Somebody wants an installation token.
    pub fn token(
        &mut self,
        (key, budget): (&str, &str),
        refused: Option<Timestamp>,
        flight_millis: u64,
        now: Timestamp,
    ) -> Begun {
        if refused.is_some() && self.tokens.get(key).map(|token| token.expires_at) == refused {
            // A request that was refused the same one finds it gone, and waits for the next.
            self.forget_token(key);
        }
        if let Some(token) = self.good_token(key, now) {
            return Begun::Token(token);
        }
        if let Some((flight, until)) = self.running(&token_key(key), None, now) {
            return Begun::Wait(flight, until);
        }
        // The mint before this one may have found out that there is nothing to be had.
        let wait = Duration::from_millis(self.mints.wait(budget, MINTS, now).max(0).unsigned_abs());
        let rest = [self.rests_until(&token_key(key)), self.rests_until(budget), Some(now.plus(wait))];
        match rest.into_iter().flatten().max().filter(|until| *until > now) {
            Some(retry_at) => Begun::Nobody(NoChoice::CoolingDown { retry_at }),
            None => Begun::Lead(self.begin_mint(key, budget, flight_millis, now), None),
        }
    }

    /// A flight is over. When it began, unless it had ended before.
    pub fn finish(&mut self, finish: &Finish) -> Option<Timestamp> {
        let own = self.flights.get(&finish.flight).filter(|flight| flight.key == finish.key);
        let began = own.map(|flight| flight.began);
        if began.is_some() {
            self.release(finish.flight, &finish.reports);
            self.end(finish.flight, false);
        }
        finish.reports.iter().for_each(|report| self.learn(report));
        if let Some((key, token)) = &finish.token {
            self.keep_token(key, token);
        }
        if let Some(caller) = &finish.refund {
            self.checks.refund(caller, REFUND_MILLIS);
        }
        began
    }

    /// The answers to this question are too large to be shared: for a while everybody asks for
    /// itself.
    pub fn keep_apart(&mut self, key: String, now: Timestamp) {
        self.apart.insert(key, now.plus(APART));
    }

    /// How the identities are.
    pub fn health(&self, now: Timestamp) -> Health {
        let mut health = Health::default();
        for ((budget, resource), rate) in self.rates.iter().filter(|(_, rate)| !rate.is_over(now)) {
            health.budgets.entry(budget.clone()).or_default().rates.insert(resource.clone(), *rate);
        }
        for ((budget, of), until) in self.cooldowns.iter().filter(|(_, until)| **until > now) {
            if *of == CooldownOf::Identity {
                health.budgets.entry(budget.clone()).or_default().cooldown_until = Some(*until);
            }
        }
        health
    }

    fn lease(
        &mut self,
        wanted: &LeaseRequest,
        (place, flight_millis): (MintPlace, u64),
        now: Timestamp,
    ) -> Result<Lease, NoLease> {
        let choice = self.choose(wanted, place, now)?;
        let chosen = wanted.candidates.iter().find(|candidate| candidate.id == choice.identity);
        let token = chosen.and_then(|chosen| self.good_token(chosen.token.as_ref()?, now));
        let mint = chosen.filter(|_| token.is_none()).and_then(|chosen| {
            let key = chosen.token.as_ref()?;
            let minting = self.running(&token_key(key), None, now).is_some();
            (!minting).then(|| (key.clone(), chosen.budget.clone()))
        });
        let is_check = mint.is_some() || chosen.is_some_and(|chosen| chosen.budget == ORG);
        if let Some(caller) = wanted.unproven_for.as_ref().filter(|_| is_check) {
            if self.checks.wait(caller, CHECKS, now) > 0 {
                return Err(NoLease::TooManyChecks);
            }
            self.checks.take(caller, CHECKS, now);
        }
        let mint = mint.map(|(key, budget)| match place {
            MintPlace::Needed => self.begin_mint(&key, &budget, flight_millis, now),
            MintPlace::Taken => self.start_flight(&token_key(&key), flight_millis, now),
        });
        self.hold(&wanted.route, &choice.identity, now);
        let others = self.rate_of_others(&choice.identity, wanted, now);
        Ok(Lease { identity: choice.identity, reason: choice.reason, others, token, mint })
    }

    /// Chooses among those of whom a token can be had: they have one, or may mint one now.
    fn choose(&self, wanted: &LeaseRequest, place: MintPlace, now: Timestamp) -> Result<Choice, NoLease> {
        let served = wanted.candidates.iter().filter(|candidate| {
            // GitHub has refused this installation a token for this repository.
            let until = candidate.token.as_ref().and_then(|key| self.rests_until(&token_key(key)));
            until.is_none_or(|until| until <= now)
        });
        let served: Vec<_> = served.cloned().collect();
        let ready = served.iter().filter(|it| place == MintPlace::Taken || self.mint_wait(it, now) == 0);
        let ready: Vec<_> = ready.cloned().collect();
        let none = match self.choose_among(&ready, wanted, now) {
            Ok(choice) => return Ok(choice),
            Err(none) => none,
        };
        if ready.len() == served.len() {
            return Err(NoLease::Nobody(none));
        }
        let choice = self.choose_among(&served, wanted, now).map_err(NoLease::Nobody)?;
        let chosen = served.iter().find(|candidate| candidate.id == choice.identity);
        let Some(chosen) = chosen else { return Err(NoLease::Nobody(none)) };
        let wait = self.mint_wait(chosen, now);
        let at = now.plus(Duration::from_millis(wait.unsigned_abs()));
        if wait <= LONGEST_WAIT_MILLIS {
            return Err(NoLease::MintLater(chosen.budget.clone(), at));
        }
        Err(NoLease::Nobody(NoChoice::CoolingDown { retry_at: at }))
    }

    fn choose_among(
        &self,
        candidates: &[Candidate],
        wanted: &LeaseRequest,
        now: Timestamp,
    ) -> Result<Choice, NoChoice> {
        let held =
            self.leases.get(&wanted.route).filter(|(_, until)| *until > now).map(|(id, _)| id.as_str());
        choose(candidates, held, |candidate| self.known(candidate, wanted), now)
    }

    /// What the candidates that share no budget with the chosen one, and do not rest, have left
    /// together.
    fn rate_of_others(&self, chosen: &str, wanted: &LeaseRequest, now: Timestamp) -> PoolRate {
        let candidates = &wanted.candidates;
        let chosen = candidates.iter().find(|candidate| candidate.id == chosen);
        let mut seen = HashSet::new();
        let others = candidates
            .iter()
            .filter(|candidate| chosen.is_none_or(|chosen| chosen.budget != candidate.budget))
            .filter(|candidate| seen.insert(candidate.budget.as_str()))
            .map(|candidate| self.known(candidate, wanted))
            .filter(|known| known.rests_until.is_none_or(|until| until <= now));
        PoolRate::sum(wanted.budget, others.map(|known| known.rate), now)
    }

    /// How long a candidate has to wait for its mint, in milliseconds; 0 if it needs none.
    fn mint_wait(&self, candidate: &Candidate, now: Timestamp) -> i64 {
        let Some(key) = &candidate.token else { return 0 };
        let has_token = self.tokens.get(key).is_some_and(|token| is_good(token, now));
        if has_token || self.running(&token_key(key), None, now).is_some() {
            return 0;
        }
        self.mints.wait(&candidate.budget, MINTS, now)
    }

    /// Keeps the lease of a route for a while.
    fn hold(&mut self, route: &str, identity: &str, now: Timestamp) {
        let until = now.plus(LEASE);
        self.leases
            .entry(route.to_owned())
            .and_modify(|lease| {
                // A lease ends; using it does not make it longer, or one identity would serve a
                // busy route for ever.
                if lease.0 != identity || lease.1 <= now {
                    *lease = (identity.to_owned(), until);
                }
            })
            .or_insert_with(|| (identity.to_owned(), until));
    }

    /// Until when all of a budget, or a token, rests.
    fn rests_until(&self, budget: &str) -> Option<Timestamp> {
        self.cooldowns.get(&(budget.to_owned(), CooldownOf::Identity)).copied()
    }

    fn begin_mint(&mut self, key: &str, budget: &str, flight_millis: u64, now: Timestamp) -> FlightId {
        self.mints.take(budget, MINTS, now);
        self.start_flight(&token_key(key), flight_millis, now)
    }

    fn known(&self, candidate: &Candidate, wanted: &LeaseRequest) -> Known {
        let rests_until = wanted
            .concerned
            .iter()
            .filter_map(|of| self.cooldowns.get(&(candidate.budget.clone(), of.clone())))
            .max();
        let budget = (candidate.budget.clone(), wanted.budget.resource());
        Known {
            rests_until: rests_until.copied(),
            rate: self.rates.get(&budget).copied(),
            reserved: self.reserved.get(&budget).copied().unwrap_or_default(),
        }
    }

    fn good_token(&mut self, key: &str, now: Timestamp) -> Option<SealedToken> {
        let token = self.tokens.get(key).filter(|token| is_good(token, now)).cloned()?;
        self.use_token(key);
        Some(token)
    }

    fn use_token(&mut self, key: &str) {
        self.last_use += 1;
        self.token_uses.insert(key.to_owned(), self.last_use);
    }

    fn keep_token(&mut self, key: &str, token: &SealedToken) {
        if self.tokens.len() >= MOST_TOKENS && !self.tokens.contains_key(key) {
            // After an eviction nothing has been used yet, and any of them goes.
            let used = |key: &String| self.token_uses.get(key).copied().unwrap_or_default();
            let oldest = self.tokens.keys().min_by_key(|key| used(key)).cloned();
            if let Some(oldest) = oldest {
                self.forget_token(&oldest);
            }
        }
        self.tokens.insert(key.to_owned(), token.clone());
        self.use_token(key);
        self.changes.push(Record::Token { key: key.to_owned(), token: token.clone() });
    }

    /// Forgets a token, in the storage too: what replaces it there has ended.
    fn forget_token(&mut self, key: &str) {
        self.tokens.remove(key);
        self.token_uses.remove(key);
        let token = SealedToken { sealed: String::new(), expires_at: Timestamp::from_millis(0) };
        self.changes.push(Record::Token { key: key.to_owned(), token });
    }

    fn learn(&mut self, report: &Report) {
        if let Some((resource, news)) = &report.feedback.rate {
            let known = self.rates.entry((report.budget.clone(), resource.clone())).or_insert(*news);
            let merged = known.merge(*news);
            *known = merged;
            self.changes.push(Record::Rate {
                budget: report.budget.clone(),
                resource: resource.clone(),
                state: merged,
            });
        }
        if let Some(Cooldown { of, until }) = &report.feedback.cooldown {
            let known = self.cooldowns.entry((report.budget.clone(), of.clone())).or_insert(*until);
            // The longest deadline wins.
            *known = (*known).max(*until);
            let cooldown = Cooldown { of: of.clone(), until: *known };
            self.changes.push(Record::Cooldown { budget: report.budget.clone(), cooldown });
        }
    }

    /// The request that is under way for this question, if it is young enough for it.
    fn running(
        &self,
        key: &str,
        not_before: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<(FlightId, Timestamp)> {
        let id = self.latest.get(key)?;
        let flight = self.flights.get(id).filter(|flight| flight.until > now)?;
        not_before.is_none_or(|time| flight.began >= time).then_some((*id, flight.until))
    }

    fn start_flight(&mut self, key: &str, millis: u64, now: Timestamp) -> FlightId {
        self.last_flight += 1;
        let until = now.plus(Duration::from_millis(millis));
        let flight = Flight { key: key.to_owned(), began: now, until, lease: None };
        self.flights.insert(self.last_flight, flight);
        self.latest.insert(key.to_owned(), self.last_flight);
        self.last_flight
    }

    /// Takes one request out of a budget until the flight reports or ends.
    fn reserve(&mut self, id: FlightId, wanted: &LeaseRequest, lease: &Lease) {
        let chosen = wanted.candidates.iter().find(|candidate| candidate.id == lease.identity);
        if let (Some(flight), Some(chosen)) = (self.flights.get_mut(&id), chosen) {
            let budget = (chosen.budget.clone(), wanted.budget.resource());
            *self.reserved.entry(budget.clone()).or_default() += 1;
            flight.lease = Some(budget);
        }
    }

    /// Puts back what a flight reserved. A request that was sent and came back without a count is
    /// taken to have cost one.
    fn release(&mut self, id: FlightId, reports: &[Report]) {
        let Some(budget) = self.flights.get_mut(&id).and_then(|flight| flight.lease.take()) else { return };
        if let Some(count) = self.reserved.get_mut(&budget) {
            *count -= 1;
            if *count <= 0 {
                self.reserved.remove(&budget);
            }
        }
        let own = reports.iter().filter(|report| report.budget == budget.0);
        let (mut sent, mut counted) = (false, false);
        for report in own {
            sent |= report.sent;
            counted |= report.feedback.rate.is_some();
        }
        if sent
            && !counted
            && let Some(rate) = self.rates.get_mut(&budget)
        {
            *rate = rate.without(1);
        }
    }

    /// Removes a flight. `lost`: its leader did not come back.
    fn end(&mut self, id: FlightId, lost: bool) {
        let budget = self.flights.get(&id).and_then(|flight| flight.lease.clone()).map(|(budget, _)| budget);
        let spent = budget.map(|budget| Report { budget, sent: lost, feedback: Feedback::default() });
        self.release(id, spent.as_slice());
        if let Some(flight) = self.flights.remove(&id)
            && self.latest.get(&flight.key) == Some(&id)
        {
            self.latest.remove(&flight.key);
        }
    }
}

fn is_good(token: &SealedToken, now: Timestamp) -> bool {
    token.expires_at > now.plus(RENEWAL)
}

/// The key of the flight that mints a token.
pub fn token_key(key: &str) -> String {
    format!("token {key}")
}

#[cfg(test)]
mod tests;
