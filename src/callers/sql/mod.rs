//! Callers: enrollment and login. What becomes of an enrolled caller is in `lifecycle`.

pub(crate) mod lifecycle;

use octopool_core::{
    AccountId, AccountLogin, CallerToken, ClientName, DisplayName, MAX_CLIENTS_PER_CALLER, PoolId, Status,
    Timestamp,
};
use serde::Deserialize;

use crate::idempotency::sql::{Keeping, keep_recorded};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent, Audited, Entries, MAKE_POOL, audited, record, recorded};

/// An account that GitHub just vouched for, about to get a token.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// The account's immutable id.
    pub account: AccountId,
    /// Its login as GitHub spells it.
    pub login: &'a AccountLogin,
    /// The org whose membership was proved.
    pub org: &'a AccountLogin,
    /// The pool to be used.
    pub pool: &'a PoolId,
    /// The machine that the token is for.
    pub client: &'a ClientName,
    /// The id of the token's row, should it be new.
    pub token_id: &'a str,
    /// The new token.
    pub token: &'a CallerToken,
    /// The time of the proof.
    pub now: Timestamp,
    /// Whether a caller with a grant for another pool is left as it is, and the token opens no other pool, whatever is granted later.
    pub exclusive: bool,
    /// What the audit says of it.
    pub audit: &'a AuditEvent,
    /// What is kept of the answer, if it can be asked for again; its outcome is the [`CallerRow`].
    pub keeping: Option<&'a Keeping>,
}

/// What enrollment adds to an entry.
#[derive(Debug)]
pub(crate) struct Enrollment<'a> {
    /// The caller's id, should it be new.
    pub caller_id: &'a str,
    /// The name, should the caller be new.
    pub name: &'a DisplayName,
    /// Whether a caller that is known already gets this name too.
    pub rename: bool,
    /// The pool's policy, should the pool be new.
    pub policy_json: &'a str,
}

/// A caller as it stands after the batch.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CallerRow {
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
    /// Whether an operator lets it in. Of a disabled caller the batch changed nothing.
    pub status: Status,
    /// 1 if it has a grant for the pool. Without one a login changed nothing.
    pub granted: i64,
    /// 1 if it has a grant for another pool. With one an exclusive enrollment changed nothing.
    pub elsewhere: i64,
}

impl CallerRow {
    /// Whether an operator disabled the caller.
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

/// Makes or refreshes the pool, the caller, its grant and the client's token, unless the caller is
/// disabled, or exclusive and used elsewhere: then nothing is written.
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

/// Refreshes a caller that has a grant for the pool and gives the client a new token; whoever has no grant
/// or is disabled gets nothing and leaves no trace.
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

/// How the caller of an account stands to a pool now.
pub(crate) async fn find(
    database: &dyn Database,
    account: i64,
    org: &AccountLogin,
    pool: &PoolId,
) -> Result<Option<CallerRow>, DatabaseError> {
    Answers::new(database.batch(vec![stands(account, org, pool)]).await?).first_of("callers")
}

impl Entry<'_> {
    /// What the audit says; only the database knows of whom.
    fn row(&self) -> Entries {
        self.audit.entry(self.now, Some(self.pool.as_str()), None)
    }
}

/// Gives the client its token, retires the least recently used clients, and reads how the caller
/// stands after it.
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
        .also([stands(account, entry.org, entry.pool)])
        .run_and_read(database)
        .await?;
    answers.last().first_of("callers")
}

/// Keeps the caller as [`stands`] answers it: somebody was let in, so both conditions hold.
fn keep(keeping: &Keeping, entry: &Entry<'_>) -> Statement {
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

fn stands(account: i64, org: &AccountLogin, pool: &PoolId) -> Statement {
    Statement::new(
        "SELECT id, name, github_login, github_user_id, org_login, status, \
                    EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id = ?3) AS granted, \
                    EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id <> ?3) AS elsewhere \
             FROM callers WHERE github_user_id = ?1 AND org_login = ?2",
        [account.into(), org.as_str().into(), pool.as_str().into()],
    )
}
