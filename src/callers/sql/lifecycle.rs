//! Enrolled callers: reading, disabling and enabling, revoking grants and clients.

use octopool_core::{AccountLogin, CallerId, ClientName, PoolId, Status, Timestamp, Version};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{
    Answers, AuditEvent, Audited, Page, Revision, Window, audited, record, recorded, unchanged,
};

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

/// A caller as it is stored, without its tokens.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StoredCaller {
    /// octopool's id of the caller.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The login that was last seen.
    pub github_login: String,
    /// The account.
    pub github_user_id: i64,
    /// The org.
    pub org_login: String,
    /// Whether it is active.
    pub status: Status,
    /// Changes with status, name and grants. The rest comes from GitHub and from logins, and does
    /// not affect an admin's decision.
    pub revision: Revision,
    /// When the membership was last verified, in milliseconds.
    pub org_verified_at: i64,
    /// When it was enrolled, in milliseconds.
    pub created_at: i64,
    /// When it was last changed, in milliseconds.
    pub updated_at: i64,
    /// JSON; read by [`Self::grants`].
    #[serde(rename = "grants")]
    grants_json: String,
    /// JSON; read by [`Self::clients`].
    #[serde(rename = "clients")]
    clients_json: String,
}

/// A pool that a caller may use.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GrantRow {
    /// The pool.
    pub pool: String,
    /// Since when, in milliseconds.
    pub created_at: i64,
}

/// A client of a caller.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ClientRow {
    /// Its name.
    pub name: String,
    /// The only pool that its token gives access to, if it is bound to one.
    pub pool: Option<String>,
    /// When its token was issued, in milliseconds.
    pub created_at: i64,
    /// When its token was last used, in milliseconds.
    pub last_used_at: i64,
}

impl StoredCaller {
    /// Its grants, by pool.
    pub(crate) fn grants(&self) -> Result<Vec<GrantRow>, DatabaseError> {
        decode(&self.grants_json)
    }

    /// Its clients, by name.
    pub(crate) fn clients(&self) -> Result<Vec<ClientRow>, DatabaseError> {
        decode(&self.clients_json)
    }

    /// The caller with another status.
    #[must_use]
    pub(crate) fn planned(mut self, status: Status, now: Timestamp) -> Self {
        self.status = status;
        self.revision = self.revision.next();
        self.updated_at = now.as_millis();
        self
    }

    /// Whether the caller is visible to an admin who is restricted to the pool `only`, if any.
    pub(crate) fn is_seen_by(&self, only: Option<&PoolId>) -> Result<bool, DatabaseError> {
        let Some(only) = only else { return Ok(true) };
        Ok(self.grants()?.iter().any(|grant| grant.pool == only.as_str()))
    }

    /// The version of the caller for an admin who is restricted to the pool `only`, if any. For a
    /// restricted admin it is a digest of what is visible to it: the revision, or a digest of all
    /// grants, would reveal changes of grants for other pools.
    pub(crate) fn version(&self, only: Option<&PoolId>) -> Result<Version, DatabaseError> {
        let Some(only) = only else { return Ok(self.revision.version()) };
        let grants = self.grants()?;
        let seen = grants.iter().find(|grant| grant.pool == only.as_str());
        // With the time, because a grant that was revoked and given again is another grant.
        let seen = seen.map(|grant| (&grant.pool, grant.created_at));
        Ok(Version::of(&json!([self.status, self.name, seen]).to_string()))
    }
}

fn decode<T: DeserializeOwned>(json: &str) -> Result<T, DatabaseError> {
    crate::json::from_slice(json.as_bytes())
        .map_err(|error| DatabaseError::Failed(format!("unexpected row: {error}")))
}

/// Which callers to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Those with a grant for this pool.
    pub pool: Option<PoolId>,
    /// The one that last had this login.
    pub login: Option<AccountLogin>,
    /// Those of this status.
    pub status: Option<Status>,
}

/// A page of callers, by id.
pub(crate) async fn page(
    database: &dyn Database,
    filter: &Filter,
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
