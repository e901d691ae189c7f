//! Registrations: what they find, and the one batch that makes them.

use octopool_core::{InstallationId, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::lifecycle::{StoredIdentity, scopes, select_of_any_pool, state};
use super::{Registration, insert_scopes, remove_scopes, scopes_json};
use crate::idempotency::sql::{Keeping, keep_recorded};
use crate::ports::{Database, DatabaseError, Param, Statement};
use crate::sql::{Answers, AuditEvent, recorded};

/// What a registration finds.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The identity of this id, of whatever pool.
    pub identity: Option<StoredIdentity>,
    /// Whether another pool spends the credential, where that counts.
    pub shared: bool,
    /// Whether there is the pool.
    pub has_pool: bool,
    /// How many accounts' PATs would be active in the pool.
    pub pat_accounts: i64,
}

/// What a registration did.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Stored {
    /// Whether the id was new.
    pub created: bool,
    /// How many accounts' PATs are active in the pool now.
    pub pat_accounts: i64,
}

/// What is written beside the identity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing<'a> {
    /// The time of the registration.
    pub now: Timestamp,
    /// The pool's policy, should the pool be new.
    pub policy_json: &'a str,
    /// What the audit says of the identity.
    pub audit: &'a AuditEvent,
    /// What is kept of the answer, if it can be asked for again; its outcome is the [`Stored`].
    pub keeping: Option<&'a Keeping>,
}

#[derive(Deserialize)]
struct Surroundings {
    shared: i64,
    has_pool: i64,
    pat_accounts: i64,
}

#[derive(Deserialize)]
struct PatAccounts {
    pat_accounts: i64,
}

/// Whether another pool spends the credential, where that counts: `?`s of the pool, of whether it counts, of the secret and of the
/// installation.
macro_rules! shared {
    ($pool:literal, $exclusive:literal, $secret_ref:literal, $installation:literal) => {
        concat!(
            "(",
            $exclusive,
            " <> 0 AND EXISTS (SELECT 1 FROM identities WHERE pool_id <> ",
            $pool,
            " AND (secret_ref = ",
            $secret_ref,
            " OR installation_id = ",
            $installation,
            ")))"
        )
    };
}

/// What the credential is looked for by.
fn spent(registration: &Registration) -> [Param; 3] {
    [
        i64::from(registration.exclusive).into(),
        registration.spec.secret_ref.as_str().into(),
        registration.spec.credential.installation().map(InstallationId::get).into(),
    ]
}

/// Reads what the registration is decided on.
pub(crate) async fn find_for(
    database: &dyn Database,
    registration: &Registration,
) -> Result<Found, DatabaseError> {
    let (id, pool) = (registration.id.as_str(), registration.pool.as_str());
    let [exclusive, secret_ref, installation] = spent(registration);
    let statements = vec![
        select_of_any_pool(id),
        Statement::new(
            concat!(
                "SELECT ",
                shared!("?1", "?2", "?3", "?4"),
                " AS shared, EXISTS (SELECT 1 FROM pools WHERE id = ?1) AS has_pool, \
                   (SELECT count(DISTINCT lower(login)) FROM \
                      (SELECT login FROM identities \
                       WHERE pool_id = ?1 AND kind = 'pat' AND status = 'active' AND id <> ?5 \
                       UNION ALL SELECT ?6 WHERE ?7 = 'pat')) AS pat_accounts"
            ),
            [
                pool.into(),
                exclusive,
                secret_ref,
                installation,
                id.into(),
                registration.spec.login.as_str().into(),
                registration.spec.credential.kind().as_str().into(),
            ],
        ),
    ];
    let mut answers = Answers::new(database.batch(statements).await?);
    let identity = answers.first_of("identities")?;
    let Surroundings { shared, has_pool, pat_accounts } = answers.one()?;
    Ok(Found { identity, shared: shared != 0, has_pool: has_pool != 0, pat_accounts })
}

