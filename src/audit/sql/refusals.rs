//! Refusals: audit rows that stand alone, because nothing else is written.

use octopool_core::{PoolId, Timestamp};

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::AuditEvent;
use octopool_core::Actor;

macro_rules! record_refusal {
    ($same:literal) => {
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?1, ?2, ?3, ?10, ?4, ?5, ?6, ?7 \
             WHERE NOT EXISTS (SELECT 1 FROM audit_events \
                               WHERE ",
            $same,
            " AND action = ?3 AND subject = ?4 AND at >= ?8 AND at < ?9)"
        )
    };
}

/// Records that somebody was not let in, unless a row of the same actor, action and code is there from the same minute: however
/// many come, and in however many isolates, they leave so many rows, and no known one is lost among strangers.
pub async fn record_refusal(
    database: &dyn Database,
    event: &AuditEvent,
    code: &str,
    pool: Option<&PoolId>,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    const MINUTE: i64 = 60_000;
    // Each condition is word for word that of a partial index.
    let sql = match event.actor {
        Actor::Anonymous => record_refusal!("actor = 'anonymous'"),
        _ => record_refusal!("actor = ?2 AND actor <> 'anonymous' AND action GLOB 'auth.*'"),
    };
    let pool = pool.map(PoolId::as_str);
    let [actor, action, request_id, detail, content] = event.params(now, pool, Some(code));
    let insert = Statement::new(
        sql,
        [
            now.as_millis().into(),
            actor,
            action,
            code.into(),
            request_id,
            detail,
            content,
            (now.as_minutes() * MINUTE).into(),
            ((now.as_minutes() + 1) * MINUTE).into(),
            pool.into(),
        ],
    );
    database.batch(vec![insert]).await.map(drop)
}
