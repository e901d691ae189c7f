//! Enrollment and login of callers. Changes of enrolled callers are in `lifecycle`.

pub(crate) mod lifecycle;

use octopool_core::{AccountLogin, MAX_CLIENTS_PER_CALLER, PoolId};

use crate::callers::{CallerRow, Enrollment, Entry};
use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{
    Answers, Audited, Entries, KeptAnswer, MAKE_POOL, audited, keep_recorded, record, recorded,
};

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
pub(crate) async fn find_enrolled(
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
