//! What GitHub says of an identity's limits
//! (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>).

use serde::{Deserialize, Serialize};

use crate::{MAX_SAFE_INTEGER, Timestamp};

/// The name of a budget of its own: `core`, `search`, `code_search`, `graphql`.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Resource(String);

impl Resource {
    /// The budget of everything that has none of its own.
    pub fn core() -> Self {
        Self("core".to_owned())
    }

    /// Reads the name as GitHub writes it: lower-case letters and underscores.
    pub fn parse(text: &str) -> Option<Self> {
        let good =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        good.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The budget that a route counts against.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Budget {
    /// `core`: everything that has none of its own.
    Core,
    /// `search`.
    Search,
    /// `code_search`.
    CodeSearch,
    /// `graphql`, which is counted in points.
    Graphql,
}

impl Budget {
    /// Every budget.
    pub const ALL: [Self; 4] = [Self::Core, Self::Search, Self::CodeSearch, Self::Graphql];

    /// How many requests, or points, GitHub grants one credential in a window, if it has not said
    /// otherwise
    /// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>,
    /// <https://docs.github.com/en/rest/search/search#rate-limit>,
    /// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>).
    pub fn usual_limit(self) -> i64 {
        match self {
            Self::Core | Self::Graphql => 5000,
            Self::Search => 30,
            Self::CodeSearch => 10,
        }
    }

    /// How long a window is, in seconds. Those of the searches are minutes.
    pub fn window_seconds(self) -> i64 {
        match self {
            Self::Core | Self::Graphql => 3600,
            Self::Search | Self::CodeSearch => 60,
        }
    }

    /// As GitHub names it in `x-ratelimit-resource`.
    pub fn resource(self) -> Resource {
        let name = match self {
            Self::Core => "core",
            Self::Search => "search",
            Self::CodeSearch => "code_search",
            Self::Graphql => "graphql",
        };
        Resource(name.to_owned())
    }
}

/// The rate limit headers of one answer, as they came. Each may be missing or malformed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateHeaders<'a> {
    /// `x-ratelimit-resource`. Not believed: the route knows its budget.
    pub resource: Option<&'a str>,
    /// `x-ratelimit-limit`
    pub limit: Option<&'a str>,
    /// `x-ratelimit-remaining`
    pub remaining: Option<&'a str>,
    /// `x-ratelimit-reset`, in seconds since 1970
    pub reset: Option<&'a str>,
}

/// What is left of one budget until it is filled again.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RateState {
    /// Requests in a whole window, where GitHub said so.
    #[serde(default)]
    pub limit: Option<i64>,
    /// Requests left.
    pub remaining: i64,
    /// When it is filled again, in seconds since 1970.
    pub reset: i64,
}

/// A window of GitHub's is an hour at most; what claims to end later than this is a clock that is
/// wrong, and believed, it would take an identity out for as long.
const LONGEST_WINDOW_SECONDS: i64 = 2 * 3600;

impl RateHeaders<'_> {
    /// The state of the budget, if the headers are well-formed.
    pub fn read(&self, now: Timestamp) -> Option<RateState> {
        let limit = self.limit.and_then(number);
        let state = RateState { limit, remaining: number(self.remaining?)?, reset: number(self.reset?)? };
        (state.reset <= now.as_seconds() + LONGEST_WINDOW_SECONDS).then_some(state)
    }
}

fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= MAX_SAFE_INTEGER)
}

impl RateState {
    /// What is known after one more answer. Answers arrive in any order: a newer window replaces,
    /// within one the lower count is the later one, and an older window says nothing any more.
    #[must_use]
    pub fn merge(self, news: Self) -> Self {
        match news.reset.cmp(&self.reset) {
            std::cmp::Ordering::Greater => news,
            std::cmp::Ordering::Equal => Self {
                limit: self.limit.max(news.limit),
                remaining: self.remaining.min(news.remaining),
                ..self
            },
            std::cmp::Ordering::Less => self,
        }
    }

    /// The same with some requests taken out.
    #[must_use]
    pub fn without(self, requests: i64) -> Self {
        Self { remaining: self.remaining.saturating_sub(requests), ..self }
    }

    /// When it is filled again.
    pub fn reset_at(self) -> Timestamp {
        Timestamp::from_millis(self.reset.saturating_mul(1000))
    }

    /// Whether nothing is left and the window has not ended.
    pub fn is_depleted(self, now: Timestamp) -> bool {
        self.remaining <= 0 && !self.is_over(now)
    }

    /// Whether the window has ended, so that nothing is known of the budget.
    pub fn is_over(self, now: Timestamp) -> bool {
        self.reset <= now.as_seconds()
    }
}

/// What a pool has of one budget: the sum over the identities that can be used now. It is what a
/// client may believe of its own limits. The numbers of one identity would stop a client that the
/// next identity could have served.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PoolRate {
    /// Requests in a window.
    pub limit: i64,
    /// Requests left.
    pub remaining: i64,
    /// Requests made in the current windows.
    pub used: i64,
    /// When the first of the windows ends, in seconds since 1970. Windows of identities end at
    /// different times; at the first end there is more left, which is what clients wait for.
    pub reset: i64,
}

