//! Token buckets: how much somebody may start at once, and how fast that is earned again.
//!
//! A bucket is one time, the moment at which it will be full again (the generic cell rate
//! algorithm, <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>). They are not written
//! down: after an eviction every bucket is full, which allows one burst more.

use std::collections::HashMap;

use octopool_core::Timestamp;

/// When this many buckets are known, the full ones are forgotten.
const SWEEP_AT: usize = 1000;

/// The size of a kind of bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// How many at once.
    pub(super) burst: i64,
    /// Milliseconds until one more is earned.
    pub(super) interval_millis: i64,
}

/// Mints of one installation. A POST counts five points against GitHub's secondary limit of 900
/// points a minute
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits>),
/// so sixty mints a minute spend a third of it and leave the rest for reads.
pub(super) const MINTS: Rate = Rate { burst: 10, interval_millis: 1000 };
/// For how long a mint may be put off, in milliseconds. Longer, and another identity or the
/// caller's own credentials are the better answer.
pub(super) const LONGEST_WAIT_MILLIS: i64 = 3000;
/// Checks of repositories of which nothing positive is known, by one caller: twenty a minute, thirty at
/// once. The org token's budget is 5,000 requests an hour for everybody.
pub(super) const CHECKS: Rate = Rate { burst: 30, interval_millis: 3000 };
/// What a caller gets back of a check that found a public repository, in milliseconds. Four fifths: a
/// walk over many public repositories is ordinary, but what it spends stays bounded.
pub(super) const REFUND_MILLIS: i64 = CHECKS.interval_millis * 4 / 5;

/// Buckets by key.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<String, i64>);

impl Buckets {
    /// How long the next one has to wait, in milliseconds; 0 for not at all.
    pub(super) fn wait(&self, key: &str, rate: Rate, now: Timestamp) -> i64 {
        let full_at = self.0.get(key).copied().unwrap_or_default();
        (full_at - (rate.burst - 1) * rate.interval_millis - now.as_millis()).max(0)
    }

    /// Takes one, also one that has to be waited for.
    pub(super) fn take(&mut self, key: &str, rate: Rate, now: Timestamp) {
        let now = now.as_millis();
        if self.0.len() >= SWEEP_AT {
            self.0.retain(|_, full_at| *full_at > now);
        }
        let full_at = self.0.entry(key.to_owned()).or_default();
        *full_at = (*full_at).max(now).saturating_add(rate.interval_millis);
    }

    /// Gives a part of one back.
    pub(super) fn refund(&mut self, key: &str, millis: i64) {
        if let Some(full_at) = self.0.get_mut(key) {
            *full_at = full_at.saturating_sub(millis);
        }
    }
}

#[cfg(test)]
mod tests {
    use octopool_core::Timestamp;

    use super::{Buckets, CHECKS, MINTS, REFUND_MILLIS};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis)
    }

    #[test]
    fn a_burst_passes_and_then_one_for_each_interval() {
        let mut buckets = Buckets::default();
        for taken in 0..MINTS.burst {
            assert_eq!(buckets.wait("a", MINTS, at(0)), 0, "{taken}");
            buckets.take("a", MINTS, at(0));
        }
        assert_eq!(buckets.wait("a", MINTS, at(0)), 1000);
        assert_eq!(buckets.wait("a", MINTS, at(400)), 600);
        assert_eq!(buckets.wait("b", MINTS, at(0)), 0, "others have their own");
        buckets.take("a", MINTS, at(0));
        assert_eq!(buckets.wait("a", MINTS, at(0)), 2000, "a place in the queue is taken");
        assert_eq!(buckets.wait("a", MINTS, at(12_000)), 0);
    }

    #[test]
    fn what_was_well_spent_is_given_back() {
        let mut buckets = Buckets::default();
        for _ in 0..100 {
            assert_eq!(buckets.wait("a", CHECKS, at(0)), 0);
            buckets.take("a", CHECKS, at(0));
            buckets.refund("a", REFUND_MILLIS);
        }
    }
}
