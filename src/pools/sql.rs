//! Pools and their policies.

use octopool_core::{PoolId, Timestamp, Version};
use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Page, Window};

/// The columns of a [`PoolRow`].
macro_rules! select_pools {
    ($condition:literal) => {
        concat!(
            "SELECT id, policy_json, created_at, updated_at, \
                    (SELECT count(*) FROM caller_pools WHERE pool_id = pools.id) AS callers, \
                    (SELECT count(*) FROM identities WHERE pool_id = pools.id) AS identities \
             FROM pools ",
            $condition
        )
    };
}

/// A pool as it is stored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PoolRow {
    /// Its name.
    pub id: String,
    /// Its policy, as somebody wrote it.
    pub policy_json: String,
    /// How many callers have a grant for it.
    pub callers: u64,
    /// How many identities are registered in it.
    pub identities: u64,
    /// When it was made, in milliseconds.
    pub created_at: i64,
    /// When its policy changed last, in milliseconds.
    pub updated_at: i64,
}

impl PoolRow {
    /// The version of the policy, which is all that can be changed. Who uses the pool is no part of it.
    pub(crate) fn version(&self) -> Version {
        Version::of(&self.policy_json)
    }
}

/// A page of pools, by id; of one alone, if only that may be seen.
pub(super) async fn page(
    database: &dyn Database,
    only: Option<&PoolId>,
    window: &Window,
) -> Result<Page<PoolRow>, DatabaseError> {
    let select = Statement::new(
        select_pools!("WHERE id > ?1 AND (?3 IS NULL OR id = ?3) ORDER BY id LIMIT ?2"),
        [window.after().into(), window.rows().into(), only.map(PoolId::as_str).into()],
    );
    let rows = Answers::new(database.batch(vec![select]).await?).all()?;
    Ok(Page::new(rows, window))
}

/// One pool.
pub(super) async fn find(database: &dyn Database, pool: &PoolId) -> Result<Option<PoolRow>, DatabaseError> {
    Answers::new(database.batch(vec![select(pool.as_str())]).await?).first()
}

fn select(id: &str) -> Statement {
    Statement::new(select_pools!("WHERE id = ?1"), [id.into()])
}

/// Replaces the policy if it still is what was seen. Answers whether it did.
pub(super) async fn update_policy(
    database: &dyn Database,
    seen: &PoolRow,
    policy_json: &str,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, seen) = (seen.id.as_str(), seen.policy_json.as_str());
    let [actor, action, request_id, detail, content] = audit.params(now, Some(id), Some(id));
    // The audit row comes first, because after the update the policy is no longer the one that was seen.
    let statements = vec![
        Statement::new(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?3, ?4, ?5, id, id, ?6, ?7, ?8 FROM pools WHERE id = ?1 AND policy_json = ?2",
            [id.into(), seen.into(), now.as_millis().into(), actor, action, request_id, detail, content],
        ),
        Statement::new(
            "UPDATE pools SET policy_json = ?3, updated_at = ?4 WHERE id = ?1 AND policy_json = ?2 RETURNING id",
            [id.into(), seen.into(), policy_json.into(), now.as_millis().into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(1);
    Ok(answers.returned())
}

/// Deletes the pool if it has neither callers nor identities and still is what was seen. Answers whether it did.
pub(super) async fn delete(
    database: &dyn Database,
    seen: &PoolRow,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, seen) = (seen.id.as_str(), seen.policy_json.as_str());
    let [actor, action, request_id, detail, content] = audit.params(now, Some(id), Some(id));
    let statements = vec![
        Statement::new(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?3, ?4, ?5, id, id, ?6, ?7, ?8 FROM pools WHERE id = ?1 AND policy_json = ?2 \
               AND NOT EXISTS (SELECT 1 FROM caller_pools WHERE pool_id = ?1) \
               AND NOT EXISTS (SELECT 1 FROM identities WHERE pool_id = ?1)",
            [id.into(), seen.into(), now.as_millis().into(), actor, action, request_id, detail, content],
        ),
        Statement::new(
            "DELETE FROM pools WHERE id = ?1 AND policy_json = ?2 \
               AND NOT EXISTS (SELECT 1 FROM caller_pools WHERE pool_id = ?1) \
               AND NOT EXISTS (SELECT 1 FROM identities WHERE pool_id = ?1) \
             RETURNING id",
            [id.into(), seen.into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(1);
    Ok(answers.returned())
}
