//! Callers: enrollment and login. What becomes of an enrolled caller is in `lifecycle`.

pub(crate) mod lifecycle;

use octopool_core::{
    AccountId, AccountLogin, CallerToken, ClientName, DisplayName, MAX_CLIENTS_PER_CALLER, PoolId, Status,
    Timestamp,
};
use serde::Deserialize;

use crate::idempotency::sql::{Keeping, keep_recorded};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, AuditEvent};

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

/// Whether an entry leaves the caller alone because it may use another pool: `?`s of whether that counts, and of the pool.
macro_rules! shared {
    ($exclusive:literal, $pool:literal) => {
        concat!(
            "(",
            $exclusive,
            " <> 0 AND EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id <> ",
            $pool,
            "))"
        )
    };
}

/// Makes or refreshes the pool, the caller, its grant and the client's token, unless the caller is disabled, or exclusive and
/// used elsewhere: then nothing is written. One batch, and each statement carries the condition itself.
pub(crate) async fn enroll(
    database: &dyn Database,
    entry: &Entry<'_>,
    enrollment: &Enrollment<'_>,
) -> Result<CallerRow, DatabaseError> {
    let mut statements = vec![
        Statement::new(
            concat!(
                "INSERT INTO pools (id, policy_json, created_at, updated_at) SELECT ?1, ?2, ?3, ?3 \
                 WHERE NOT EXISTS (SELECT 1 FROM callers WHERE github_user_id = ?4 AND org_login = ?5 \
                                   AND (status = 'disabled' OR ",
                shared!("?6", "?1"),
                ")) ON CONFLICT (id) DO NOTHING"
            ),
            [
                entry.pool.as_str().into(),
                enrollment.policy_json.into(),
                entry.now.as_millis().into(),
                entry.account.get().into(),
                entry.org.as_str().into(),
                i64::from(entry.exclusive).into(),
            ],
        ),
        Statement::new(
            concat!(
                "INSERT INTO callers (id, name, github_login, github_user_id, org_login, \
                                      org_verified_at, created_at, updated_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6) \
                 ON CONFLICT (github_user_id, org_login) DO UPDATE SET \
                     name = iif(?7, excluded.name, callers.name), \
                     github_login = excluded.github_login, \
                     org_verified_at = excluded.org_verified_at, \
                     updated_at = excluded.updated_at \
                 WHERE callers.status = 'active' AND NOT ",
                shared!("?8", "?9")
            ),
            [
                enrollment.caller_id.into(),
                enrollment.name.as_str().into(),
                entry.login.as_str().into(),
                entry.account.get().into(),
                entry.org.as_str().into(),
                entry.now.as_millis().into(),
                i64::from(enrollment.rename).into(),
                i64::from(entry.exclusive).into(),
                entry.pool.as_str().into(),
            ],
        ),
        Statement::new(
            concat!(
                "INSERT INTO caller_pools (caller_id, pool_id, created_at) \
                 SELECT id, ?3, ?4 FROM callers \
                 WHERE github_user_id = ?1 AND org_login = ?2 AND status = 'active' AND NOT ",
                shared!("?5", "?3"),
                " ON CONFLICT (caller_id, pool_id) DO NOTHING"
            ),
            [
                entry.account.get().into(),
                entry.org.as_str().into(),
                entry.pool.as_str().into(),
                entry.now.as_millis().into(),
                i64::from(entry.exclusive).into(),
            ],
        ),
    ];
    statements.extend(issue_token(entry));
    let caller = run(database, statements).await?;
    caller.ok_or_else(|| DatabaseError::Failed("the enrolled caller is missing".to_owned()))
}

