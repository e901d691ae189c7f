//! Enrolled callers: read, disabled and enabled, their grants and clients revoked.

use octopool_core::{AccountLogin, CallerId, ClientName, PoolId, Status, Timestamp, Version};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Page, Window};

/// What an operator decides about a caller: the rest comes from GitHub and from logins, and makes no decision stale.
macro_rules! state {
    () => {
        "(json_array(status, name) || \
          (SELECT json_group_array(pool_id) \
           FROM (SELECT pool_id FROM caller_pools WHERE caller_id = callers.id ORDER BY pool_id)))"
    };
}

/// The columns of a [`StoredCaller`].
macro_rules! select_callers {
    ($condition:literal) => {
        concat!(
            "SELECT id, name, github_login, github_user_id, org_login, status, org_verified_at, created_at, updated_at, \
                    (SELECT json_group_array(json_object('pool', pool_id, 'created_at', created_at)) \
                     FROM (SELECT pool_id, created_at FROM caller_pools \
                           WHERE caller_id = callers.id ORDER BY pool_id)) AS grants, \
                    (SELECT json_group_array(json_object('name', client_name, 'pool', pool_id, 'created_at', created_at, \
                                                         'last_used_at', last_used_at)) \
                     FROM (SELECT client_name, pool_id, created_at, last_used_at FROM caller_tokens \
                           WHERE caller_id = callers.id ORDER BY client_name)) AS clients, ",
            state!(),
            " AS state FROM callers ",
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
    state: String,
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

    /// The caller with another status. Its state is what the database would make of it.
    pub(crate) fn planned(mut self, status: Status, now: Timestamp) -> Result<Self, DatabaseError> {
        self.status = status;
        self.updated_at = now.as_millis();
        let pools: Vec<_> = self.grants()?.into_iter().map(|grant| grant.pool).collect();
        self.state = format!("{}{}", json!([self.status, self.name]), json!(pools));
        Ok(self)
    }

    /// Whether an admin who may see this pool only, or every pool, sees the caller at all.
    pub(crate) fn is_seen_by(&self, only: Option<&PoolId>) -> Result<bool, DatabaseError> {
        let Some(only) = only else { return Ok(true) };
        Ok(self.grants()?.iter().any(|grant| grant.pool == only.as_str()))
    }

    /// The version of what an operator decides about the caller, as far as an admin who may see this pool
    /// only, or every pool, sees it. Grants for other pools are left out for such an admin: a digest of
    /// them would show when they change, and names of pools could be guessed and compared with it.
    pub(crate) fn version(&self, only: Option<&PoolId>) -> Result<Version, DatabaseError> {
        let Some(only) = only else { return Ok(Version::of(&self.state)) };
        let pools: &[_] = if self.is_seen_by(Some(only))? { &[only.as_str()] } else { &[] };
        Ok(Version::of(&format!("{}{}", json!([self.status, self.name]), json!(pools))))
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
    Answers::new(database.batch(vec![select(caller.as_str())]).await?).first_of("callers")
}

fn select(id: &str) -> Statement {
    Statement::new(select_callers!("WHERE id = ?1"), [id.into()])
}

/// Sets the status if the caller still is what was seen. Answers whether it did.
pub(crate) async fn set_status(
    database: &dyn Database,
    seen: &StoredCaller,
    status: Status,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, state) = (seen.id.as_str(), seen.state.as_str());
    let [actor, action, request_id, detail, content] = audit.params(now, None, Some(id));
    let statements = vec![
        Statement::new(
            concat!(
                "INSERT INTO audit_events (at, actor, action, subject, request_id, detail, content_digest) \
                 SELECT ?3, ?4, ?5, id, ?6, ?7, ?8 FROM callers WHERE id = ?1 AND ",
                state!(),
                " = ?2"
            ),
            [id.into(), state.into(), now.as_millis().into(), actor, action, request_id, detail, content],
        ),
        Statement::new(
            concat!(
                "UPDATE callers SET status = ?3, updated_at = ?4 WHERE id = ?1 AND ",
                state!(),
                " = ?2 RETURNING id"
            ),
            [id.into(), state.into(), status.as_str().into(), now.as_millis().into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(1);
    Ok(answers.returned())
}

/// Takes the grant away if the caller still is what was seen. Answers whether it did.
pub(crate) async fn revoke_pool(
    database: &dyn Database,
    seen: &StoredCaller,
    pool: &PoolId,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, state, pool) = (seen.id.as_str(), seen.state.as_str(), pool.as_str());
    let [actor, action, request_id, detail, content] = audit.params(now, Some(pool), Some(id));
    // The grants are part of what was seen, so the grant is there if the state still is.
    let statements = vec![
        Statement::new(
            concat!(
                "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
                 SELECT ?4, ?5, ?6, ?3, id, ?7, ?8, ?9 FROM callers WHERE id = ?1 AND ",
                state!(),
                " = ?2"
            ),
            [
                id.into(),
                state.into(),
                pool.into(),
                now.as_millis().into(),
                actor,
                action,
                request_id,
                detail,
                content,
            ],
        ),
        Statement::new(
            concat!(
                "DELETE FROM caller_pools WHERE caller_id = ?1 AND pool_id = ?3 \
                   AND EXISTS (SELECT 1 FROM callers WHERE id = ?1 AND ",
                state!(),
                " = ?2) RETURNING pool_id"
            ),
            [id.into(), state.into(), pool.into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(1);
    Ok(answers.returned())
}

/// Takes the client's token away if the caller still is what was seen. Answers whether it did.
pub(crate) async fn revoke_client(
    database: &dyn Database,
    seen: &StoredCaller,
    client: &ClientName,
    now: Timestamp,
    audit: &AuditEvent,
) -> Result<bool, DatabaseError> {
    let (id, state, name) = (seen.id.as_str(), seen.state.as_str(), client.as_str());
    let [actor, action, request_id, detail, content] = audit.params(now, None, Some(id));
    let statements = vec![
        Statement::new(
            concat!(
                "INSERT INTO audit_events (at, actor, action, subject, request_id, detail, content_digest) \
                 SELECT ?4, ?5, ?6, id, ?7, ?8, ?9 FROM callers WHERE id = ?1 AND ",
                state!(),
                " = ?2 AND EXISTS (SELECT 1 FROM caller_tokens \
                                   WHERE caller_id = ?1 AND client_name = ?3)"
            ),
            [
                id.into(),
                state.into(),
                name.into(),
                now.as_millis().into(),
                actor,
                action,
                request_id,
                detail,
                content,
            ],
        ),
        Statement::new(
            concat!(
                "DELETE FROM caller_tokens WHERE caller_id = ?1 AND client_name = ?3 \
                   AND EXISTS (SELECT 1 FROM callers WHERE id = ?1 AND ",
                state!(),
                " = ?2) RETURNING id"
            ),
            [id.into(), state.into(), name.into()],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(1);
    Ok(answers.returned())
}
