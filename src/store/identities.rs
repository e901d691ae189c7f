//! Identities and their scopes.

pub mod lifecycle;

use octopool_core::{
    IdentityId, IdentityLogin, InstallationId, PoolId, Scopes, SecretRef, Timestamp, Weight,
};
use serde::Deserialize;
use serde_json::json;

use super::audit::{AuditEvent, recorded};
use super::idempotency::{Keeping, keep_recorded};
use super::statement::{Answers, Param, Statement};
use crate::ports::{Database, DatabaseError};

/// What an identity's credential is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Credential {
    /// A personal access token.
    Pat,
    /// An installation of the deployment's GitHub App.
    App(InstallationId),
}

impl Credential {
    /// The kind as it is stored.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::App(_) => "github_app",
        }
    }

    /// The installation, for an App.
    pub fn installation(self) -> Option<InstallationId> {
        match self {
            Self::Pat => None,
            Self::App(installation) => Some(installation),
        }
    }
}

/// An identity to be registered.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Unique over all pools.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// The account behind the credential.
    pub login: IdentityLogin,
    /// The name of the secret that holds it.
    pub secret_ref: SecretRef,
    /// What it is.
    pub credential: Credential,
    /// Preference between equal candidates.
    pub weight: Weight,
    /// What it may serve.
    pub scopes: Scopes,
    /// Whether its secret must not be one that another pool spends.
    pub exclusive: bool,
}

/// What a registration found and did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Registered {
    /// The id belongs to another pool or kind; nothing was written.
    Conflict,
    /// Another pool spends the secret, and that counts; nothing was written.
    SharedSecret,
    /// The identity is stored.
    Stored(Stored),
}

/// How a registration found the pool.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub struct Stored {
    /// Whether the id was new.
    pub created: bool,
    /// How many accounts' PATs are active in the pool now.
    pub pat_accounts: i64,
}

#[derive(Deserialize)]
struct Found {
    known: i64,
    #[serde(rename = "foreign_id")]
    foreign: i64,
    shared: i64,
}

#[derive(Deserialize)]
struct PatAccounts {
    pat_accounts: i64,
}

/// Stores an identity and replaces its scopes, making the pool if there is none. An id that belongs to another pool or kind stops
/// all of it, and so does a secret of another pool's where that counts: the audit row comes first, on this condition, and each
/// statement after it asks whether it is there.
pub async fn register(
    database: &dyn Database,
    registration: &Registration,
    policy_json: &str,
    now: Timestamp,
    audit: &AuditEvent,
    keeping: Option<&Keeping>,
) -> Result<Registered, DatabaseError> {
    let (id, pool) = (registration.id.as_str(), registration.pool.as_str());
    let request_id = audit.request_id.as_str();
    let mut statements = vec![
        obstacles(registration),
        record(registration, now, audit),
        Statement::new(
            concat!(
                "INSERT INTO pools (id, policy_json, created_at, updated_at) SELECT ?1, ?3, ?4, ?4 WHERE ",
                recorded!(),
                " ON CONFLICT (id) DO NOTHING"
            ),
            [pool.into(), request_id.into(), policy_json.into(), now.as_millis().into()],
        ),
        upsert(registration, now, request_id),
        Statement::new(
            concat!("DELETE FROM identity_scopes WHERE identity_id = ?1 AND ", recorded!()),
            [id.into(), request_id.into()],
        ),
        Statement::new(
            concat!(
                "INSERT INTO identity_scopes (identity_id, position, owner, repo, allow_private) \
                 SELECT ?1, key, value ->> 'owner', value ->> 'repo', value ->> 'allow_private' FROM json_each(?3) \
                 WHERE ",
                recorded!()
            ),
            [id.into(), request_id.into(), scopes_json(&registration.scopes).as_str().into()],
        ),
        Statement::new(
            "SELECT count(DISTINCT lower(login)) AS pat_accounts FROM identities \
             WHERE pool_id = ?1 AND kind = 'pat' AND status = 'active'",
            [pool.into()],
        ),
    ];
    let skip = statements.len() - 2;
    statements.extend(keeping.map(|keeping| keep(keeping, registration)));
    let mut answers = Answers::new(database.batch(statements).await?);
    let found: Found = answers.one()?;
    answers.skip(skip);
    let pool: PatAccounts = answers.one()?;
    Ok(match found {
        Found { foreign: 1.., .. } => Registered::Conflict,
        Found { shared: 1.., .. } => Registered::SharedSecret,
        Found { known, .. } => {
            Registered::Stored(Stored { created: known == 0, pat_accounts: pool.pat_accounts })
        }
    })
}