impl PoolRate {
    /// Adds up what is known of the usable identities, one entry each. `None` stands for one of
    /// which nothing is known, which has what GitHub usually grants. Identities that cool down are
    /// not usable and must be left out, and those that share a secret are one.
    pub fn sum(
        budget: Budget,
        identities: impl IntoIterator<Item = Option<RateState>>,
        now: Timestamp,
    ) -> Self {
        let usual = budget.usual_limit();
        let mut sum = Self { limit: 0, remaining: 0, used: 0, reset: 0 };
        let mut first_reset = None;
        for state in identities {
            let state = state.filter(|state| !state.is_over(now));
            let remaining = state.map_or(usual, |state| state.remaining.max(0));
            // Some are granted more than usual: Apps of many repositories, enterprises.
            let limit = state.and_then(|state| state.limit).unwrap_or(usual).max(remaining);
            sum.limit = sum.limit.saturating_add(limit);
            sum.remaining = sum.remaining.saturating_add(remaining);
            first_reset = match (first_reset, state) {
                (Some(first), Some(state)) => Some(state.reset.min(first)),
                (first, state) => first.or(state.map(|state| state.reset)),
            };
        }
        sum.used = sum.limit - sum.remaining;
        sum.reset = first_reset.unwrap_or_else(|| now.as_seconds().saturating_add(budget.window_seconds()));
        sum
    }

    /// What both have together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let reset = match (self.limit, other.limit) {
            (0, _) => other.reset,
            (_, 0) => self.reset,
            _ => self.reset.min(other.reset),
        };
        Self {
            limit: self.limit.saturating_add(other.limit),
            remaining: self.remaining.saturating_add(other.remaining),
            used: self.used.saturating_add(other.used),
            reset,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Budget, PoolRate, RateHeaders, RateState};
    use crate::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn read(remaining: &str, reset: &str) -> bool {
        let headers =
            RateHeaders { remaining: Some(remaining), reset: Some(reset), ..RateHeaders::default() };
        headers.read(NOW).is_some()
    }

    #[test]
    fn malformed_headers_say_nothing() {
        assert!(read("10", "1790000100"));
        for bad in ["-1", "", "1.5", "1e3", " 1", "99999999999999999999", "+1"] {
            assert!(!read(bad, "1790000100"), "{bad}");
            assert!(!read("10", bad), "{bad}");
        }
        assert!(!read("10", "1890000000"), "years ahead");
        assert!(RateHeaders::default().read(NOW).is_none());
    }

    #[test]
    fn a_pool_has_what_its_identities_have_together() {
        let at =
            |remaining, reset| Some(RateState { limit: None, remaining, reset: NOW.as_seconds() + reset });
        let sum =
            |identities: &[Option<RateState>]| PoolRate::sum(Budget::Core, identities.iter().copied(), NOW);
        let rate = |limit, remaining, used, reset| PoolRate {
            limit,
            remaining,
            used,
            reset: NOW.as_seconds() + reset,
        };
        assert_eq!(sum(&[]), rate(0, 0, 0, 3600));
        assert_eq!(sum(&[None]), rate(5000, 5000, 0, 3600));
        assert_eq!(sum(&[at(10, 600), at(0, 60)]), rate(10_000, 10, 9990, 60));
        assert_eq!(sum(&[at(10, 600), None]), rate(10_000, 5010, 4990, 600));
        assert_eq!(sum(&[at(12_000, 600)]), rate(12_000, 12_000, 0, 600), "an App of many repositories");
        assert_eq!(sum(&[at(0, 0)]), rate(5000, 5000, 0, 3600), "the window is over");
        assert_eq!(sum(&[at(-3, 5)]), rate(5000, 0, 5000, 5));
        assert_eq!(sum(&[at(10, 600)]).plus(sum(&[at(0, 60), None])), sum(&[at(10, 600), at(0, 60), None]));
        assert_eq!(sum(&[]).plus(sum(&[at(10, 600)])), sum(&[at(10, 600)]));
        let told = RateState { limit: Some(60), remaining: 59, reset: NOW.as_seconds() + 9 };
        assert_eq!(sum(&[Some(told)]), rate(60, 59, 1, 9));
        let search = PoolRate::sum(Budget::Search, [None], NOW);
        assert_eq!((search.limit, search.reset), (30, NOW.as_seconds() + 60));
    }

    fn state() -> impl Strategy<Value = RateState> {
        (0..50_i64, 0..5_i64, prop::option::of(0..9_i64)).prop_map(|(remaining, reset, limit)| RateState {
            limit,
            remaining,
            reset,
        })
    }

    proptest! {
        #[test]
        fn the_order_in_which_answers_arrive_does_not_count(a in state(), b in state(), c in state()) {
            prop_assert_eq!(a.merge(b), b.merge(a));
            prop_assert_eq!(a.merge(b).merge(c), a.merge(b.merge(c)));
            prop_assert_eq!(a.merge(a), a);
        }
    }
}
