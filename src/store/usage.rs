//! How much the relay is used, by minute.

use octopool_core::{PoolId, Timestamp};
use serde::{Deserialize, Serialize};

use super::statement::{Answers, Statement};
use crate::ports::{Database, DatabaseError};

/// What requests that are counted together have in common.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct UsageKey {
    /// The pool.
    pub pool_id: String,
    /// Minutes since 1970; of a sum over several, the latest.
    pub minute: i64,
    /// The caller; of a sum, empty.
    pub caller_id: String,
    /// The caller's machine.
    pub client_name: String,
    /// What the path was taken for.
    pub route_kind: String,
    /// `github`, `cache` or `none`.
    pub backend: String,
    /// `hit`, `stale`, `miss` or `bypass`.
    pub cache: String,
    /// Empty where the request was served.
    pub fallback_reason: String,
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct UsageCounts {
    /// All of them.
    pub requests: i64,
    /// Those that ended with an error of ours or a 5xx of GitHub's.
    pub errors: i64,
    /// Those that waited for the answer to another's.
    pub coalesced: i64,
    /// How long all of them took together.
    pub duration_ms: i64,
}

/// Counts, and of what.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct UsageRow {
    /// Of what.
    #[serde(flatten)]
    pub key: UsageKey,
    /// The counts.
    #[serde(flatten)]
    pub counts: UsageCounts,
    /// In a sum: whether these are the requests of the caller who asks, 0 or 1.
    #[serde(default, skip_serializing)]
    pub own: i64,
}

/// What is kept for a pool.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct CacheTotals {
    /// All answers.
    pub total: i64,
    /// Those that are fresh.
    pub fresh: i64,
    /// How large the bodies are together.
    pub body_bytes: i64,
}

/// Adds to the minutes' counts, all rows in one statement.
pub async fn add(database: &dyn Database, rows: &[UsageRow]) -> Result<(), DatabaseError> {
    let json = serde_json::to_string(rows).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    let add = Statement::new(
        "INSERT INTO usage_minutes (pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason, \
                                    requests, errors, coalesced, duration_ms) \
         SELECT value ->> 'pool_id', value ->> 'minute', value ->> 'caller_id', value ->> 'client_name', value ->> 'route_kind', \
                value ->> 'backend', value ->> 'cache', value ->> 'fallback_reason', value ->> 'requests', value ->> 'errors', \
                value ->> 'coalesced', value ->> 'duration_ms' \
         FROM json_each(?1) WHERE true \
         ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors, \
             coalesced = coalesced + excluded.coalesced, duration_ms = duration_ms + excluded.duration_ms",
        [json.as_str().into()],
    );
    database.batch(vec![add]).await.map(drop)
}

/// The counts of a pool since a minute, of one client or of all, summed over the minutes and over the other callers; and what is kept.
pub async fn since(
    database: &dyn Database,
    pool: &PoolId,
    minute: i64,
    client_name: Option<&str>,
    caller_id: &str,
    now: Timestamp,
) -> Result<(Vec<UsageRow>, CacheTotals), DatabaseError> {
    let usage = Statement::new(
        "SELECT pool_id, max(minute) AS minute, '' AS caller_id, client_name, route_kind, backend, cache, fallback_reason, \
                (caller_id = ?4) AS own, sum(requests) AS requests, sum(errors) AS errors, sum(coalesced) AS coalesced, \
                sum(duration_ms) AS duration_ms \
         FROM usage_minutes WHERE pool_id = ?1 AND minute >= ?2 AND (?3 IS NULL OR client_name = ?3) \
         GROUP BY own, client_name, route_kind, backend, cache, fallback_reason",
        [pool.as_str().into(), minute.into(), client_name.into(), caller_id.into()],
    );
    let totals = Statement::new(
        "SELECT count(*) AS total, coalesce(sum(fresh_until > ?2), 0) AS fresh, coalesce(sum(length(body)), 0) AS body_bytes \
         FROM cached_answers WHERE pool_id = ?1",
        [pool.as_str().into(), now.as_millis().into()],
    );
    let mut answers = Answers::new(database.batch(vec![usage, totals]).await?);
    Ok((answers.all()?, answers.one()?))
}
