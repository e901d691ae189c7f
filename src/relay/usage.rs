//! What the statistics count. It is written after the answer; nobody waits for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use octopool_api_types::{CacheOutcome, FallbackReason};
use octopool_core::Timestamp;

use super::answer::Relayed;
use super::error::RelayError;
use super::memory::Memory;
use super::question::Question;
use crate::access::sql::TokenHolder;
use crate::app::App;
use crate::stats::sql::{self, UsageCounts, UsageKey, UsageRow};

/// A task that writes is believed dead after this long: Cloudflare ends what runs 30 s after its answer.
const WRITING: Duration = Duration::from_secs(30);
/// How often one task writes what came meanwhile, before the next request's task goes on.
const ROUNDS: usize = 20;

/// What an isolate has counted and not written yet. One task writes at a time, and takes along what came while it did: under load there is one
/// statement per round trip to D1, and not one per request.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    pending: HashMap<UsageKey, UsageCounts>,
    writing_until: Option<Timestamp>,
}

impl Tally {
    /// Counts one more. Whether whoever counts has to write.
    fn add(&self, key: UsageKey, counts: UsageCounts, now: Timestamp) -> bool {
        let mut counted = self.lock();
        let sum = counted.pending.entry(key).or_default();
        sum.requests += counts.requests;
        sum.errors += counts.errors;
        sum.coalesced += counts.coalesced;
        sum.revalidated += counts.revalidated;
        sum.duration_ms += counts.duration_ms;
        let idle = counted.writing_until.is_none_or(|until| until <= now);
        if idle {
            counted.writing_until = Some(now.plus(WRITING));
        }
        idle
    }

    /// Takes what there is to write; nothing is the end of the task.
    fn take(&self) -> Vec<UsageRow> {
        let mut counted = self.lock();
        let pending = std::mem::take(&mut counted.pending);
        if pending.is_empty() {
            counted.writing_until = None;
        }
        pending.into_iter().map(|(key, counts)| UsageRow { key, counts, own: 0 }).collect()
    }

    /// Lets the next request's task write.
    fn pause(&self) {
        self.lock().writing_until = None;
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a read, and writes in the background if nobody does already.
pub(super) fn count(
    app: &App,
    question: &Question,
    holder: &TokenHolder,
    route_kind: &'static str,
    result: &Result<Relayed, RelayError>,
    began_at: Timestamp,
) {
    let now = app.now();
    let counts = UsageCounts {
        requests: 1,
        errors: is_error(result).into(),
        coalesced: result.as_ref().is_ok_and(|relayed| relayed.coalesced).into(),
        revalidated: result.as_ref().is_ok_and(is_revalidated).into(),
        duration_ms: (now.as_millis() - began_at.as_millis()).max(0),
    };
    let key = key(question, holder, route_kind, result, began_at);
    if Memory::of(app).tally.add(key, counts, now) {
        let worker = app.clone();
        app.ports.background.spawn(async move { write(&worker).await }.boxed());
    }
}

async fn write(app: &App) {
    for _ in 0..ROUNDS {
        let rows = Memory::of(app).tally.take();
        if rows.is_empty() {
            return;
        }
        if let Err(error) = sql::add(app.database(), &rows).await {
            // What was counted is lost; a statistic is not worth a queue that grows while D1 is down.
            crate::audit::log_failure(app, "relay.usage", &error);
        }
    }
    Memory::of(app).tally.pause();
}

fn is_revalidated(relayed: &Relayed) -> bool {
    relayed.forwarded.is_some_and(|(_, status)| status == 304)
}

fn is_error(result: &Result<Relayed, RelayError>) -> bool {
    match result {
        Ok(relayed) => relayed.answer.head.status >= 500,
        // GitHub's 301 and 451 are answers, and a fallback is a rule of the pool's.
        Err(RelayError::Renamed(_) | RelayError::Blocked) => false,
        Err(error) => error.fallback_reason().is_none(),
    }
}

fn key(
    question: &Question,
    holder: &TokenHolder,
    route_kind: &'static str,
    result: &Result<Relayed, RelayError>,
    began_at: Timestamp,
) -> UsageKey {
    let (backend, cache) = match result {
        Ok(relayed) => {
            let cached =
                matches!(relayed.cache, CacheOutcome::Hit | CacheOutcome::Stale) || relayed.coalesced;
            let backend = match &relayed.answer.head.identity {
                Some(_) if cached => "cache",
                Some(_) => "github",
                // The pool answered itself.
                None => "none",
            };
            (backend, relayed.cache.as_str())
        }
        Err(_) => ("none", CacheOutcome::Bypass.as_str()),
    };
    let reason = result.as_ref().err().and_then(RelayError::fallback_reason);
    let fallback_reason = reason.map_or("", FallbackReason::as_str);
    UsageKey {
        pool_id: question.pool.to_string(),
        minute: began_at.as_minutes(),
        caller_id: holder.caller_id.clone(),
        client_name: holder.client_name.clone(),
        route_kind: route_kind.to_owned(),
        backend: backend.to_owned(),
        cache: cache.to_owned(),
        fallback_reason: fallback_reason.to_owned(),
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
    fn one_writes_and_takes_along_what_came_meanwhile() {
        let (tally, now) = (Tally::default(), Timestamp::from_millis(0));
        assert!(tally.add(key("a"), ONE, now), "the first one writes");
        assert!(!tally.add(key("a"), ONE, now) && !tally.add(key("b"), ONE, now), "the others do not");
        let rows = tally.take();
        let counted = |name| {
            let row = rows.iter().find(|row| row.key.client_name == name);
            row.map(|row| (row.counts.requests, row.counts.duration_ms))
        };
        assert_eq!((rows.len(), counted("a"), counted("b")), (2, Some((2, 14)), Some((1, 7))));
        assert!(!tally.add(key("c"), ONE, now), "it still writes");
        assert_eq!((tally.take().len(), tally.take().len()), (1, 0));
        assert!(tally.add(key("d"), ONE, now), "it has ended");
    }

    #[test]
    fn a_task_that_was_ended_does_not_stop_the_counting() {
        let tally = Tally::default();
        tally.add(key("a"), ONE, Timestamp::from_millis(0));
        assert!(!tally.add(key("a"), ONE, Timestamp::from_millis(29_999)));
        assert!(tally.add(key("a"), ONE, Timestamp::from_millis(30_000)));
        tally.pause();
        assert!(tally.add(key("a"), ONE, Timestamp::from_millis(30_001)));
        assert_eq!(tally.take()[0].counts.requests, 4);
    }
}