/// What stands in the way: an identity of this id in another pool or of another kind, or, where that counts, one of another pool
/// with the same secret.
macro_rules! obstacles {
    () => {
        "EXISTS (SELECT 1 FROM identities WHERE id = ?1 AND (pool_id <> ?2 OR kind <> ?3)) AS foreign_id, \
         (?4 <> 0 AND EXISTS (SELECT 1 FROM identities WHERE secret_ref = ?5 AND pool_id <> ?2)) AS shared"
    };
}

fn obstacles(registration: &Registration) -> Statement {
    let [id, pool, kind, exclusive, secret_ref] = named(registration);
    Statement::new(
        concat!("SELECT (SELECT count(*) FROM identities WHERE id = ?1) AS known, ", obstacles!()),
        [id, pool, kind, exclusive, secret_ref],
    )
}

/// What the obstacles are looked for by.
fn named(registration: &Registration) -> [Param; 5] {
    [
        registration.id.as_str().into(),
        registration.pool.as_str().into(),
        registration.credential.kind().into(),
        i64::from(registration.exclusive).into(),
        registration.secret_ref.as_str().into(),
    ]
}

fn record(registration: &Registration, now: Timestamp, audit: &AuditEvent) -> Statement {
    let [id, pool, kind, exclusive, secret_ref] = named(registration);
    let [actor, action, request_id, detail, content] =
        audit.params(now, Some(registration.pool.as_str()), Some(registration.id.as_str()));
    Statement::new(
        concat!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT ?6, ?7, ?8, ?2, ?1, ?9, ?10, ?11 FROM (SELECT ",
            obstacles!(),
            ") WHERE NOT foreign_id AND NOT shared"
        ),
        [
            id,
            pool,
            kind,
            exclusive,
            secret_ref,
            now.as_millis().into(),
            actor,
            action,
            request_id,
            detail,
            content,
        ],
    )
}

/// Keeps the [`Stored`]. An identity that was there before is younger than its registration, see [`upsert`].
fn keep(keeping: &Keeping, registration: &Registration) -> Statement {
    keeping.statement(
        keep_recorded!(
            "(SELECT json_object('created', json(iif(created_at = updated_at, 'true', 'false')), \
                                 'pat_accounts', (SELECT count(DISTINCT lower(login)) FROM identities \
                                                  WHERE pool_id = ?7 AND kind = 'pat' AND status = 'active')) \
              FROM identities WHERE id = ?6)"
        ),
        [registration.id.as_str().into(), registration.pool.as_str().into()],
    )
}

/// Of an identity that is there already the time of the change comes after that of its registration, be it by a millisecond:
/// by this the rest of the batch tells the two cases apart.
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
                 status = 'active', updated_at = max(excluded.updated_at, identities.created_at + 1)"
        ),
        [
            registration.id.as_str().into(),
            request_id.into(),
            registration.pool.as_str().into(),
            registration.credential.kind().into(),
            registration.login.as_str().into(),
            registration.secret_ref.as_str().into(),
            registration.credential.installation().map(InstallationId::get).into(),
            registration.weight.get().into(),
            now.as_millis().into(),
        ],
    )
}

fn scopes_json(scopes: &Scopes) -> String {
    let rows: Vec<_> = scopes
        .as_slice()
        .iter()
        .map(|scope| {
            json!({
                "owner": scope.owner.as_str(),
                "repo": scope.repo.as_ref().map(octopool_core::RepoName::as_str),
                "allow_private": scope.allow_private,
            })
        })
        .collect();
    json!(rows).to_string()
}

/// An identity as it is stored, without its scopes.
#[derive(Clone, Debug, Deserialize)]
pub struct IdentityRow {
    /// Its id.
    pub id: String,
    /// The pool it serves.
    pub pool_id: String,
    /// `pat` or `github_app`.
    pub kind: String,
    /// The account behind the credential.
    pub login: String,
    /// The name of the secret that holds it.
    pub secret_ref: String,
    /// The installation, for an App.
    pub installation_id: Option<i64>,
    /// `active` or `disabled`.
    pub status: String,
}

/// The identities of a pool, by id.
pub async fn list(database: &dyn Database, pool: &PoolId) -> Result<Vec<IdentityRow>, DatabaseError> {
    let select = Statement::new(
        "SELECT id, pool_id, kind, login, secret_ref, installation_id, status FROM identities WHERE pool_id = ?1 ORDER BY id",
        [pool.as_str().into()],
    );
    Answers::new(database.batch(vec![select]).await?).all()
}

/// One identity of a pool.
pub async fn find(
    database: &dyn Database,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<Option<IdentityRow>, DatabaseError> {
    let select = Statement::new(
        "SELECT id, pool_id, kind, login, secret_ref, installation_id, status FROM identities WHERE pool_id = ?1 AND id = ?2",
        [pool.as_str().into(), id.as_str().into()],
    );
    Answers::new(database.batch(vec![select]).await?).first()
}
