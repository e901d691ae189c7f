//! Pools and their policies.

use octopool_core::{PoolId, Timestamp};

use super::StoredPool;
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Page, Window, audited, record, recorded, unchanged};

/// The columns of a [`StoredPool`].
macro_rules! select_pools {
    ($condition:literal) => {
        concat!(
            "SELECT id, policy_json, revision, created_at, updated_at, \
                    (SELECT count(*) FROM caller_pools WHERE pool_id = pools.id) AS callers, \
                    (SELECT count(*) FROM identities WHERE pool_id = pools.id) AS identities \
             FROM pools ",
            $condition
        )
    };
}

/// A page of pools, by id; only `only`, if given.
pub(super) async fn page(
    database: &dyn Database,
    only: Option<&PoolId>,
    window: &Window,
) -> Result<Page<StoredPool>, DatabaseError> {
    let select = Statement::new(
        select_pools!("WHERE id > ?1 AND (?3 IS NULL OR id = ?3) ORDER BY id LIMIT ?2"),
        [window.after().into(), window.rows().into(), only.map(PoolId::as_str).into()],
    );
    let rows = Answers::new(database.batch(vec![select]).await?).all()?;
    Ok(Page::new(rows, window))
}

/// One pool.
pub(super) async fn find(
    database: &dyn Database,
    pool: &PoolId,
) -> Result<Option<StoredPool>, DatabaseError> {
    let select = Statement::new(select_pools!("WHERE id = ?1"), [pool.as_str().into()]);
    Answers::new(database.batch(vec![select]).await?).first()
}

/// Writes the planned policy if the pool has not changed since it was read. Returns whether it was
/// written.
pub(super) async fn update_policy(
    database: &dyn Database,
    seen: &StoredPool,
    plan: &StoredPool,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let id = plan.id.as_str();
    let entry = audit.entry(Timestamp::from_millis(plan.updated_at), Some(id), Some(id));
    let is_unchanged = record!(unchanged!("pools"));
    let update = concat!(
        "UPDATE pools SET policy_json = ?3, revision = ?4, updated_at = ?5 WHERE id = ?1 AND ",
        recorded!()
    );
    let values = vec![plan.policy_json.as_str().into(), plan.revision.into(), plan.updated_at.into()];
    let condition = vec![id.into(), seen.revision.into()];
    audited(is_unchanged, &entry, condition).then(update, id, values).run(database).await
}

/// Deletes the pool if it has neither callers nor identities and has not changed since it was read.
/// Returns whether it was deleted.
pub(super) async fn delete(
    database: &dyn Database,
    seen: &StoredPool,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let id = seen.id.as_str();
    let is_unused = record!(concat!(
        unchanged!("pools"),
        " AND NOT EXISTS (SELECT 1 FROM caller_pools WHERE pool_id = ?4) \
           AND NOT EXISTS (SELECT 1 FROM identities WHERE pool_id = ?4)"
    ));
    let entry = audit.entry(now, Some(id), Some(id));
    audited(is_unused, &entry, vec![id.into(), seen.revision.into()])
        .then(concat!("DELETE FROM pools WHERE id = ?1 AND ", recorded!()), id, vec![])
        .run(database)
        .await
}
