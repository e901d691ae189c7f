//! Lists of audit rows.

use octopool_core::{AuditRow, MAX_SAFE_INTEGER, PoolId, Timestamp};

use super::chain::StoredRow;
use crate::audit::{AuditFilter, AuditOrder};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, Page, Window};

/// One page of rows.
pub(crate) async fn list(
    database: &dyn Database,
    filter: &AuditFilter,
    order: AuditOrder,
    window: &Window,
) -> Result<Page<AuditRow>, DatabaseError> {
    let after = window.after().parse().ok();
    let (sql, after) = match order {
        AuditOrder::NewestFirst => (
            "SELECT CAST(seq AS TEXT) AS seq, CAST(at AS TEXT) AS at, actor, action, pool_id, subject, \
                    request_id, detail, content_digest, digest \
             FROM audit_events \
             WHERE seq < ?1 AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR at < ?3) \
               AND (?4 IS NULL OR action = ?4) AND (?5 IS NULL OR actor = ?5) AND (?6 IS NULL OR pool_id = ?6) \
             ORDER BY audit_events.seq DESC LIMIT ?7",
            after.unwrap_or(MAX_SAFE_INTEGER),
        ),
        AuditOrder::OldestFirst => (
            "SELECT CAST(seq AS TEXT) AS seq, CAST(at AS TEXT) AS at, actor, action, pool_id, subject, \
                    request_id, detail, content_digest, digest \
             FROM audit_events \
             WHERE seq > ?1 AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR at < ?3) \
               AND (?4 IS NULL OR action = ?4) AND (?5 IS NULL OR actor = ?5) AND (?6 IS NULL OR pool_id = ?6) \
             ORDER BY audit_events.seq LIMIT ?7",
            after.unwrap_or(0),
        ),
    };
    let select = Statement::new(
        sql,
        [
            after.into(),
            filter.since.map(Timestamp::as_millis).into(),
            filter.until.map(Timestamp::as_millis).into(),
            filter.action.as_deref().into(),
            filter.actor.as_deref().into(),
            filter.pool.as_ref().map(PoolId::as_str).into(),
            window.rows().into(),
        ],
    );
    let rows = Answers::new(database.batch(vec![select]).await?).all::<StoredRow>()?;
    let rows = rows.into_iter().map(AuditRow::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::new(rows, window))
}
