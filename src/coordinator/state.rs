//! What a coordinator knows and decides.

use std::collections::BTreeMap;
use std::time::Duration;

use octopool_core::Timestamp;
use octopool_core::relay::{Candidate, Choice, Cooldown, CooldownOf, NoChoice, RateState, Resource, choose};

use super::buckets::{Buckets, CHECKS, LONGEST_WAIT_MILLIS, MINTS, REFUND_MILLIS};
use super::protocol::{Begin, Finish, FlightId, Health, Lease, Record, Report, SealedToken};

/// For how long a route keeps its identity (contract, section 6, "Selection").
const LEASE: Duration = Duration::from_secs(10);
/// A token is renewed this long before GitHub ends it (contract, section 6, "App tokens").
const RENEWAL: Duration = Duration::from_mins(1);
/// When so many leases or flights are known, those that have ended are forgotten.
const SWEEP_AT: usize = 1000;
/// Tokens that are kept at most, each of about a KiB: one for each repository. The least recently used
/// one goes, and costs a mint if it is wanted again.
const MOST_TOKENS: usize = 500;

/// The budget of the org token. No identity can have this id, because ids have no spaces.
pub const ORG: &str = "org token";

/// What a pool's coordinator knows.
#[derive(Debug, Default)]
pub struct State {
    rates: BTreeMap<(String, Resource), RateState>,
    /// By identity, what of it, and the route where that is one.
    cooldowns: BTreeMap<(String, CooldownOf, String), Timestamp>,
    tokens: BTreeMap<String, SealedToken>,
    /// When each token was used last, as a count of uses.
    token_uses: BTreeMap<String, u64>,
    last_use: u64,
    /// Mints, by the budget of the identity.
    mints: Buckets,
    /// Checks of unknown repositories, by caller.
    checks: Buckets,
    leases: BTreeMap<String, (String, Timestamp)>,
    flights: BTreeMap<String, (FlightId, Timestamp)>,
    last_flight: FlightId,
    changes: Vec<Record>,
}

/// What becomes of somebody who begins.
#[derive(Debug)]
pub enum Begun {
    /// It asks GitHub.
    Lead(FlightId, Option<Lease>),
    /// It waits for who asks already.
    Wait(FlightId, Timestamp),
    /// Nobody can serve.
    Nobody(NoChoice),
    /// The caller has had too many repositories checked.
    TooManyChecks,
    /// A mint has its place in the queue at this time; whoever waited until then begins again.
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

impl State {
    /// What was known before an eviction. `first_flight` must not repeat, or who was evicted in the middle could end the flight of another.
    pub fn restore(
        records: impl IntoIterator<Item = Record>,
        first_flight: FlightId,
        now: Timestamp,
    ) -> Self {
        let mut state = Self { last_flight: first_flight, ..Self::default() };
        for record in records.into_iter().filter(|record| record.ends_at() > now) {
            match record {
                Record::Rate { identity, resource, state: rate } => {
                    state.rates.insert((identity, resource), rate);
                }
                Record::Cooldown { identity, route, cooldown } => {
                    state.cooldowns.insert((identity, cooldown.of, route), cooldown.until);
                }
                Record::Token { identity, token } => {
                    state.tokens.insert(identity, token);
                }
            }
        }
        state
    }

    /// What has to be written down since this was asked last.
    pub fn take_changes(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.changes)
    }

    /// Somebody is about to ask GitHub.
    pub fn begin(&mut self, begin: &Begin, now: Timestamp) -> Begun {
        self.begin_with(begin, MintPlace::Wanted, now)
    }

    /// The same for somebody who has waited for a place in the queue of mints.
    pub fn begin_in_turn(&mut self, begin: &Begin, now: Timestamp) -> Begun {
        self.begin_with(begin, MintPlace::Taken, now)
    }

