//! What the statistics count. It is written after the answer; nobody waits for it.

use std::time::Duration;

use futures_util::FutureExt as _;
use octopool_core::relay::{CacheOutcome, FallbackReason};
use octopool_core::{PoolId, Timestamp};

use super::answer::Relayed;
use super::error::RelayError;
use super::memory::Memory;
use crate::access::TokenHolder;
use crate::app::App;
use crate::stats::{self, UsageCounts, UsageKey};

/// How long an isolate collects counts before it writes them. A write costs D1 as much as a read
/// of GitHub costs the Worker, and a second of reads of one caller is often one row.
const WRITE_DELAY: Duration = Duration::from_millis(500);

/// Counts a read. The first since the last write makes sure that the counts are written.
pub(super) fn count(
    app: &App,
    pool: &PoolId,
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
    let key = key(pool, holder, route_kind, result, began_at);
    if Memory::of(app).tally.add(key, counts, now) {
        let worker = app.clone();
        let task = async move { write(&worker).await };
        app.ports.background.spawn_after(WRITE_DELAY, task.boxed());
    }
}

async fn write(app: &App) {
    let counted = Memory::of(app).tally.take();
    if let Err(error) = stats::add(app, counted).await {
        // What was counted is lost; a statistic is not worth a queue that grows while D1 is down.
        crate::audit::log_failure(app, "relay.usage", &error);
    }
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
    pool: &PoolId,
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
        pool_id: pool.to_string(),
        minute: began_at.as_minutes(),
        caller_id: holder.caller_id.clone(),
        client_name: holder.client_name.clone(),
        route_kind: route_kind.to_owned(),
        backend: backend.to_owned(),
        cache: cache.to_owned(),
        fallback_reason: fallback_reason.to_owned(),
    }
}
