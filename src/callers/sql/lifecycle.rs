//! Enrolled callers: reading, disabling and enabling, revoking grants and clients.

use octopool_core::{AccountLogin, CallerId, ClientName, PoolId, Status, Timestamp};

use crate::callers::{CallerFilter, StoredCaller};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Audited, Page, Window, audited, record, recorded, unchanged};

/// The columns of a [`StoredCaller`].
macro_rules! select_callers {
    ($condition:literal) => {
        concat!(
            "SELECT id, name, github_login, github_user_id, org_login, status, revision, \
                    org_verified_at, created_at, updated_at, \
                    (SELECT json_group_array(json_object('pool', pool_id, 'created_at', created_at)) \
                     FROM (SELECT pool_id, created_at FROM caller_pools \
                           WHERE caller_id = callers.id ORDER BY pool_id)) AS grants, \
                    (SELECT json_group_array(json_object('name', client_name, 'pool', pool_id, 'created_at', created_at, \
                                                         'last_used_at', last_used_at)) \
                     FROM (SELECT client_name, pool_id, created_at, last_used_at FROM caller_tokens \
                           WHERE caller_id = callers.id ORDER BY client_name)) AS clients \
             FROM callers ",
            $condition
        )
    };
}

/// A page of callers, by id.
pub(crate) async fn page(
    database: &dyn Database,
    filter: &CallerFilter,
    window: &Window,
) -> Result<Page<StoredCaller>, DatabaseError> {
    let select = Statement::new(
        select_callers!(
            "WHERE id > ?1 \
               AND (?2 IS NULL OR EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id = ?2)) \
               AND (?3 IS NULL OR github_login = ?3 COLLATE NOCASE) \
               AND (?4 IS NULL OR status = ?4) \
             ORDER BY id LIMIT ?5"
        ),
        [
            window.after().into(),
            filter.pool.as_ref().map(PoolId::as_str).into(),
            filter.login.as_ref().map(AccountLogin::as_str).into(),
            filter.status.map(Status::as_str).into(),
            window.rows().into(),
        ],
    );
    let rows = Answers::new(database.batch(vec![select]).await?).all_of("callers")?;
    Ok(Page::new(rows, window))
}

/// One caller.
pub(crate) async fn find(
    database: &dyn Database,
    caller: &CallerId,
) -> Result<Option<StoredCaller>, DatabaseError> {
    let select = Statement::new(select_callers!("WHERE id = ?1"), [caller.as_str().into()]);
    Answers::new(database.batch(vec![select]).await?).first_of("callers")
}

impl StoredCaller {
    /// Starts a change of the caller that was read, with the pool that it concerns, if any.
    fn change(&self, pool: Option<&str>, now: Timestamp, audit: &AuditEvent) -> Audited {
        let entry = audit.entry(now, pool, Some(&self.id));
        audited(record!(unchanged!("callers")), &entry, vec![self.id.as_str().into(), self.revision.into()])
    }
}

/// Writes the new status if the caller has not changed since it was read. Returns whether it was
/// written.
pub(crate) async fn set_status(
    database: &dyn Database,
    seen: &StoredCaller,
    plan: &StoredCaller,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let update = concat!(
        "UPDATE callers SET status = ?3, revision = ?4, updated_at = ?5 WHERE id = ?1 AND ",
        recorded!()
    );
    let values = vec![plan.status.as_str().into(), plan.revision.into(), plan.updated_at.into()];
    let change = seen.change(None, Timestamp::from_millis(plan.updated_at), audit);
    change.then(update, seen.id.as_str(), values).run(database).await
}

/// Revokes the grant if the caller has not changed since it was read. Returns whether it was
/// revoked.
pub(crate) async fn revoke_pool(
    database: &dyn Database,
    seen: &StoredCaller,
    pool: &PoolId,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    // Grants are part of the revision, so an unchanged caller still has the grant.
    let delete = concat!("DELETE FROM caller_pools WHERE caller_id = ?1 AND pool_id = ?3 AND ", recorded!());
    let pool = pool.as_str();
    let change = seen.change(Some(pool), now, audit);
    change.then(delete, seen.id.as_str(), vec![pool.into()]).run(database).await
}

/// Revokes the client's token if the caller has not changed since it was read. Returns whether it
/// was revoked.
pub(crate) async fn revoke_client(
    database: &dyn Database,
    seen: &StoredCaller,
    client: &ClientName,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, client) = (seen.id.as_str(), client.as_str());
    // Logins add and remove clients, so they are not part of the revision and are checked here.
    let is_there = record!(concat!(
        unchanged!("callers"),
        " AND EXISTS (SELECT 1 FROM caller_tokens WHERE caller_id = ?4 AND client_name = ?6)"
    ));
    let entry = audit.entry(now, None, Some(id));
    let delete =
        concat!("DELETE FROM caller_tokens WHERE caller_id = ?1 AND client_name = ?3 AND ", recorded!());
    audited(is_there, &entry, vec![id.into(), seen.revision.into(), client.into()])
        .then(delete, id, vec![client.into()])
        .run(database)
        .await
}
