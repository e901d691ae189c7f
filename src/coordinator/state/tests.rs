//! What a coordinator decides, step by step.

use octopool_core::Timestamp;
use octopool_core::relay::{
    AnswerFacts, Budget, Candidate, Cooldown, CooldownOf, Feedback, LeaseReason, NoChoice, RateHeaders,
    Resource, judge,
};

use super::{Begin, Begun, Finish, Report, SealedToken, State};
use crate::ports::coordinator::{Lease, LeaseRequest};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + seconds * 1000)
}

fn candidate(id: &str) -> Candidate {
    Candidate { id: id.to_owned(), weight: 100, budget: id.to_owned(), token: Some(id.to_owned()) }
}

fn begin(key: &str, ids: &[&str]) -> Begin {
    let candidates = ids.iter().copied().map(candidate).collect();
    let route = "pr_view acme/rocket".to_owned();
    let concerned = vec![CooldownOf::Identity, CooldownOf::Route(route.clone())];
    let wanted = LeaseRequest { route, budget: Budget::Core, concerned, candidates, unproven_for: None };
    Begin {
        key: key.to_owned(),
        flight: None,
        flight_millis: 15_000,
        looked_at: at(0),
        not_before: None,
        lease: Some(wanted),
        reports: Vec::new(),
    }
}

fn finish(key: &str, flight: u64, report: Option<Report>) -> Finish {
    Finish { reports: report.into_iter().collect(), ..Finish::nothing(key.to_owned(), flight) }
}

#[track_caller]
fn lead(begun: Begun) -> (u64, Lease) {
    match begun {
        Begun::Lead(flight, Some(lease)) => (flight, lease),
        other => panic!("{other:?}"),
    }
}

fn refused(identity: &str, status: u16, now: Timestamp) -> Report {
    let facts = AnswerFacts { status, ..AnswerFacts::default() };
    let (feedback, _) = judge(&facts, &Resource::core(), None, now);
    Report { budget: identity.to_owned(), sent: true, feedback }
}

fn left(identity: &str, remaining: &str, now: Timestamp) -> Report {
    let reset = (now.as_seconds() + 600).to_string();
    let rate = RateHeaders { remaining: Some(remaining), reset: Some(&reset), ..RateHeaders::default() };
    let facts = AnswerFacts { status: 200, rate, ..AnswerFacts::default() };
    let (feedback, _) = judge(&facts, &Resource::core(), None, now);
    Report { budget: identity.to_owned(), sent: true, feedback }
}

#[test]
fn one_asks_and_the_others_wait_until_it_is_over() {
    let mut state = State::default();
    let (flight, _) = lead(state.begin(&begin("k", &["a"]), at(0)));
    assert!(matches!(state.begin(&begin("k", &["a"]), at(1)), Begun::Wait(waited, _) if waited == flight));
    assert!(matches!(state.begin(&begin("other", &["a"]), at(1)), Begun::Lead(..)));
    assert!(state.finish(&finish("k", flight, None)).is_some());
    assert!(state.finish(&finish("k", flight, None)).is_none(), "over is over");
    assert!(matches!(state.begin(&begin("k", &["a"]), at(2)), Begun::Lead(..)));
}

