//! Registrations: reading what they are decided on, and the one batch that writes them.

use octopool_core::{InstallationId, Timestamp};
use serde::Deserialize;

use super::lifecycle::{put, select_of_any_pool};
use crate::identities::{Registration, StoredIdentity};
use crate::ports::{Database, DatabaseError, Param, Statement};
use crate::sql::{
    Answers, AuditEvent, Audited, KeptAnswer, MAKE_POOL, Revision, audited, keep_recorded, record,
};

/// What a registration is decided on.
#[derive(Clone, Debug)]
pub(crate) struct RegistrationBasis {
    /// The identity with this id, in any pool.
    pub identity: Option<StoredIdentity>,
    /// Whether another pool uses the credential; read only if that matters.
    pub shared: bool,
    /// Whether the pool exists.
    pub has_pool: bool,
    /// The number of accounts with an active PAT in the pool after the registration.
    pub pat_accounts: i64,
}

/// The result of a registration.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct RegistrationResult {
    /// Whether the id was new.
    pub created: bool,
    /// The number of accounts with an active PAT in the pool now.
    pub pat_accounts: i64,
    /// The current revision of the identity. An answer that an earlier release kept has none; its
    /// `ETag` matches nothing.
    #[serde(default)]
    pub revision: Revision,
}

/// What a registration writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegistrationWrite<'a> {
    /// The new identity.
    pub plan: &'a StoredIdentity,
    /// The pool's policy, if the pool is new.
    pub policy_json: &'a str,
    /// The audit event.
    pub audit: &'a AuditEvent,
    /// What to keep of the answer, if the request has an `Idempotency-Key`; its outcome is the
    /// [`RegistrationResult`].
    pub keeping: Option<&'a KeptAnswer>,
}

#[derive(Deserialize)]
struct Surroundings {
    shared: i64,
    has_pool: i64,
    pat_accounts: i64,
}

#[derive(Deserialize)]
struct Afterwards {
    pat_accounts: i64,
    revision: Option<Revision>,
}

/// Whether another pool uses the credential, if that matters. Takes the placeholders of the pool,
/// of whether it matters, of the secret and of the installation.
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

/// The number of accounts with an active PAT in a pool.
macro_rules! pat_accounts {
    ($pool:literal) => {
        concat!(
            "(SELECT count(DISTINCT lower(login)) FROM identities WHERE pool_id = ",
            $pool,
            " AND kind = 'pat' AND status = 'active')"
        )
    };
}

/// The revision of an identity, in any pool.
macro_rules! revision {
    ($id:literal) => {
        concat!("(SELECT revision FROM identities WHERE id = ", $id, ")")
    };
}

/// The parameters that identify the credential.
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
) -> Result<RegistrationBasis, DatabaseError> {
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
    Ok(RegistrationBasis { identity, shared: shared != 0, has_pool: has_pool != 0, pat_accounts })
}

/// Stores an identity, replaces its scopes, and creates the pool if it does not exist. Nothing is
/// written if anything that the registration was decided on has changed.
pub(crate) async fn register(
    database: &dyn Database,
    registration: &Registration,
    found: &RegistrationBasis,
    writing: &RegistrationWrite<'_>,
) -> Result<Option<RegistrationResult>, DatabaseError> {
    let plan = writing.plan;
    let (id, pool) = (plan.id.as_str(), plan.pool.as_str());
    let created = found.identity.is_none();
    let mut change = record(registration, found, writing);
    // Statements that are not needed are left out, so that a registration which conflicts with
    // others has statements left for more attempts.
    if !found.has_pool {
        change = change.then(MAKE_POOL, pool, vec![writing.policy_json.into(), plan.updated_at.into()]);
    }
    let afterwards = Statement::new(
        concat!("SELECT ", pat_accounts!("?1"), " AS pat_accounts, ", revision!("?2"), " AS revision"),
        [pool.into(), id.into()],
    );
    let (written, answers) = put(change, found.identity.as_ref(), plan)
        .also(writing.keeping.map(|keeping| keep(keeping, pool, id, created)))
        .also([afterwards])
        .run_and_read(database)
        .await?;
    let Afterwards { pat_accounts, revision } = answers.last().one()?;
    Ok(written.then_some(RegistrationResult {
        created,
        pat_accounts,
        revision: revision.unwrap_or_default(),
    }))
}

/// Starts the change, on the condition that what was read has not changed.
fn record(
    registration: &Registration,
    found: &RegistrationBasis,
    writing: &RegistrationWrite<'_>,
) -> Audited {
    let (id, pool) = (writing.plan.id.as_str(), writing.plan.pool.as_str());
    let [exclusive, secret_ref, installation] = spent(registration);
    let is_unchanged = record!(concat!(
        revision!("?4"),
        " IS ?5 AND (SELECT count(*) FROM pools WHERE id = ?6) = ?7 AND NOT ",
        shared!("?6", "?8", "?9", "?10")
    ));
    let condition = vec![
        id.into(),
        found.identity.as_ref().map(|identity| identity.revision).into(),
        pool.into(),
        i64::from(found.has_pool).into(),
        exclusive,
        secret_ref,
        installation,
    ];
    let at = Timestamp::from_millis(writing.plan.updated_at);
    audited(is_unchanged, &writing.audit.entry(at, Some(pool), Some(id)), condition)
}

/// Keeps the [`RegistrationResult`].
fn keep(keeping: &KeptAnswer, pool: &str, id: &str, created: bool) -> Statement {
    keeping.statement(
        keep_recorded!(concat!(
            "json_object('created', json(iif(?8, 'true', 'false')), 'pat_accounts', ",
            pat_accounts!("?6"),
            ", 'revision', ",
            revision!("?7"),
            ")"
        )),
        [pool.into(), id.into(), i64::from(created).into()],
    )
}
