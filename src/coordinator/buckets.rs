//! Token buckets: a burst of operations, then one per interval.
//!
//! A bucket is stored as the time at which it will be full again (the generic cell rate algorithm,
//! <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>). Buckets are not persisted: after
//! an eviction every bucket is full, which allows one more burst.

use std::collections::HashMap;

use octopool_core::Timestamp;

/// At this many buckets, the full ones are removed.
const SWEEP_AT: usize = 1000;

/// The limits of a kind of bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// How many operations may start at once.
    pub(super) burst: i64,
    /// Milliseconds until one more operation is allowed.
    pub(super) interval_millis: i64,
}

/// Mints of one installation. A POST counts five points against GitHub's secondary limit of 900
/// points a minute
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits>),
/// so sixty mints a minute spend a third of it and leave the rest for reads.
pub(super) const MINTS: Rate = Rate { burst: 10, interval_millis: 1000 };
/// How long a mint may wait for its bucket, in milliseconds. If it had to wait longer, another
/// identity or the caller's own credentials are faster.
pub(super) const LONGEST_WAIT_MILLIS: i64 = 3000;
/// Checks, by one caller, of repositories that are not known to be public: 20 a minute, 30 at once.
/// All callers share the org token's 5,000 requests an hour.
pub(super) const CHECKS: Rate = Rate { burst: 30, interval_millis: 3000 };
/// The refund for a check that found a public repository, in milliseconds. Four fifths of the cost:
/// reading many public repositories is ordinary use, but it stays bounded.
pub(super) const REFUND_MILLIS: i64 = CHECKS.interval_millis * 4 / 5;

/// Buckets by key.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<String, i64>);

impl Buckets {
    /// How long the next operation has to wait, in milliseconds.
    pub(super) fn wait(&self, key: &str, rate: Rate, now: Timestamp) -> i64 {
        let full_at = self.0.get(key).copied().unwrap_or_default();
        (full_at - (rate.burst - 1) * rate.interval_millis - now.as_millis()).max(0)
    }

    /// Counts one operation, also one that has to wait.
    pub(super) fn take(&mut self, key: &str, rate: Rate, now: Timestamp) {
        let now = now.as_millis();
        if self.0.len() >= SWEEP_AT {
            self.0.retain(|_, full_at| *full_at > now);
        }
        let full_at = self.0.entry(key.to_owned()).or_default();
        *full_at = (*full_at).max(now).saturating_add(rate.interval_millis);
    }

    /// Returns part of the cost of an operation.
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
