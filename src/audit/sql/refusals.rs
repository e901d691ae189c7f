//! Audit events of refused requests, which are written on their own because a refused request
//! writes nothing else.

use octopool_core::{PoolId, Timestamp};

use crate::ports::{Database, DatabaseError, Param};
use crate::sql::{AuditEvent, audited, record};
use octopool_core::Actor;

/// Records a refused request, unless the same actor, action and code was recorded in the same
/// minute. So a flood of requests, in any number of isolates, writes one row a minute, and does not
/// displace the refusals of known actors.
pub async fn record_refusal(
    database: &dyn Database,
    event: &AuditEvent,
    code: &str,
    pool: Option<&PoolId>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    const MINUTE: i64 = 60_000;
    // SQLite uses a partial index only if the condition repeats the one of the index.
    let (sql, actor) = match event.actor {
        Actor::Anonymous => (
            record!(
                "NOT EXISTS (SELECT 1 FROM audit_events WHERE actor = 'anonymous' \
                             AND action = ?4 AND subject = ?5 AND at >= ?6 AND at < ?7)"
            ),
            None,
        ),
        _ => (
            record!(
                "NOT EXISTS (SELECT 1 FROM audit_events \
                             WHERE actor = ?8 AND actor <> 'anonymous' AND action GLOB 'auth.*' \
                             AND action = ?4 AND subject = ?5 AND at >= ?6 AND at < ?7)"
            ),
            Some(event.actor.text()),
        ),
    };
    let minute = now.as_minutes() * MINUTE;
    let mut same: Vec<Param> =
        vec![event.action.as_str().into(), code.into(), minute.into(), (minute + MINUTE).into()];
    same.extend(actor.as_deref().map(Param::from));
    let entry = event.entry(now, pool.map(PoolId::as_str), Some(code));
    audited(sql, &entry, same).run(database).await.map(drop)
}