#[test]
fn nobody_waits_for_a_leader_that_died() {
    let mut state = State::default();
    let (first, _) = lead(state.begin(&begin("k", &["a"]), at(0)));
    state.sweep(at(15));
    assert!(state.take_ended().contains(&first), "those who wait for it are told");
    let (second, _) = lead(state.begin(&begin("k", &["a"]), at(15)));
    assert_ne!(first, second);
    assert!(state.finish(&finish("k", first, None)).is_none(), "the late one ends nothing");
    assert!(state.finish(&finish("k", second, None)).is_some());
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
    let next = Begin { flight: Some(flight), reports: vec![refused("a", 401, at(0))], ..begin("k", &["b"]) };
    let (again, lease) = lead(state.begin(&next, at(1)));
    assert_eq!((again, lease.identity.as_str()), (flight, "b"));
    let last = Begin { flight: Some(flight), reports: vec![refused("b", 401, at(1))], ..begin("k", &[]) };
    assert!(matches!(state.begin(&last, at(2)), Begun::Nobody(NoChoice::Nobody)));
    assert!(matches!(
        state.begin(&begin("other", &["a", "b"]), at(3)),
        Begun::Nobody(NoChoice::CoolingDown { .. })
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
    assert!(matches!(
        restored.begin(&begin("k", &["a"]), at(169)),
        Begun::Nobody(NoChoice::CoolingDown { .. })
    ));
    assert_eq!(restored.health(at(60)).budgets["a"].cooldown_until, Some(at(170)));
    let (flight, _) = lead(restored.begin(&begin("k", &["a"]), at(170)));
    assert!(flight > 7, "numbers go on: {flight}");
}

#[test]
fn a_disproved_refusal_is_about_its_route() {
    let mut state = State::default();
    let route = "pr_view acme/rocket".to_owned();
    let feedback = Feedback { rate: None, cooldown: Some(Cooldown::disproved(route, at(0))) };
    let report = Report { budget: "a".to_owned(), sent: true, feedback };
    state.finish(&finish("k", 0, Some(report)));
    let resting = state.begin(&begin("k", &["a"]), at(1));
    assert!(matches!(resting, Begun::Nobody(NoChoice::CoolingDown { retry_at }) if retry_at == at(120)));
    let mut other = begin("k", &["a"]);
    other.lease.as_mut().unwrap().concerned = vec![CooldownOf::Route("issue_view acme/rocket".to_owned())];
    assert!(matches!(state.begin(&other, at(1)), Begun::Lead(..)));
    assert!(state.health(at(1)).budgets.is_empty(), "the identity as a whole is well");
}

#[test]
fn a_question_that_wants_a_newer_answer_does_not_join_an_older_flight() {
    let mut state = State::default();
    let (old, _) = lead(state.begin(&begin("k", &["a"]), at(5)));
    let anew = |seconds| Begin { not_before: Some(at(seconds)), ..begin("k", &["a"]) };
    assert!(matches!(state.begin(&anew(5), at(6)), Begun::Wait(flight, _) if flight == old));
    let (new, _) = lead(state.begin(&anew(6), at(6)));
    assert!(matches!(state.begin(&anew(6), at(7)), Begun::Wait(flight, _) if flight == new));
    assert!(matches!(state.begin(&begin("k", &["a"]), at(7)), Begun::Wait(flight, _) if flight == new));
    assert_eq!(state.finish(&finish("k", new, None)), Some(at(6)));
    assert_eq!(
        state.finish(&finish("k", old, None)),
        Some(at(5)),
        "the older one goes on for those who wait"
    );
}

#[test]
fn with_one_request_left_one_is_sent() {
    let mut state = State::default();
    state.finish(&finish("x", 0, Some(left("a", "1", at(0)))));
    let (flight, _) = lead(state.begin(&begin("k1", &["a"]), at(1)));
    for key in ["k2", "k3"] {
        let none = state.begin(&begin(key, &["a"]), at(1));
        assert!(matches!(none, Begun::Nobody(NoChoice::Depleted { retry_at }) if retry_at == at(600)));
    }
    // It came back without a count, so it is taken to have cost one.
    let uncounted = Report { budget: "a".to_owned(), sent: true, feedback: Feedback::default() };
    state.finish(&finish("k1", flight, Some(uncounted)));
    assert!(matches!(state.begin(&begin("k2", &["a"]), at(2)), Begun::Nobody(_)));
    state.finish(&finish("x", 0, Some(left("a", "1", at(1)))));
    assert!(matches!(state.begin(&begin("k2", &["a"]), at(3)), Begun::Lead(..)), "a newer count");
}

#[test]
fn a_request_that_was_never_sent_is_put_back() {
    let mut state = State::default();
    state.finish(&finish("x", 0, Some(left("a", "1", at(0)))));
    let (flight, _) = lead(state.begin(&begin("k1", &["a"]), at(1)));
    let unsent = Report { budget: "a".to_owned(), sent: false, feedback: Feedback::default() };
    state.finish(&finish("k1", flight, Some(unsent)));
    assert!(matches!(state.begin(&begin("k2", &["a"]), at(2)), Begun::Lead(..)));
}

#[test]
fn what_a_lost_leader_reserved_is_taken_to_be_spent() {
    let mut state = State::default();
    state.finish(&finish("x", 0, Some(left("a", "2", at(0)))));
    lead(state.begin(&begin("k1", &["a"]), at(1)));
    state.sweep(at(100));
    assert_eq!(state.health(at(100)).budgets["a"].rates[&Resource::core()].remaining, 1);
    assert!(matches!(state.begin(&begin("k2", &["a"]), at(100)), Begun::Lead(..)));
}

#[test]
fn what_has_ended_is_forgotten() {
    let mut state = State::default();
    for number in 0..50 {
        let id = format!("a{number}");
        state.finish(&finish("x", 0, Some(left(&id, "10", at(0)))));
        state.finish(&finish("x", 0, Some(refused(&id, 401, at(0)))));
        let key = format!("k{number}");
        let mut question = begin(&key, &["other"]);
        question.lease.as_mut().unwrap().route = key.clone();
        state.begin(&question, at(0));
        state.keep_apart(key, at(0));
    }
    assert!(state.sweep(at(1000)));
    assert!(!state.sweep(at(1001)), "not every time");
    let left = [
        state.rates.len(),
        state.cooldowns.len(),
        state.leases.len(),
        state.flights.len(),
        state.latest.len(),
        state.reserved.len(),
        state.apart.len(),
    ];
    assert_eq!(left, [0; 7]);
}

#[test]
fn what_is_left_is_remembered_until_the_reset() {
    let mut state = State::default();
    state.finish(&finish("k", 0, Some(left("a", "0", at(0)))));
    assert!(matches!(state.begin(&begin("k", &["a"]), at(1)), Begun::Nobody(NoChoice::Depleted { .. })));
    assert_eq!(state.health(at(1)).budgets["a"].rates[&Resource::core()].remaining, 0);
    assert!(matches!(state.begin(&begin("k", &["a"]), at(600)), Begun::Lead(..)));
    assert!(state.health(at(600)).budgets.is_empty());
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
    assert!(state.finish(&done).is_some());
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
    let report = Report { budget: "a".to_owned(), sent: false, feedback: Feedback::no_credential(at(0)) };
    state.finish(&finish("k", 0, Some(report)));
    assert_eq!(state.health(at(1)).budgets["a"].cooldown_until, Some(at(120)));
}
