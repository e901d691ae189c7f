//! Enrollment and login of callers. Changes of enrolled callers are in `lifecycle`.

pub(crate) mod lifecycle;

use octopool_core::{
    AccountId, AccountLogin, CallerToken, ClientName, DisplayName, MAX_CLIENTS_PER_CALLER, PoolId, Status,
    Timestamp,
};
use serde::Deserialize;

use crate::idempotency::sql::{KeptAnswer, keep_recorded};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Audited, Entries, MAKE_POOL, audited, record, recorded};

/// An account whose membership GitHub just confirmed, and the token to give it.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// The account's immutable id.
    pub account: AccountId,
    /// Its login as GitHub spells it.
    pub login: &'a AccountLogin,
    /// The org whose membership was verified.
    pub org: &'a AccountLogin,
    /// The pool to give access to.
    pub pool: &'a PoolId,
    /// The client that the token is for.
    pub client: &'a ClientName,
    /// The id of the token's row, if it is new.
    pub token_id: &'a str,
    /// The new token.
    pub token: &'a CallerToken,
    /// When the membership was verified.
    pub now: Timestamp,
    /// If set, a caller with a grant for another pool is not changed, and the token gives access to
    /// no other pool, even if one is granted later.
    pub exclusive: bool,
    /// The audit event.
    pub audit: &'a AuditEvent,
    /// What to keep of the answer, if the request has an `Idempotency-Key`; its outcome is the
    /// [`CallerRow`].
    pub keeping: Option<&'a KeptAnswer>,
}

/// What an enrollment has in addition.
#[derive(Debug)]
pub(crate) struct Enrollment<'a> {
    /// The caller's id, if the caller is new.
    pub caller_id: &'a str,
    /// The name, if the caller is new.
    pub name: &'a DisplayName,
    /// Whether an existing caller gets this name too.
    pub rename: bool,
    /// The pool's policy, if the pool is new.
    pub policy_json: &'a str,
}

/// A caller as it is after the batch.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CallerRow {
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
    /// Whether the caller is active. The batch does not change a disabled caller.
    pub status: Status,
    /// 1 if it has a grant for the pool. Without one a login changes nothing.
    pub granted: i64,
    /// 1 if it has a grant for another pool. With one an exclusive enrollment changes nothing.
    pub elsewhere: i64,
}

impl CallerRow {
    /// Whether an admin disabled the caller.
    pub(crate) fn is_disabled(&self) -> bool {
        self.status == Status::Disabled
    }
}

const PUT_CALLER: &str = concat!(
    "INSERT INTO callers (id, name, github_login, github_user_id, org_login, \
                          org_verified_at, created_at, updated_at) \
     SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?7, ?7 WHERE ",
    recorded!(),
    " ON CONFLICT (github_user_id, org_login) DO UPDATE SET \
         name = iif(?8, excluded.name, callers.name), \
         github_login = excluded.github_login, \
         org_verified_at = excluded.org_verified_at, \
         updated_at = excluded.updated_at"
);

const GRANT: &str = concat!(
    "INSERT INTO caller_pools (caller_id, pool_id, created_at) \
     SELECT id, ?4, ?5 FROM callers WHERE github_user_id = ?1 AND org_login = ?3 AND ",
    recorded!(),
    " ON CONFLICT (caller_id, pool_id) DO NOTHING"
);

/// Creates or updates the pool, the caller, its grant and the client's token. Nothing is written if
/// the caller is disabled, or if the enrollment is exclusive and the caller has grants for other
/// pools.
pub(crate) async fn enroll(
    database: &dyn Database,
    entry: &Entry<'_>,
    enrollment: &Enrollment<'_>,
) -> Result<CallerRow, DatabaseError> {
    let is_admitted = record!(
        of "ifnull((SELECT id FROM callers WHERE github_user_id = ?4 AND org_login = ?5), ?8)",
        "NOT EXISTS (SELECT 1 FROM callers WHERE github_user_id = ?4 AND org_login = ?5 \
                     AND (status = 'disabled' OR (?7 <> 0 AND EXISTS \
                          (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id <> ?6))))"
    );
    let (account, org, pool) = (entry.account.get(), entry.org.as_str(), entry.pool.as_str());
    let (name, now) = (enrollment.name.as_str(), entry.now.as_millis());
    let condition = vec![
        account.into(),
        org.into(),
        pool.into(),
        i64::from(entry.exclusive).into(),
        enrollment.caller_id.into(),
    ];
    let change = audited(is_admitted, &entry.row(), condition)
        .then(MAKE_POOL, pool, vec![enrollment.policy_json.into(), now.into()])
        .then(
            PUT_CALLER,
            enrollment.caller_id,
            vec![
                name.into(),
                entry.login.as_str().into(),
                account.into(),
                org.into(),
                now.into(),
                i64::from(enrollment.rename).into(),
            ],
        )
        .then(GRANT, account, vec![org.into(), pool.into(), now.into()]);
    let caller = issue_token(database, change, entry).await?;
    caller.ok_or_else(|| DatabaseError::Failed("the enrolled caller is missing".to_owned()))
}

