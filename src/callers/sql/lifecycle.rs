//! Enrolled callers: read, disabled and enabled, their grants and clients revoked.

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
    /// The login seen last.
    pub github_login: String,
    /// The account.
    pub github_user_id: i64,
    /// The org.
    pub org_login: String,
    /// Whether it may come in.
    pub status: Status,
    /// Moves when status, name or grants change: the rest comes from GitHub and from logins, and makes
    /// no decision stale.
    pub revision: Revision,
    /// When the membership was proved last, in milliseconds.
    pub org_verified_at: i64,
    /// When it was enrolled, in milliseconds.
    pub created_at: i64,
    /// When it changed last, in milliseconds.
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

/// A machine of a caller.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ClientRow {
    /// Its name.
    pub name: String,
    /// The only pool that its token opens, if it is bound to one.
    pub pool: Option<String>,
    /// When its token was made, in milliseconds.
    pub created_at: i64,
    /// When its token was used last, in milliseconds.
    pub last_used_at: i64,
}

impl StoredCaller {
    /// The pools that it may use, by name.
    pub(crate) fn grants(&self) -> Result<Vec<GrantRow>, DatabaseError> {
        decode(&self.grants_json)
    }

    /// Its machines, by name.
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

    /// Whether an admin who may see this pool only, or every pool, sees the caller at all.
    pub(crate) fn is_seen_by(&self, only: Option<&PoolId>) -> Result<bool, DatabaseError> {
        let Some(only) = only else { return Ok(true) };
        Ok(self.grants()?.iter().any(|grant| grant.pool == only.as_str()))
    }

    /// The version of what an operator decides about the caller, as far as an admin who may see this pool
    /// only, or every pool, sees it. For such an admin it is a digest of what it sees: the revision, or a
    /// digest of all grants, would show when those for other pools change.
    pub(crate) fn version(&self, only: Option<&PoolId>) -> Result<Version, DatabaseError> {
        let Some(only) = only else { return Ok(self.revision.version()) };
        let grants = self.grants()?;
        let seen = grants.iter().find(|grant| grant.pool == only.as_str());
        // A grant that was taken away and given again is another one.
        let seen = seen.map(|grant| (&grant.pool, grant.created_at));
        Ok(Version::of(&json!([self.status, self.name, seen]).to_string()))
    }
}

fn decode<T: DeserializeOwned>(json: &str) -> Result<T, DatabaseError> {
    crate::json::from_slice(json.as_bytes())
        .map_err(|error| DatabaseError::Failed(format!("unexpected row: {error}")))
}

/// Which callers a list has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Those with a grant for this pool.
    pub pool: Option<PoolId>,
    /// The one that had this login last.
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
    /// Begins a change of what was seen, about a pool if it is about one.
    fn change(&self, pool: Option<&str>, now: Timestamp, audit: &AuditEvent) -> Audited {
        let entry = audit.entry(now, pool, Some(&self.id));
        audited(record!(unchanged!("callers")), &entry, vec![self.id.as_str().into(), self.revision.into()])
    }
}

/// Writes the status of the plan if the caller still is what was seen. Answers whether it did.
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

/// Takes the grant away if the caller still is what was seen. Answers whether it did.
pub(crate) async fn revoke_pool(
    database: &dyn Database,
    seen: &StoredCaller,
    pool: &PoolId,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    // The grants are part of what was seen, so the grant is there if the caller is unchanged.
    let delete = concat!("DELETE FROM caller_pools WHERE caller_id = ?1 AND pool_id = ?3 AND ", recorded!());
    let pool = pool.as_str();
    let change = seen.change(Some(pool), now, audit);
    change.then(delete, seen.id.as_str(), vec![pool.into()]).run(database).await
}

/// Takes the client's token away if the caller still is what was seen. Answers whether it did.
pub(crate) async fn revoke_client(
    database: &dyn Database,
    seen: &StoredCaller,
    client: &ClientName,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, client) = (seen.id.as_str(), client.as_str());
    // Clients come and go with logins, so they are no part of the revision.
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
