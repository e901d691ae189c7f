//! Which of the identities that may serve does.

use serde::{Deserialize, Serialize};

use super::quota::RateState;
use crate::Timestamp;

/// Requests that an identity of which nothing is known is taken to have left: GitHub's usual budget
/// for an hour.
const ASSUMED_REMAINING: i64 = 5000;

/// An identity that may serve.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// Its bias between equal candidates.
    pub weight: i64,
    /// Under what its limits and cooldowns are kept. Identities with one credential share them.
    pub budget: String,
    /// Under what its installation token is kept; a PAT has none.
    pub token: Option<String>,
}

impl Candidate {
    /// The only candidate, so that no preference counts, with a budget of its own and no token.
    pub fn alone(id: &str) -> Self {
        Self { id: id.to_owned(), weight: 0, budget: id.to_owned(), token: None }
    }
}

/// Why this identity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeaseReason {
    /// It served the same route a moment ago.
    Sticky,
    /// It has the most requests left.
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
    /// Every candidate rests, or has nothing left while others rest.
    CoolingDown {
        /// When the first of them can serve again.
        retry_at: Timestamp,
    },
    /// Every candidate has used up its budget.
    Depleted {
        /// When the first budget is filled again.
        retry_at: Timestamp,
    },
}

/// What is known of the budget of a candidate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Until when it rests for this request.
    pub rests_until: Option<Timestamp>,
    /// What is left.
    pub rate: Option<RateState>,
    /// How many requests that are under way have reserved of it.
    pub reserved: i64,
}

impl Known {
    fn rests(&self, now: Timestamp) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }

    fn is_depleted(&self, now: Timestamp) -> bool {
        self.rate.is_some_and(|state| state.without(self.reserved).is_depleted(now))
    }

    /// When it can serve again.
    fn retry_at(&self, now: Timestamp) -> Timestamp {
        let reset = self.rate.filter(|_| self.is_depleted(now)).map(RateState::reset_at);
        self.rests_until.into_iter().chain(reset).chain([now]).max().unwrap_or(now)
    }
}