/// Updates a caller that has a grant for the pool and gives the client a new token. Nothing is
/// written for a caller that is disabled or has no grant.
pub(crate) async fn log_in(
    database: &dyn Database,
    entry: &Entry<'_>,
) -> Result<Option<CallerRow>, DatabaseError> {
    let is_admitted = record!(
        of "(SELECT id FROM callers WHERE github_user_id = ?4 AND org_login = ?5)",
        "EXISTS (SELECT 1 FROM callers WHERE github_user_id = ?4 AND org_login = ?5 AND status = 'active' \
                 AND EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id = ?6))"
    );
    let (account, org, now) = (entry.account.get(), entry.org.as_str(), entry.now.as_millis());
    let condition = vec![account.into(), org.into(), entry.pool.as_str().into()];
    let change = audited(is_admitted, &entry.row(), condition).then(
        concat!(
            "UPDATE callers SET github_login = ?4, org_verified_at = ?5, updated_at = ?5 \
             WHERE github_user_id = ?1 AND org_login = ?3 AND ",
            recorded!()
        ),
        account,
        vec![org.into(), entry.login.as_str().into(), now.into()],
    );
    issue_token(database, change, entry).await
}

/// Selects the caller of an account with its grants, as a [`CallerRow`].
pub(crate) async fn find(
    database: &dyn Database,
    account: i64,
    org: &AccountLogin,
    pool: &PoolId,
) -> Result<Option<CallerRow>, DatabaseError> {
    Answers::new(database.batch(vec![select_caller(account, org, pool)]).await?).first_of("callers")
}

impl Entry<'_> {
    /// The audit event; its subject is known only to the database.
    fn row(&self) -> Entries {
        self.audit.entry(self.now, Some(self.pool.as_str()), None)
    }
}

/// Gives the client its token, removes the least recently used clients, and reads the caller as it
/// is afterwards.
async fn issue_token(
    database: &dyn Database,
    change: Audited,
    entry: &Entry<'_>,
) -> Result<Option<CallerRow>, DatabaseError> {
    let (account, digest, now) = (entry.account.get(), entry.token.digest(), entry.now.as_millis());
    let (_, answers) = change
        .then(
            concat!(
                "INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, pool_id, \
                                            created_at, last_used_at) \
                 SELECT ?4, id, ?5, ?6, ?7, ?8, ?8 FROM callers \
                 WHERE github_user_id = ?1 AND org_login = ?3 AND ",
                recorded!(),
                " ON CONFLICT (caller_id, client_name) DO UPDATE SET \
                     token_hash = excluded.token_hash, pool_id = excluded.pool_id, \
                     created_at = excluded.created_at, last_used_at = excluded.last_used_at"
            ),
            account,
            vec![
                entry.org.as_str().into(),
                entry.token_id.into(),
                entry.client.as_str().into(),
                digest.as_str().into(),
                entry.exclusive.then_some(entry.pool.as_str()).into(),
                now.into(),
            ],
        )
        .also([Statement::new(
            "DELETE FROM caller_tokens \
             WHERE caller_id = (SELECT caller_id FROM caller_tokens WHERE token_hash = ?1) \
               AND token_hash <> ?1 \
               AND id NOT IN (SELECT id FROM caller_tokens AS other \
                              WHERE other.caller_id = caller_tokens.caller_id AND other.token_hash <> ?1 \
                              ORDER BY last_used_at DESC, rowid DESC LIMIT ?2)",
            [digest.as_str().into(), i64::from(MAX_CLIENTS_PER_CALLER - 1).into()],
        )])
        .also(entry.keeping.map(|keeping| keep(keeping, entry)))
        .also([select_caller(account, entry.org, entry.pool)])
        .run_and_read(database)
        .await?;
    answers.last().first_of("callers")
}

/// Keeps the caller as [`select_caller`] reads it. Something was written, so the caller is active
/// and has the grant.
fn keep(keeping: &KeptAnswer, entry: &Entry<'_>) -> Statement {
    keeping.statement(
        keep_recorded!(
            "(SELECT json_object('id', id, 'name', name, 'github_login', github_login, \
                                 'github_user_id', github_user_id, 'org_login', org_login, 'status', status, \
                                 'granted', 1, 'elsewhere', 0) \
              FROM callers WHERE github_user_id = ?6 AND org_login = ?7)"
        ),
        [entry.account.get().into(), entry.org.as_str().into()],
    )
}

fn select_caller(account: i64, org: &AccountLogin, pool: &PoolId) -> Statement {
    Statement::new(
        "SELECT id, name, github_login, github_user_id, org_login, status, \
                    EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id = ?3) AS granted, \
                    EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id <> ?3) AS elsewhere \
             FROM callers WHERE github_user_id = ?1 AND org_login = ?2",
        [account.into(), org.as_str().into(), pool.as_str().into()],
    )
}