    fn begin_with(&mut self, begin: &Begin, place: MintPlace, now: Timestamp) -> Begun {
        if let Some(report) = &begin.report {
            self.learn(report);
        }
        let own = begin.flight.filter(|flight| self.is_current(&begin.key, *flight));
        if own.is_none()
            && let Some((flight, until)) = self.running(&begin.key, now)
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
                Err(NoLease::MintLater(..)) if own.is_some() => {
                    return Begun::Nobody(NoChoice::CoolingDown);
                }
                Err(NoLease::MintLater(budget, at)) => {
                    self.mints.take(&budget, MINTS, now);
                    return Begun::Later(at);
                }
            },
        };
        let flight = own.unwrap_or_else(|| self.take_off(&begin.key, begin.flight_millis, now));
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
            // Whoever else was refused the same one finds it gone, and waits for the next.
            self.forget_token(key);
        }
        if let Some(token) = self.good_token(key, now) {
            return Begun::Token(token);
        }
        if let Some((flight, until)) = self.running(&token_key(key), now) {
            return Begun::Wait(flight, until);
        }
        // The mint before this one may have found out that there is nothing to be had.
        if self.rests(&token_key(key), now)
            || self.rests(budget, now)
            || self.mints.wait(budget, MINTS, now) > 0
        {
            return Begun::Nobody(NoChoice::CoolingDown);
        }
        Begun::Lead(self.begin_mint(key, budget, flight_millis, now), None)
    }

    /// Somebody has asked. Whether the flight was still the one that others wait for.
    pub fn finish(&mut self, finish: &Finish) -> bool {
        if let Some(report) = &finish.report {
            self.learn(report);
        }
        if let Some((key, token)) = &finish.token {
            self.keep_token(key, token);
        }
        if let Some(caller) = &finish.refund {
            self.checks.refund(caller, REFUND_MILLIS);
        }
        let current = self.is_current(&finish.key, finish.flight);
        if current {
            self.flights.remove(&finish.key);
        }
        current
    }

    /// How the identities are.
    pub fn health(&self, now: Timestamp) -> Health {
        let mut health = Health::default();
        for ((identity, resource), rate) in self.rates.iter().filter(|(_, rate)| !rate.is_over(now)) {
            let known = health.identities.entry(identity.clone()).or_default();
            known.rates.insert(resource.clone(), *rate);
        }
        for ((identity, of, _), until) in self.cooldowns.iter().filter(|(_, until)| **until > now) {
            if *of == CooldownOf::Identity {
                health.identities.entry(identity.clone()).or_default().cooldown_until = Some(*until);
            }
        }
        health
    }

    fn lease(
        &mut self,
        wanted: &super::Wanted,
        (place, flight_millis): (MintPlace, u64),
        now: Timestamp,
    ) -> Result<Lease, NoLease> {
        let choice = self.choose(wanted, place, now)?;
        let chosen = wanted.candidates.iter().find(|candidate| candidate.id == choice.identity);
        let token = chosen.and_then(|chosen| self.good_token(chosen.token.as_ref()?, now));
        let mint = chosen.filter(|_| token.is_none()).and_then(|chosen| {
            let key = chosen.token.as_ref()?;
            self.running(&token_key(key), now).is_none().then(|| (key.clone(), chosen.budget.clone()))
        });
        let is_check = mint.is_some() || chosen.is_some_and(|chosen| chosen.budget == ORG);
        if let Some(caller) = wanted.unproven_for.as_ref().filter(|_| is_check) {
            if self.checks.wait(caller, CHECKS, now) > 0 {
                return Err(NoLease::TooManyChecks);
            }
            self.checks.take(caller, CHECKS, now);
        }
        let mint = mint.map(|(key, budget)| match place {
            MintPlace::Wanted => self.begin_mint(&key, &budget, flight_millis, now),
            MintPlace::Taken => self.take_off(&token_key(&key), flight_millis, now),
        });
        self.hold(&wanted.route, &choice.identity, now);
        Ok(Lease { identity: choice.identity, reason: choice.reason, token, mint })
    }

    /// Chooses among those of whom a token can be had: whoever has one, or may mint one now.
    fn choose(&self, wanted: &super::Wanted, place: MintPlace, now: Timestamp) -> Result<Choice, NoLease> {
        let served = wanted.candidates.iter().filter(|candidate| {
            // GitHub has refused this installation a token for this repository.
            candidate.token.as_ref().is_none_or(|key| !self.rests(&token_key(key), now))
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
        match chosen.map(|chosen| (chosen.budget.clone(), self.mint_wait(chosen, now))) {
            Some((budget, wait)) if wait <= LONGEST_WAIT_MILLIS => {
                let wait = Duration::from_millis(wait.unsigned_abs());
                Err(NoLease::MintLater(budget, now.plus(wait)))
            }
            _ => Err(NoLease::Nobody(NoChoice::CoolingDown)),
        }
    }

    /// How long a candidate has to wait for its mint, in milliseconds; 0 if it needs none.
    fn mint_wait(&self, candidate: &Candidate, now: Timestamp) -> i64 {
        let Some(key) = &candidate.token else { return 0 };
        let has_token = self.tokens.get(key).is_some_and(|token| is_good(token, now));
        if has_token || self.running(&token_key(key), now).is_some() {
            return 0;
        }
        self.mints.wait(&candidate.budget, MINTS, now)
    }

    fn choose_among(
        &self,
        candidates: &[Candidate],
        wanted: &super::Wanted,
        now: Timestamp,
    ) -> Result<Choice, NoChoice> {
        let held =
            self.leases.get(&wanted.route).filter(|(_, until)| *until > now).map(|(id, _)| id.as_str());
        let cooldown = |id: &str| {
            let of = [
                (CooldownOf::Identity, ""),
                (CooldownOf::Resource(wanted.resource.clone()), ""),
                (CooldownOf::Route, wanted.route.as_str()),
            ];
            of.into_iter()
                .filter_map(|(of, route)| self.cooldowns.get(&(id.to_owned(), of, route.to_owned())))
                .max()
                .copied()
        };
        let rate = |id: &str| self.rates.get(&(id.to_owned(), wanted.resource.clone())).copied();
        choose(candidates, held, cooldown, rate, now)
    }

    /// Keeps the lease of a route for a while.
    fn hold(&mut self, route: &str, identity: &str, now: Timestamp) {
        if self.leases.len() >= SWEEP_AT {
            self.leases.retain(|_, (_, until)| *until > now);
        }
        let until = now.plus(LEASE);
        self.leases
            .entry(route.to_owned())
            .and_modify(|lease| {
                // A lease ends; using it does not make it longer, or one identity would serve a busy route for ever.
                if lease.0 != identity || lease.1 <= now {
                    *lease = (identity.to_owned(), until);
                }
            })
            .or_insert_with(|| (identity.to_owned(), until));
    }

    /// Whether all of a budget, or a token, is left alone for now.
    fn rests(&self, key: &str, now: Timestamp) -> bool {
        let until = self.cooldowns.get(&(key.to_owned(), CooldownOf::Identity, String::new()));
        until.is_some_and(|until| *until > now)
    }

    fn begin_mint(&mut self, key: &str, budget: &str, flight_millis: u64, now: Timestamp) -> FlightId {
        self.mints.take(budget, MINTS, now);
        self.take_off(&token_key(key), flight_millis, now)
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
        self.changes.push(Record::Token { identity: key.to_owned(), token: token.clone() });
    }

    /// Forgets a token, in the storage too: what replaces it there has ended.
    fn forget_token(&mut self, key: &str) {
        self.tokens.remove(key);
        self.token_uses.remove(key);
        let token = SealedToken { sealed: String::new(), expires_at: Timestamp::from_millis(0) };
        self.changes.push(Record::Token { identity: key.to_owned(), token });
    }

    fn learn(&mut self, report: &Report) {
        if let Some((resource, news)) = &report.feedback.rate {
            let known = self.rates.entry((report.budget.clone(), resource.clone())).or_insert(*news);
            let merged = known.merge(*news);
            *known = merged;
            self.changes.push(Record::Rate {
                identity: report.budget.clone(),
                resource: resource.clone(),
                state: merged,
            });
        }
        if let Some(Cooldown { of, until }) = &report.feedback.cooldown {
            let route = if *of == CooldownOf::Route { report.route.clone() } else { String::new() };
            let known =
                self.cooldowns.entry((report.budget.clone(), of.clone(), route.clone())).or_insert(*until);
            // The longest deadline wins.
            *known = (*known).max(*until);
            let cooldown = Cooldown { of: of.clone(), until: *known };
            self.changes.push(Record::Cooldown { identity: report.budget.clone(), route, cooldown });
        }
    }

    fn running(&self, key: &str, now: Timestamp) -> Option<(FlightId, Timestamp)> {
        self.flights.get(key).copied().filter(|(_, until)| *until > now)
    }

    fn is_current(&self, key: &str, flight: FlightId) -> bool {
        self.flights.get(key).is_some_and(|(current, _)| *current == flight)
    }

    fn take_off(&mut self, key: &str, millis: u64, now: Timestamp) -> FlightId {
        if self.flights.len() >= SWEEP_AT {
            self.flights.retain(|_, (_, until)| *until > now);
        }
        self.last_flight += 1;
        self.flights.insert(key.to_owned(), (self.last_flight, now.plus(Duration::from_millis(millis))));
        self.last_flight
    }
}

/// The key of the flight that mints the token with this key.
pub fn token_key(key: &str) -> String {
    format!("token {key}")
}

fn is_good(token: &SealedToken, now: Timestamp) -> bool {
    token.expires_at > now.plus(RENEWAL)
}

/// Whether a mint still needs a place in the queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum MintPlace {
    Wanted,
    Taken,
}