/// Chooses among the candidates (contract, section 6, "Selection"). `lease` is the identity that
/// served the same route a moment ago.
pub fn choose(
    candidates: &[Candidate],
    lease: Option<&str>,
    known: impl Fn(&Candidate) -> Known,
    now: Timestamp,
) -> Result<Choice, NoChoice> {
    let all: Vec<_> = candidates.iter().map(|candidate| (candidate, known(candidate))).collect();
    let usable = all.iter().filter(|(_, known)| !known.rests(now) && !known.is_depleted(now));
    if let Some((sticky, _)) = usable.clone().find(|(candidate, _)| Some(candidate.id.as_str()) == lease) {
        return Ok(Choice { identity: sticky.id.clone(), reason: LeaseReason::Sticky });
    }
    let score = |(candidate, known): &(&Candidate, Known)| {
        let current = known.rate.filter(|state| !state.is_over(now));
        current.map_or(ASSUMED_REMAINING, |state| state.remaining).saturating_add(candidate.weight)
    };
    // Ties go to the first id, so two isolates that know the same choose the same.
    let best = usable.max_by(|a, b| score(a).cmp(&score(b)).then_with(|| b.0.id.cmp(&a.0.id)));
    if let Some((best, _)) = best {
        return Ok(Choice { identity: best.id.clone(), reason: LeaseReason::HighestRemaining });
    }
    let retry_at = all.iter().map(|(_, known)| known.retry_at(now)).min();
    Err(match retry_at {
        None => NoChoice::Nobody,
        Some(retry_at) if all.iter().any(|(_, known)| known.rests(now)) => NoChoice::CoolingDown { retry_at },
        Some(retry_at) => NoChoice::Depleted { retry_at },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Candidate, Choice, Known, LeaseReason, NoChoice, RateState, choose};
    use crate::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn candidate(id: &str, weight: i64) -> Candidate {
        Candidate { id: id.to_owned(), weight, budget: id.to_owned(), token: None }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(NOW.as_millis() + seconds * 1000)
    }

    fn left(remaining: i64) -> Known {
        let rate = RateState { limit: None, remaining, reset: NOW.as_seconds() + 100 };
        Known { rate: Some(rate), ..Known::default() }
    }

    fn resting(seconds: i64) -> Known {
        Known { rests_until: Some(at(seconds)), ..Known::default() }
    }

    fn chosen(candidates: &[Candidate], known: &[(&str, Known)]) -> Result<String, NoChoice> {
        let known: BTreeMap<_, _> = known.iter().copied().collect();
        let find = |candidate: &Candidate| known.get(candidate.budget.as_str()).copied().unwrap_or_default();
        choose(candidates, None, find, NOW).map(|choice| choice.identity)
    }

    #[test]
    fn the_most_requests_left_wins_and_weight_is_added() {
        let both = [candidate("a", 100), candidate("b", 100)];
        assert_eq!(chosen(&both, &[("a", left(10)), ("b", left(20))]), Ok("b".to_owned()));
        let biased = [candidate("a", 115), candidate("b", 100)];
        assert_eq!(chosen(&biased, &[("a", left(10)), ("b", left(20))]), Ok("a".to_owned()));
    }

    #[test]
    fn an_unknown_budget_counts_as_a_full_one() {
        let both = [candidate("a", 0), candidate("b", 0)];
        assert_eq!(chosen(&both, &[("a", left(4999))]), Ok("b".to_owned()));
        assert_eq!(chosen(&both, &[("b", left(5001))]), Ok("b".to_owned()));
    }

    #[test]
    fn ties_go_to_the_first_id() {
        assert_eq!(chosen(&[candidate("b", 1), candidate("a", 1)], &[]), Ok("a".to_owned()));
    }

    #[test]
    fn a_window_that_has_ended_says_nothing() {
        let over = RateState { limit: None, remaining: 0, reset: NOW.as_seconds() };
        let over = Known { rate: Some(over), ..Known::default() };
        assert_eq!(chosen(&[candidate("a", 1)], &[("a", over)]), Ok("a".to_owned()));
    }

    #[test]
    fn why_none_serves_and_when_one_can_again() {
        let both = [candidate("a", 1), candidate("b", 1)];
        assert_eq!(chosen(&[], &[]), Err(NoChoice::Nobody));
        for (a, b, expected) in [
            (resting(7), resting(5), NoChoice::CoolingDown { retry_at: at(5) }),
            (left(0), left(0), NoChoice::Depleted { retry_at: at(100) }),
            (left(0), resting(9), NoChoice::CoolingDown { retry_at: at(9) }),
            (
                Known { rests_until: Some(at(5)), ..left(0) },
                resting(200),
                NoChoice::CoolingDown { retry_at: at(100) },
            ),
        ] {
            assert_eq!(chosen(&both, &[("a", a), ("b", b)]), Err(expected));
        }
    }

    #[test]
    fn requests_under_way_are_reserved() {
        let one = [candidate("a", 0)];
        assert_eq!(chosen(&one, &[("a", Known { reserved: 1, ..left(2) })]), Ok("a".to_owned()));
        let depleted = NoChoice::Depleted { retry_at: at(100) };
        assert_eq!(chosen(&one, &[("a", Known { reserved: 1, ..left(1) })]), Err(depleted));
        let unknown = Known { reserved: 100, ..Known::default() };
        assert_eq!(chosen(&one, &[("a", unknown)]), Ok("a".to_owned()), "an unknown budget refuses nothing");
    }

    #[test]
    fn a_lease_is_kept_while_it_can_be() {
        let both = [candidate("a", 0), candidate("b", 900)];
        let sticky = choose(&both, Some("a"), |_| Known::default(), NOW);
        assert_eq!(sticky, Ok(Choice { identity: "a".to_owned(), reason: LeaseReason::Sticky }));
        let rests = |candidate: &Candidate| if candidate.id == "a" { resting(1) } else { Known::default() };
        let moved = choose(&both, Some("a"), rests, NOW);
        assert_eq!(moved, Ok(Choice { identity: "b".to_owned(), reason: LeaseReason::HighestRemaining }));
        assert_eq!(choose(&both, Some("gone"), |_| Known::default(), NOW).unwrap().identity, "b");
    }

    proptest! {
        #[test]
        fn the_choice_is_usable_and_no_better_one_is_passed_over(
            given in prop::collection::vec((0..6_u8, 0..50_i64, 0..3_i64, any::<bool>(), 0..3_i64), 0..6)
        ) {
            let mut given = given;
            given.sort_by_key(|(id, ..)| *id);
            given.dedup_by_key(|(id, ..)| *id);
            let candidates: Vec<_> = given.iter().map(|(id, weight, ..)| candidate(&id.to_string(), *weight)).collect();
            let find = |id: &str| given.iter().find(|row| row.0.to_string() == id).copied();
            let known = |candidate: &Candidate| find(&candidate.id).map_or_else(Known::default, |row| Known {
                rests_until: row.3.then(|| at(1)),
                reserved: row.4,
                ..left(row.2)
            });
            let usable = |id: &str| find(id).is_some_and(|row| !row.3 && row.2 > row.4);
            match choose(&candidates, None, known, NOW) {
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
