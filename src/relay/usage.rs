//! What the statistics count. It is written after the answer; nobody waits for it.

use futures_util::FutureExt as _;
use octopool_api_types::CacheOutcome;
use octopool_core::{PoolId, Timestamp};

use super::answer::Relayed;
use super::error::RelayError;
use super::question::Question;
use crate::app::App;
use crate::store::usage::{self, UsageRow};

/// One read, as it is counted.
pub(super) struct Use {
    pool: PoolId,
    row: UsageRow,
}

impl Use {
    /// What is counted of a read.
    pub(super) fn of(
        question: &Question,
        client_name: String,
        route_kind: &'static str,
        result: &Result<Relayed, RelayError>,
        began_at: Timestamp,
        ended_at: Timestamp,
    ) -> Self {
        let (backend, cache, error) = match result {
            Ok(relayed) => {
                let cached =
                    matches!(relayed.cache, CacheOutcome::Hit | CacheOutcome::Stale) || relayed.coalesced;
                (
                    if cached { "cache" } else { "github" },
                    relayed.cache.as_str(),
                    relayed.answer.head.status >= 500,
                )
            }
            Err(RelayError::Fallback(_)) => ("none", "bypass", false),
            Err(_) => ("none", "bypass", true),
        };
        let fallback_reason = match result {
            Err(RelayError::Fallback(reason)) => reason.as_str(),
            _ => "",
        };
        let row = UsageRow {
            minute: began_at.as_minutes(),
            client_name,
            route_kind: route_kind.to_owned(),
            backend: backend.to_owned(),
            cache: cache.to_owned(),
            fallback_reason: fallback_reason.to_owned(),
            requests: 1,
            errors: error.into(),
            coalesced: result.as_ref().is_ok_and(|relayed| relayed.coalesced).into(),
            duration_ms: (ended_at.as_millis() - began_at.as_millis()).max(0),
        };
        Self { pool: question.pool.clone(), row }
    }
}

/// Counts a read in the background.
pub(super) fn count(app: &App, used: Use) {
    let worker = app.clone();
    let task = async move {
        if let Err(error) = usage::add(worker.database(), &used.pool, &used.row).await {
            crate::audit::log_failure(&worker, "relay.usage", &error);
        }
    };
    app.ports.background.spawn(task.boxed());
}