#[cfg(test)]
mod tests {
    use octopool_core::Timestamp;
    use octopool_core::relay::{
        AnswerFacts, Candidate, Feedback, LeaseReason, NoChoice, RateHeaders, Resource, judge,
    };

    use super::{Begin, Begun, Finish, Report, SealedToken, State};
    use crate::coordinator::{Lease, Wanted};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + seconds * 1000)
    }

    fn candidate(id: &str) -> Candidate {
        Candidate { id: id.to_owned(), weight: 100, budget: id.to_owned(), token: Some(id.to_owned()) }
    }

    fn begin(key: &str, ids: &[&str]) -> Begin {
        let candidates = ids.iter().copied().map(candidate).collect();
        let wanted = Wanted {
            route: "pr_view acme/rocket".to_owned(),
            resource: Resource::core(),
            candidates,
            unproven_for: None,
        };
        Begin {
            key: key.to_owned(),
            flight: None,
            flight_millis: 15_000,
            looked_at: at(0),
            lease: Some(wanted),
            report: None,
        }
    }

    fn finish(key: &str, flight: u64, report: Option<Report>) -> Finish {
        Finish { key: key.to_owned(), flight, report, token: None, refund: None, shared: None }
    }

    #[track_caller]
    fn lead(begun: Begun) -> (u64, Lease) {
        match begun {
            Begun::Lead(flight, Some(lease)) => (flight, lease),
            other => panic!("{other:?}"),
        }
    }

    fn refused(identity: &str, status: u16, now: Timestamp) -> Report {
        let feedback = judge(&AnswerFacts { status, ..AnswerFacts::default() }, now);
        Report { budget: identity.to_owned(), route: "pr_view acme/rocket".to_owned(), feedback }
    }

    fn left(identity: &str, remaining: &str, now: Timestamp) -> Report {
        let reset = (now.as_seconds() + 600).to_string();
        let rate = RateHeaders { resource: Some("core"), remaining: Some(remaining), reset: Some(&reset) };
        let feedback = judge(&AnswerFacts { status: 200, rate, ..AnswerFacts::default() }, now);
        Report { budget: identity.to_owned(), route: String::new(), feedback }
    }

    #[test]
    fn one_asks_and_the_others_wait_until_it_is_over() {
        let mut state = State::default();
        let (flight, _) = lead(state.begin(&begin("k", &["a"]), at(0)));
        assert!(
            matches!(state.begin(&begin("k", &["a"]), at(1)), Begun::Wait(waited, _) if waited == flight)
        );
        assert!(matches!(state.begin(&begin("other", &["a"]), at(1)), Begun::Lead(..)));
        assert!(state.finish(&finish("k", flight, None)));
        assert!(!state.finish(&finish("k", flight, None)), "over is over");
        assert!(matches!(state.begin(&begin("k", &["a"]), at(2)), Begun::Lead(..)));
    }

    #[test]
    fn nobody_waits_for_a_leader_that_died() {
        let mut state = State::default();
        let (first, _) = lead(state.begin(&begin("k", &["a"]), at(0)));
        let (second, _) = lead(state.begin(&begin("k", &["a"]), at(15)));
        assert_ne!(first, second);
        assert!(!state.finish(&finish("k", first, None)), "the late one ends nothing");
        assert!(state.finish(&finish("k", second, None)));
    }

    #[test]
    fn a_lease_is_kept_for_ten_seconds_and_not_for_ever() {
        let mut state = State::default();
        let (flight, lease) = lead(state.begin(&begin("1", &["a", "b"]), at(0)));
        assert_eq!((lease.identity.as_str(), lease.reason), ("a", LeaseReason::HighestRemaining));
        state.finish(&finish("1", flight, Some(left("a", "100", at(0)))));
        for second in [1, 9] {
            let (_, lease) = lead(state.begin(&begin(&format!("k{second}"), &["a", "b"]), at(second)));
            assert_eq!((lease.identity.as_str(), lease.reason), ("a", LeaseReason::Sticky));
        }
        let (_, lease) = lead(state.begin(&begin("3", &["a", "b"]), at(10)));
        assert_eq!((lease.identity.as_str(), lease.reason), ("b", LeaseReason::HighestRemaining));
    }

    #[test]
    fn the_next_attempt_goes_on_with_its_flight_and_another_identity() {
        let mut state = State::default();
        let (flight, lease) = lead(state.begin(&begin("k", &["a", "b"]), at(0)));
        assert_eq!(lease.identity, "a");
        let next =
            Begin { flight: Some(flight), report: Some(refused("a", 401, at(0))), ..begin("k", &["b"]) };
        let (again, lease) = lead(state.begin(&next, at(1)));
        assert_eq!((again, lease.identity.as_str()), (flight, "b"));
        let last = Begin { flight: Some(flight), report: Some(refused("b", 401, at(1))), ..begin("k", &[]) };
        assert!(matches!(state.begin(&last, at(2)), Begun::Nobody(NoChoice::Nobody)));
        assert!(matches!(
            state.begin(&begin("other", &["a", "b"]), at(3)),
            Begun::Nobody(NoChoice::CoolingDown)
        ));
        assert!(matches!(state.begin(&begin("other", &["a", "b"]), at(122)), Begun::Lead(..)));
    }

    #[test]
    fn the_longest_deadline_wins_and_outlives_an_eviction() {
        let mut state = State::default();
        let (flight, _) = lead(state.begin(&begin("k", &["a"]), at(0)));
        state.finish(&finish("k", flight, Some(refused("a", 401, at(50)))));
        let shorter = finish("x", 0, Some(refused("a", 401, at(0))));
        state.finish(&shorter);
        let mut records = state.take_changes();
        records.reverse();
        records.dedup_by_key(|record| record.key());
        let mut restored = State::restore(records, 7, at(60));
        assert!(matches!(restored.begin(&begin("k", &["a"]), at(169)), Begun::Nobody(NoChoice::CoolingDown)));
        assert_eq!(restored.health(at(60)).identities["a"].cooldown_until, Some(at(170)));
        let (flight, _) = lead(restored.begin(&begin("k", &["a"]), at(170)));
        assert!(flight > 7, "numbers go on: {flight}");
    }

    #[test]
    fn a_403_is_about_its_route() {
        let mut state = State::default();
        let (flight, _) = lead(state.begin(&begin("k", &["a"]), at(0)));
        state.finish(&finish("k", flight, Some(refused("a", 403, at(0)))));
        assert!(matches!(state.begin(&begin("k", &["a"]), at(1)), Begun::Nobody(NoChoice::CoolingDown)));
        let mut other = begin("k", &["a"]);
        other.lease.as_mut().unwrap().route = "issue_view acme/rocket".to_owned();
        assert!(matches!(state.begin(&other, at(1)), Begun::Lead(..)));
        assert!(state.health(at(1)).identities.is_empty(), "the identity as a whole is well");
    }

    #[test]
    fn what_is_left_is_remembered_until_the_reset() {
        let mut state = State::default();
        state.finish(&finish("k", 0, Some(left("a", "0", at(0)))));
        assert!(matches!(state.begin(&begin("k", &["a"]), at(1)), Begun::Nobody(NoChoice::Depleted)));
        assert_eq!(state.health(at(1)).identities["a"].rates[&Resource::core()].remaining, 0);
        assert!(matches!(state.begin(&begin("k", &["a"]), at(600)), Begun::Lead(..)));
        assert!(state.health(at(600)).identities.is_empty());
    }

    #[test]
    fn a_token_is_minted_by_one_and_renewed_a_minute_ahead() {
        let mut state = State::default();
        let Begun::Lead(flight, None) = state.token(("app", "app"), None, 15_000, at(0)) else {
            panic!("nobody mints")
        };
        assert!(matches!(state.token(("app", "app"), None, 15_000, at(1)), Begun::Wait(..)));
        let token = SealedToken { sealed: "x".to_owned(), expires_at: at(3600) };
        let done = Finish { token: Some(("app".to_owned(), token)), ..finish("token app", flight, None) };
        assert!(state.finish(&done));
        assert!(matches!(state.token(("app", "app"), None, 15_000, at(3539)), Begun::Token(_)));
        assert!(lead(state.begin(&begin("k", &["app"]), at(3539))).1.token.is_some());
        assert!(matches!(state.token(("app", "app"), None, 15_000, at(3540)), Begun::Lead(..)));
        let mut restored = State::restore(state.take_changes(), 0, at(10));
        assert!(matches!(restored.token(("app", "app"), None, 15_000, at(20)), Begun::Token(_)));
    }

    #[test]
    fn a_token_that_github_refuses_is_replaced_once() {
        let mut state = State::default();
        let Begun::Lead(flight, None) = state.token(("app", "app"), None, 15_000, at(0)) else {
            panic!("nobody mints")
        };
        let token = |ends| SealedToken { sealed: "x".to_owned(), expires_at: at(ends) };
        let done = |flight, ends| Finish {
            token: Some(("app".to_owned(), token(ends))),
            ..finish("token app", flight, None)
        };
        state.finish(&done(flight, 3600));
        let Begun::Lead(flight, None) = state.token(("app", "app"), Some(at(3600)), 15_000, at(5)) else {
            panic!("nobody mints anew")
        };
        assert!(matches!(state.token(("app", "app"), Some(at(3600)), 15_000, at(6)), Begun::Wait(..)));
        state.finish(&done(flight, 3605));
        let late = state.token(("app", "app"), Some(at(3600)), 15_000, at(7));
        assert!(matches!(late, Begun::Token(token) if token.expires_at == at(3605)), "it is another one now");
    }

    #[test]
    fn feedback_about_no_credential_needs_no_answer() {
        let mut state = State::default();
        let report =
            Report { budget: "a".to_owned(), route: String::new(), feedback: Feedback::no_credential(at(0)) };
        state.finish(&finish("k", 0, Some(report)));
        assert_eq!(state.health(at(1)).identities["a"].cooldown_until, Some(at(120)));
    }
}
