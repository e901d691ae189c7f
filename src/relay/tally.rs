//! Counts that are not written yet.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use octopool_core::Timestamp;

use crate::stats::{UsageCounts, UsageKey};

/// A task that has not taken the counts after this long never will: Cloudflare ends what runs 30 s
/// after its response.
const LONGEST_TASK: Duration = Duration::from_secs(30);

/// What an isolate has counted and not written yet. One task at a time waits to write it, so that
/// there is one statement per moment, and not one per request.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    pending: HashMap<UsageKey, UsageCounts>,
    /// When the task that is to write them ends at the latest, if there is one.
    task_until: Option<Timestamp>,
}

impl Tally {
    /// Counts one more. Returns whether the caller has to start the task that writes the counts.
    pub(super) fn add(&self, key: UsageKey, counts: UsageCounts, now: Timestamp) -> bool {
        let mut counted = self.lock();
        let sum = counted.pending.entry(key).or_default();
        sum.requests += counts.requests;
        sum.errors += counts.errors;
        sum.coalesced += counts.coalesced;
        sum.revalidated += counts.revalidated;
        sum.duration_ms += counts.duration_ms;
        let is_first = counted.task_until.is_none_or(|until| until <= now);
        if is_first {
            counted.task_until = Some(now.plus(LONGEST_TASK));
        }
        is_first
    }

    /// Takes what there is to write; what is counted from now on is for another task.
    pub(super) fn take(&self) -> Vec<(UsageKey, UsageCounts)> {
        let mut counted = self.lock();
        counted.task_until = None;
        std::mem::take(&mut counted.pending).into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, Timestamp, UsageCounts, UsageKey};

    fn key(client_name: &str) -> UsageKey {
        UsageKey {
            pool_id: "team".to_owned(),
            minute: 1,
            caller_id: "c1".to_owned(),
            client_name: client_name.to_owned(),
            route_kind: "repo_view".to_owned(),
            backend: "cache".to_owned(),
            cache: "hit".to_owned(),
            fallback_reason: String::new(),
        }
    }

    const ONE: UsageCounts =
        UsageCounts { requests: 1, errors: 0, coalesced: 0, revalidated: 0, duration_ms: 7 };

    #[test]
    fn one_task_writes_what_is_counted_until_it_takes_the_counts() {
        let (tally, now) = (Tally::default(), Timestamp::from_millis(0));
        assert!(tally.add(key("a"), ONE, now), "the first one starts the task");
        assert!(!tally.add(key("a"), ONE, now) && !tally.add(key("b"), ONE, now), "the others do not");
        let rows = tally.take();
        let counted = |name| {
            let row = rows.iter().find(|(key, _)| key.client_name == name);
            row.map(|(_, counts)| (counts.requests, counts.duration_ms))
        };
        assert_eq!((rows.len(), counted("a"), counted("b")), (2, Some((2, 14)), Some((1, 7))));
        assert!(tally.add(key("c"), ONE, now), "the next one starts another task");
        assert_eq!(tally.take().len(), 1);
    }

    #[test]
    fn a_task_that_was_ended_does_not_stop_the_counting() {
        let tally = Tally::default();
        tally.add(key("a"), ONE, Timestamp::from_millis(0));
        assert!(!tally.add(key("a"), ONE, Timestamp::from_millis(29_999)));
        assert!(tally.add(key("a"), ONE, Timestamp::from_millis(30_000)));
        assert_eq!(tally.take()[0].1.requests, 3);
    }
}
