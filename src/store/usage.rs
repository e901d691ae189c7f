//! How much the relay is used, by minute.

use octopool_core::PoolId;
use serde::Deserialize;

use super::statement::{Answers, Statement};
use crate::ports::{Database, DatabaseError};

/// Requests that have all of this in common.
#[derive(Clone, Debug, Deserialize)]
pub struct UsageRow {
    /// Minutes since 1970; 0 in a sum over several.
    pub minute: i64,
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
    /// How many there were.
    pub requests: i64,
    /// How many of them ended with an error of ours or a 5xx of GitHub's.
    pub errors: i64,
    /// How many of them waited for the answer to another's.
    pub coalesced: i64,
    /// How long all of them took together.
    pub duration_ms: i64,
}

/// Adds to the minute's count.
pub async fn add(database: &dyn Database, pool: &PoolId, row: &UsageRow) -> Result<(), DatabaseError> {
    let add = Statement::new(
        "INSERT INTO usage_minutes (pool_id, minute, client_name, route_kind, backend, cache, fallback_reason, \
                                    requests, errors, coalesced, duration_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors, \
             coalesced = coalesced + excluded.coalesced, duration_ms = duration_ms + excluded.duration_ms",
        [
            pool.as_str().into(),
            row.minute.into(),
            row.client_name.as_str().into(),
            row.route_kind.as_str().into(),
            row.backend.as_str().into(),
            row.cache.as_str().into(),
            row.fallback_reason.as_str().into(),
            row.requests.into(),
            row.errors.into(),
            row.coalesced.into(),
            row.duration_ms.into(),
        ],
    );
    database.batch(vec![add]).await.map(drop)
}

/// The counts since a minute, of one client or of all, summed over the minutes.
pub async fn since(
    database: &dyn Database,
    pool: &PoolId,
    minute: i64,
    client_name: Option<&str>,
) -> Result<Vec<UsageRow>, DatabaseError> {
    let select = Statement::new(
        "SELECT 0 AS minute, client_name, route_kind, backend, cache, fallback_reason, sum(requests) AS requests, \
                sum(errors) AS errors, sum(coalesced) AS coalesced, sum(duration_ms) AS duration_ms \
         FROM usage_minutes WHERE pool_id = ?1 AND minute >= ?2 AND (?3 IS NULL OR client_name = ?3) \
         GROUP BY client_name, route_kind, backend, cache, fallback_reason \
         ORDER BY client_name, route_kind, backend, cache, fallback_reason",
        [pool.as_str().into(), minute.into(), client_name.into()],
    );
    Answers::new(database.batch(vec![select]).await?).all()
}
