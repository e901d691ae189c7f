//! Usage counts of the relay, by minute.

use octopool_core::{PoolId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::Answers;

/// The key that requests are counted by.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub(crate) struct UsageKey {
    /// The pool.
    pub pool_id: String,
    /// Minutes since 1970; the latest one in a sum over several.
    pub minute: i64,
    /// The caller; empty in a sum.
    pub caller_id: String,
    /// The caller's client; empty in a sum over other callers than the requesting one.
    pub client_name: String,
    /// The route kind.
    pub route_kind: String,
    /// `github`, `cache` or `none`.
    pub backend: String,
    /// `hit`, `stale`, `miss` or `bypass`.
    pub cache: String,
    /// The fallback reason; empty if the request was served.
    pub fallback_reason: String,
}

/// Counts of requests.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct UsageCounts {
    /// All requests.
    pub requests: i64,
    /// Requests that ended with an error of octopool's or with a 5xx of GitHub's.
    pub errors: i64,
    /// Requests that waited for the answer to another one.
    pub coalesced: i64,
    /// Requests that GitHub answered with 304.
    pub revalidated: i64,
    /// The total duration, in milliseconds.
    pub duration_ms: i64,
}

/// Counts with their key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct UsageRow {
    /// The key.
    #[serde(flatten)]
    pub key: UsageKey,
    /// The counts.
    #[serde(flatten)]
    pub counts: UsageCounts,
    /// In a sum: 1 if these are the requests of the requesting caller, otherwise 0.
    #[serde(default, skip_serializing)]
    pub own: i64,
}

/// The cache entries of a pool.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub(crate) struct CacheTotals {
    /// All entries.
    pub total: i64,
    /// Fresh entries.
    pub fresh: i64,
    /// The total size of the bodies, in bytes.
    pub body_bytes: i64,
}

/// How many rows of counts are kept at most, about 60 MB. Beyond that the oldest go, whatever their
/// age.
const MOST_ROWS: i64 = 200_000;

/// Adds to the minutes' counts, all rows in one statement. If there are too many rows, the oldest
/// go.
pub(crate) async fn add(database: &dyn Database, rows: &[UsageRow]) -> Result<(), DatabaseError> {
    let json = serde_json::to_string(rows).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    let add = Statement::new(
        "INSERT INTO usage_minutes (pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason, \
                                    requests, errors, coalesced, revalidated, duration_ms) \
         SELECT value ->> 'pool_id', value ->> 'minute', value ->> 'caller_id', value ->> 'client_name', value ->> 'route_kind', \
                value ->> 'backend', value ->> 'cache', value ->> 'fallback_reason', value ->> 'requests', value ->> 'errors', \
                value ->> 'coalesced', value ->> 'revalidated', value ->> 'duration_ms' \
         FROM json_each(?1) WHERE true \
         ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors, \
             coalesced = coalesced + excluded.coalesced, revalidated = revalidated + excluded.revalidated, \
             duration_ms = duration_ms + excluded.duration_ms",
        [json.as_str().into()],
    );
    database.batch(vec![add, evict(MOST_ROWS)]).await.map(drop)
}

/// The counts of a pool since a minute, summed over the minutes and over the other callers; and
/// what is kept.
pub(crate) async fn since(
    database: &dyn Database,
    pool: &PoolId,
    minute: i64,
    caller_id: &str,
    now: Timestamp,
) -> Result<(Vec<UsageRow>, CacheTotals), DatabaseError> {
    let usage = Statement::new(
        "SELECT pool_id, max(minute) AS minute, '' AS caller_id, iif(caller_id = ?3, client_name, '') AS client_name, route_kind, backend, \
                cache, fallback_reason, (caller_id = ?3) AS own, sum(requests) AS requests, sum(errors) AS errors, \
                sum(coalesced) AS coalesced, sum(revalidated) AS revalidated, sum(duration_ms) AS duration_ms \
         FROM usage_minutes WHERE pool_id = ?1 AND minute >= ?2 \
         GROUP BY caller_id = ?3, iif(caller_id = ?3, client_name, ''), route_kind, backend, cache, fallback_reason",
        [pool.as_str().into(), minute.into(), caller_id.into()],
    );
    let mut answers = Answers::new(database.batch(vec![usage, cache_totals(pool, now)]).await?);
    Ok((answers.all()?, answers.one()?))
}

/// Read from an index that has all columns, because reading the bodies would be slow.
fn cache_totals(pool: &PoolId, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT count(*) AS total, coalesce(sum(fresh_until > ?2), 0) AS fresh, coalesce(sum(body_bytes), 0) AS body_bytes \
         FROM cached_answers WHERE pool_id = ?1",
        [pool.as_str().into(), now.as_millis().into()],
    )
}

/// Deletes the oldest rows beyond so many: more than one write adds, and few enough for one
/// statement.
fn evict(most: i64) -> Statement {
    Statement::new(
        "DELETE FROM usage_minutes WHERE (pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason) IN \
           (SELECT pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason FROM usage_minutes ORDER BY minute \
            LIMIT max(0, min(5000, (SELECT amount FROM growth WHERE name = 'usage_minutes') - CAST(?1 AS INTEGER))))",
        [most.into()],
    )
}

/// Deletes counts from before this minute, at most `limit` rows.
pub(crate) fn sweep(until: i64, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM usage_minutes WHERE (pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason) IN \
           (SELECT pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason FROM usage_minutes \
            WHERE minute < ?1 ORDER BY minute LIMIT ?2)",
        [until.into(), limit.into()],
    )
}

/// The hour of the oldest minute that is not added up yet, as its first minute.
macro_rules! oldest_hour {
    () => {
        "(SELECT min(minute) / 60 * 60 FROM usage_minutes WHERE minute % 60 <> 0)"
    };
}

/// Adds the counts of one hour up under its first minute, the oldest hour first, and of those
/// before this minute only. A month of minutes would be sixty times as many rows, and nobody asks
/// about a minute of last week.
pub(crate) fn fold(until: i64) -> [Statement; 2] {
    [
        Statement::new(
            concat!(
                "INSERT INTO usage_minutes (pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason, \
                                            requests, errors, coalesced, revalidated, duration_ms) \
                 SELECT pool_id, minute / 60 * 60, caller_id, client_name, route_kind, backend, cache, fallback_reason, sum(requests), \
                        sum(errors), sum(coalesced), sum(revalidated), sum(duration_ms) \
                 FROM usage_minutes WHERE minute % 60 <> 0 AND minute < ?1 AND minute < 60 + ",
                oldest_hour!(),
                " GROUP BY pool_id, minute / 60, caller_id, client_name, route_kind, backend, cache, fallback_reason \
                 ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors, \
                     coalesced = coalesced + excluded.coalesced, revalidated = revalidated + excluded.revalidated, \
                     duration_ms = duration_ms + excluded.duration_ms"
            ),
            [until.into()],
        ),
        Statement::new(
            concat!(
                "DELETE FROM usage_minutes WHERE minute % 60 <> 0 AND minute < ?1 AND minute < 60 + ",
                oldest_hour!()
            ),
            [until.into()],
        ),
    ]
}

/// Whether [`sweep`] or [`fold`] has anything to do: selects a row with `more`.
pub(crate) fn is_left(swept_until: i64, folded_until: i64) -> Statement {
    Statement::new(
        "SELECT EXISTS (SELECT 1 FROM usage_minutes WHERE minute < ?1) \
             OR EXISTS (SELECT 1 FROM usage_minutes WHERE minute % 60 <> 0 AND minute < ?2) AS more",
        [swept_until.into(), folded_until.into()],
    )
}