/// Stores an identity and replaces its scopes, making the pool if there is none, if everything that the registration was decided on
/// still is as it was found; otherwise nothing is written. The audit rows come first, on this condition, and each statement after
/// them asks whether they are there.
pub(crate) async fn register(
    database: &dyn Database,
    registration: &Registration,
    found: &Found,
    writing: &Writing<'_>,
) -> Result<Option<Stored>, DatabaseError> {
    let (id, pool) = (registration.id.as_str(), registration.pool.as_str());
    let request_id = writing.audit.request_id.as_str();
    let created = found.identity.is_none();
    let mut statements = vec![record(registration, found, writing)];
    // What is not needed is left out, so that a registration which meets others can be tried more often
    // within the statements of one request. The first statement asks whether what was found still holds.
    if !found.has_pool {
        statements.push(insert_pool(pool, writing));
    }
    statements.push(upsert(registration, writing.now, request_id));
    if !created {
        statements.push(remove_scopes(id, request_id));
    }
    if !registration.spec.scopes.as_slice().is_empty() {
        statements.push(insert_scopes(id, request_id, &scopes_json(&registration.spec.scopes)));
    }
    statements.push(Statement::new(
        "SELECT count(DISTINCT lower(login)) AS pat_accounts FROM identities \
         WHERE pool_id = ?1 AND kind = 'pat' AND status = 'active'",
        [pool.into()],
    ));
    let skip = statements.len() - 2;
    statements.extend(writing.keeping.map(|keeping| keep(keeping, pool, created)));
    let mut answers = Answers::new(database.batch(statements).await?);
    let written = answers.returned();
    answers.skip(skip);
    let PatAccounts { pat_accounts } = answers.one()?;
    Ok(written.then_some(Stored { created, pat_accounts }))
}

/// The pool, with the policy of a new one.
fn insert_pool(pool: &str, writing: &Writing<'_>) -> Statement {
    let request_id = writing.audit.request_id.as_str();
    Statement::new(
        concat!(
            "INSERT INTO pools (id, policy_json, created_at, updated_at) SELECT ?1, ?3, ?4, ?4 WHERE ",
            recorded!(),
            " ON CONFLICT (id) DO NOTHING"
        ),
        [pool.into(), request_id.into(), writing.policy_json.into(), writing.now.as_millis().into()],
    )
}

/// The audit rows, if what was found is still so.
fn record(registration: &Registration, found: &Found, writing: &Writing<'_>) -> Statement {
    let (id, pool) = (registration.id.as_str(), registration.pool.as_str());
    let events = [writing.audit.item(writing.now, Some(pool), id)];
    let [exclusive, secret_ref, installation] = spent(registration);
    Statement::new(
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?1, value ->> 'actor', value ->> 'action', value ->> 'pool', value ->> 'subject', ?2, \
                    value ->> 'detail', value ->> 'digest' FROM json_each(?3) \
             WHERE (SELECT pool_id || ",
            state!(),
            " FROM identities WHERE id = ?4) IS ?5 AND (SELECT count(*) FROM pools WHERE id = ?6) = ?7 AND NOT ",
            shared!("?6", "?8", "?9", "?10"),
            " ORDER BY key RETURNING seq"
        ),
        [
            writing.now.as_millis().into(),
            writing.audit.request_id.as_str().into(),
            json!(events).to_string().as_str().into(),
            id.into(),
            found.identity.as_ref().map(StoredIdentity::place_and_state).as_deref().into(),
            pool.into(),
            i64::from(found.has_pool).into(),
            exclusive,
            secret_ref,
            installation,
        ],
    )
}

/// Keeps the [`Stored`].
fn keep(keeping: &Keeping, pool: &str, created: bool) -> Statement {
    keeping.statement(
        keep_recorded!(
            "json_object('created', json(iif(?7, 'true', 'false')), \
                         'pat_accounts', (SELECT count(DISTINCT lower(login)) FROM identities \
                                          WHERE pool_id = ?6 AND kind = 'pat' AND status = 'active'))"
        ),
        [pool.into(), i64::from(created).into()],
    )
}

fn upsert(registration: &Registration, now: Timestamp, request_id: &str) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO identities (id, pool_id, kind, login, secret_ref, installation_id, weight, \
                                     created_at, updated_at) \
             SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9 WHERE ",
            recorded!(),
            " ON CONFLICT (id) DO UPDATE SET \
                 login = excluded.login, secret_ref = excluded.secret_ref, \
                 installation_id = excluded.installation_id, weight = excluded.weight, \
                 status = 'active', updated_at = excluded.updated_at"
        ),
        [
            registration.id.as_str().into(),
            request_id.into(),
            registration.pool.as_str().into(),
            registration.spec.credential.kind().as_str().into(),
            registration.spec.login.as_str().into(),
            registration.spec.secret_ref.as_str().into(),
            registration.spec.credential.installation().map(InstallationId::get).into(),
            registration.spec.weight.get().into(),
            now.as_millis().into(),
        ],
    )
}
