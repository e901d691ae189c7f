//! Which of the identities that may serve does.

use serde::{Deserialize, Serialize};

use super::eligibility::Candidate;
use super::quota::RateState;
use crate::Timestamp;

/// Requests that an identity of which nothing is known is taken to have left: GitHub's usual budget for an hour.
const ASSUMED_REMAINING: i64 = 5000;

/// Why this identity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseReason {
    /// It served the same route a moment ago.
    Sticky,
    /// It has the most requests left, its weight added.
    HighestRemaining,
}

/// Which identity serves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// Its id.
    pub identity: String,
    /// Why it.
    pub reason: LeaseReason,
}

/// Why none serves.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum NoChoice {
    /// There is no candidate.
    Nobody,
    /// Every candidate is cooling down, or has nothing left while others cool down.
    CoolingDown,
    /// Every candidate has used up its budget.
    Depleted,
}

/// Chooses among the candidates. What is known of each is asked for by its budget: until when it cools down for this route and budget, and
/// what is left of the budget.
pub fn choose(
    candidates: &[Candidate],
    lease: Option<&str>,
    cooldown: impl Fn(&str) -> Option<Timestamp>,
    rate: impl Fn(&str) -> Option<RateState>,
    now: Timestamp,
) -> Result<Choice, NoChoice> {
    let cools = |candidate: &Candidate| cooldown(&candidate.budget).is_some_and(|until| until > now);
    let depleted =
        |candidate: &Candidate| rate(&candidate.budget).is_some_and(|state| state.is_depleted(now));
    let usable = |candidate: &&Candidate| !cools(candidate) && !depleted(candidate);
    if let Some(sticky) =
        candidates.iter().filter(usable).find(|candidate| Some(candidate.id.as_str()) == lease)
    {
        return Ok(Choice { identity: sticky.id.clone(), reason: LeaseReason::Sticky });
    }
    let score = |candidate: &Candidate| {
        let known = rate(&candidate.budget).filter(|state| !state.is_over(now));
        known.map_or(ASSUMED_REMAINING, |state| state.remaining).saturating_add(candidate.weight)
    };
    // Ties go to the first id, so two isolates that know the same choose the same.
    let best =
        candidates.iter().filter(usable).max_by(|a, b| score(a).cmp(&score(b)).then_with(|| b.id.cmp(&a.id)));
    best.map(|best| Choice { identity: best.id.clone(), reason: LeaseReason::HighestRemaining }).ok_or_else(
        || match candidates {
            [] => NoChoice::Nobody,
            all if all.iter().any(&cools) => NoChoice::CoolingDown,
            _ => NoChoice::Depleted,
        },
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Candidate, Choice, LeaseReason, NoChoice, RateState, choose};
    use crate::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn candidate(id: &str, weight: i64) -> Candidate {
        Candidate { id: id.to_owned(), weight, budget: id.to_owned(), token: None }
    }

    fn left(remaining: i64) -> RateState {
        RateState { remaining, reset: NOW.as_seconds() + 100 }
    }

    type Known = BTreeMap<&'static str, RateState>;

    fn chosen(candidates: &[Candidate], rates: &Known, cooling: &[&str]) -> Result<String, NoChoice> {
        let until = |id: &str| cooling.contains(&id).then(|| Timestamp::from_millis(NOW.as_millis() + 1));
        choose(candidates, None, until, |id| rates.get(id).copied(), NOW).map(|choice| choice.identity)
    }

    #[test]
    fn the_most_requests_left_wins_and_weight_is_added() {
        let both = [candidate("a", 100), candidate("b", 100)];
        assert_eq!(chosen(&both, &Known::from([("a", left(10)), ("b", left(20))]), &[]), Ok("b".to_owned()));
        let biased = [candidate("a", 115), candidate("b", 100)];
        assert_eq!(
            chosen(&biased, &Known::from([("a", left(10)), ("b", left(20))]), &[]),
            Ok("a".to_owned())
        );
    }

    #[test]
    fn an_unknown_budget_counts_as_a_full_one() {
        let both = [candidate("a", 0), candidate("b", 0)];
        assert_eq!(chosen(&both, &Known::from([("a", left(4999))]), &[]), Ok("b".to_owned()));
        assert_eq!(chosen(&both, &Known::from([("b", left(5001))]), &[]), Ok("b".to_owned()));
    }

    #[test]
    fn ties_go_to_the_first_id() {
        assert_eq!(chosen(&[candidate("b", 1), candidate("a", 1)], &Known::new(), &[]), Ok("a".to_owned()));
    }

    #[test]
    fn a_window_that_has_ended_says_nothing() {
        let over = RateState { remaining: 0, reset: NOW.as_seconds() };
        assert_eq!(chosen(&[candidate("a", 1)], &Known::from([("a", over)]), &[]), Ok("a".to_owned()));
    }

    #[test]
    fn why_nobody_serves() {
        let both = [candidate("a", 1), candidate("b", 1)];
        assert_eq!(chosen(&[], &Known::new(), &[]), Err(NoChoice::Nobody));
        assert_eq!(chosen(&both, &Known::new(), &["a", "b"]), Err(NoChoice::CoolingDown));
        assert_eq!(
            chosen(&both, &Known::from([("a", left(0)), ("b", left(0))]), &[]),
            Err(NoChoice::Depleted)
        );
        assert_eq!(chosen(&both, &Known::from([("a", left(0))]), &["b"]), Err(NoChoice::CoolingDown));
    }

    #[test]
    fn a_lease_is_kept_while_it_can_be() {
        let both = [candidate("a", 0), candidate("b", 900)];
        let rate = |_: &str| None;
        let sticky = choose(&both, Some("a"), |_| None, rate, NOW);
        assert_eq!(sticky, Ok(Choice { identity: "a".to_owned(), reason: LeaseReason::Sticky }));
        let cooling = |id: &str| (id == "a").then(|| Timestamp::from_millis(NOW.as_millis() + 1));
        let moved = choose(&both, Some("a"), cooling, rate, NOW);
        assert_eq!(moved, Ok(Choice { identity: "b".to_owned(), reason: LeaseReason::HighestRemaining }));
        assert_eq!(choose(&both, Some("gone"), |_| None, rate, NOW).unwrap().identity, "b");
    }

    proptest! {
        #[test]
        fn whoever_is_chosen_is_usable_and_nobody_usable_is_passed_over(
            given in prop::collection::vec((0..6_u8, 0..50_i64, 0..3_i64, any::<bool>()), 0..6)
        ) {
            let mut given = given;
            given.sort_by_key(|(id, ..)| *id);
            given.dedup_by_key(|(id, ..)| *id);
            let candidates: Vec<_> = given.iter().map(|(id, weight, ..)| candidate(&id.to_string(), *weight)).collect();
            let find = |id: &str| given.iter().find(|row| row.0.to_string() == id).copied();
            let until = |id: &str| find(id).filter(|row| row.3).map(|_| Timestamp::from_millis(NOW.as_millis() + 1));
            let rate = |id: &str| find(id).map(|row| left(row.2));
            let usable = |id: &str| find(id).is_some_and(|row| !row.3 && row.2 > 0);
            match choose(&candidates, None, until, rate, NOW) {
                Ok(choice) => {
                    prop_assert!(usable(&choice.identity));
                    let score = |id: &str| find(id).map(|row| row.1 + row.2).unwrap();
                    for other in candidates.iter().filter(|other| usable(&other.id)) {
                        prop_assert!(score(&other.id) <= score(&choice.identity));
                    }
                }
                Err(_) => prop_assert!(candidates.iter().all(|candidate| !usable(&candidate.id))),
            }
        }
    }
}