/// Refreshes a caller that has a grant for the pool and gives the client a new token; whoever has no grant
/// or is disabled gets nothing and leaves no trace.
pub(crate) async fn log_in(
    database: &dyn Database,
    entry: &Entry<'_>,
) -> Result<Option<CallerRow>, DatabaseError> {
    let mut statements = vec![Statement::new(
        "UPDATE callers SET github_login = ?3, org_verified_at = ?4, updated_at = ?4 \
         WHERE github_user_id = ?1 AND org_login = ?2 AND status = 'active' \
           AND EXISTS (SELECT 1 FROM caller_pools WHERE caller_id = callers.id AND pool_id = ?5)",
        [
            entry.account.get().into(),
            entry.org.as_str().into(),
            entry.login.as_str().into(),
            entry.now.as_millis().into(),
            entry.pool.as_str().into(),
        ],
    )];
    statements.extend(issue_token(entry));
    run(database, statements).await
}

/// How the caller of an account stands to a pool now.
pub(crate) async fn find(
    database: &dyn Database,
    account: i64,
    org: &AccountLogin,
    pool: &PoolId,
) -> Result<Option<CallerRow>, DatabaseError> {
    run(database, vec![stands(account, org, pool)]).await
}

/// Runs a batch whose last statement answers the caller.
async fn run(
    database: &dyn Database,
    statements: Vec<Statement>,
) -> Result<Option<CallerRow>, DatabaseError> {
    let last = statements.len() - 1;
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(last);
    answers.first_of("callers")
}

/// The token of an active caller with a grant, the retirement of its least recently used clients, the audit row,
/// and how the caller stands after it. The later statements find by the token's digest whether there is one.
fn issue_token(entry: &Entry<'_>) -> impl Iterator<Item = Statement> {
    let digest = entry.token.digest();
    let [actor, action, request_id, detail, content] =
        entry.audit.params(entry.now, Some(entry.pool.as_str()), None);
    let issue = [
        Statement::new(
            concat!(
                "INSERT INTO caller_tokens (id, caller_id, client_name, token_hash, pool_id, created_at, last_used_at) \
                 SELECT ?4, callers.id, ?5, ?6, iif(?8, ?3, NULL), ?7, ?7 FROM callers \
                 JOIN caller_pools ON caller_pools.caller_id = callers.id AND caller_pools.pool_id = ?3 \
                 WHERE callers.github_user_id = ?1 AND callers.org_login = ?2 AND callers.status = 'active' AND NOT ",
                shared!("?8", "?3"),
                " ON CONFLICT (caller_id, client_name) DO UPDATE SET \
                     token_hash = excluded.token_hash, pool_id = excluded.pool_id, \
                     created_at = excluded.created_at, last_used_at = excluded.last_used_at"
            ),
            [
                entry.account.get().into(),
                entry.org.as_str().into(),
                entry.pool.as_str().into(),
                entry.token_id.into(),
                entry.client.as_str().into(),
                digest.as_str().into(),
                entry.now.as_millis().into(),
                i64::from(entry.exclusive).into(),
            ],
        ),
        Statement::new(
            "DELETE FROM caller_tokens \
             WHERE caller_id = (SELECT caller_id FROM caller_tokens WHERE token_hash = ?1) \
               AND token_hash <> ?1 \
               AND id NOT IN (SELECT id FROM caller_tokens AS other \
                              WHERE other.caller_id = caller_tokens.caller_id AND other.token_hash <> ?1 \
                              ORDER BY last_used_at DESC, rowid DESC LIMIT ?2)",
            [digest.as_str().into(), i64::from(MAX_CLIENTS_PER_CALLER - 1).into()],
        ),
        Statement::new(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?2, iif(?3 = 'caller', 'caller:' || caller_id, ?3), ?4, ?5, caller_id, ?6, ?7, ?8 \
             FROM caller_tokens WHERE token_hash = ?1",
            [
                digest.as_str().into(),
                entry.now.as_millis().into(),
                actor,
                action,
                entry.pool.as_str().into(),
                request_id,
                detail,
                content,
            ],
        ),
    ];
    issue.into_iter().chain(entry.keeping.map(|keeping| keep(keeping, entry))).chain([stands(
        entry.account.get(),
        entry.org,
        entry.pool,
    )])
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
