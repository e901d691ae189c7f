//! What the relay reads before it serves, and what it keeps.

use octopool_core::relay::CacheKey;
use octopool_core::{PoolId, Timestamp};
use serde::{Deserialize, Serialize};

use super::statement::{Answers, Statement};
use super::tokens::{TokenHolder, holder, read_holder};
use crate::ports::{Database, DatabaseError};

/// An identity as the relay uses it.
#[derive(Clone, Debug)]
pub struct ServingIdentity {
    /// Its id.
    pub id: String,
    /// The name of the secret that holds its credential.
    pub secret_ref: String,
    /// The installation, for an App; a PAT has none.
    pub installation_id: Option<i64>,
    /// Its bias between equal candidates.
    pub weight: i64,
    /// Owner and repository of each scope.
    pub scopes: Vec<(String, Option<String>)>,
}

/// A pool as the relay uses it.
#[derive(Clone, Debug)]
pub struct ServingPool {
    /// The policy as somebody wrote it; `None` if the pool has gone.
    pub policy_json: Option<String>,
    /// The active identities by id.
    pub identities: Vec<ServingIdentity>,
}

/// What GitHub said of a repository.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProofRow {
    /// Whether it is public; 0 or 1.
    pub public: i64,
    /// When that was asked, in milliseconds.
    pub checked_at: i64,
    /// The public name that it has now, `owner/name`.
    pub renamed_to: Option<String>,
    /// 1 where GitHub said that access to it is blocked.
    pub blocked: Option<i64>,
}

/// An answer that was kept.
#[derive(Clone, Debug, Deserialize)]
pub struct CachedRow {
    /// What it is, as JSON.
    pub head: String,
    /// The body.
    pub body: String,
}

/// What is asked for; what an isolate remembers already is not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// The caller behind this token's digest.
    pub token: Option<&'a octopool_core::TokenDigest>,
    /// The pool's policy and identities.
    pub pool: bool,
    /// The proof about this repository.
    pub repository: Option<&'a str>,
    /// The answer under this key.
    pub answer: Option<&'a CacheKey>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The caller, if it was asked for and the token opens the pool.
    pub holder: Option<TokenHolder>,
    /// The pool, if it was asked for.
    pub pool: Option<ServingPool>,
    /// The proof.
    pub proof: Option<ProofRow>,
    /// The answer.
    pub answer: Option<CachedRow>,
}

/// Reads everything that is wanted in one batch; none if nothing is.
pub async fn look_up(
    database: &dyn Database,
    pool: &PoolId,
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> Result<Found, DatabaseError> {
    let mut statements = Vec::new();
    if let Some(token) = wanted.token {
        statements.extend(holder(token, pool, now));
    }
    if wanted.pool {
        statements
            .push(Statement::new("SELECT policy_json FROM pools WHERE id = ?1", [pool.as_str().into()]));
        statements.push(select_identities(pool));
    }
    if let Some(repository) = wanted.repository {
        statements.push(Statement::new(
            "SELECT proof.public, proof.checked_at, finding.renamed_to, finding.blocked \
             FROM repository_proofs AS proof LEFT JOIN repository_findings AS finding \
               ON finding.repository = proof.repository AND finding.checked_at = proof.checked_at \
             WHERE proof.repository = ?1",
            [repository.into()],
        ));
    }
    if let Some(key) = wanted.answer {
        statements.push(Statement::new(
            "SELECT head, body FROM cached_answers WHERE cache_key = ?1 AND stale_until > ?2",
            [key.as_str().into(), now.as_millis().into()],
        ));
    }
    let mut found = Found::default();
    if statements.is_empty() {
        return Ok(found);
    }
    let mut answers = Answers::new(database.batch(statements).await?);
    if wanted.token.is_some() {
        found.holder = read_holder(&mut answers)?;
    }
    if wanted.pool {
        let policy: Option<PolicyRow> = answers.first()?;
        let rows: Vec<IdentityRow> = answers.all()?;
        let identities = rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        found.pool = Some(ServingPool { policy_json: policy.map(|row| row.policy_json), identities });
    }
    if wanted.repository.is_some() {
        found.proof = answers.first()?;
    }
    if wanted.answer.is_some() {
        found.answer = answers.first()?;
    }
    Ok(found)
}

#[derive(Deserialize)]
struct PolicyRow {
    policy_json: String,
}

#[derive(Deserialize)]
struct IdentityRow {
    id: String,
    secret_ref: String,
    installation_id: Option<i64>,
    weight: i64,
    scopes: String,
}

fn select_identities(pool: &PoolId) -> Statement {
    Statement::new(
        "SELECT id, secret_ref, installation_id, weight, \
                (SELECT json_group_array(json_array(owner, repo)) FROM identity_scopes WHERE identity_id = identities.id) AS scopes \
         FROM identities WHERE pool_id = ?1 AND status = 'active' ORDER BY id",
        [pool.as_str().into()],
    )
}

impl TryFrom<IdentityRow> for ServingIdentity {
    type Error = DatabaseError;

    fn try_from(row: IdentityRow) -> Result<Self, DatabaseError> {
        let scopes = serde_json::from_slice(row.scopes.as_bytes())
            .map_err(|error| DatabaseError::Failed(format!("unexpected scopes: {error}")))?;
        let IdentityRow { id, secret_ref, installation_id, weight, .. } = row;
        Ok(Self { id, secret_ref, installation_id, weight, scopes })
    }
}

/// Keeps what GitHub said of a repository. An answer to an earlier question does not replace that to a
/// later one, and of two of the same moment the one that denies counts.
pub async fn keep_proof(
    database: &dyn Database,
    repository: &str,
    proof: &ProofRow,
) -> Result<(), DatabaseError> {
    let keep = Statement::new(
        "INSERT INTO repository_proofs (repository, public, checked_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (repository) DO UPDATE SET public = excluded.public, checked_at = excluded.checked_at \
         WHERE excluded.checked_at > repository_proofs.checked_at \
            OR excluded.checked_at = repository_proofs.checked_at AND excluded.public <= repository_proofs.public",
        [repository.into(), proof.public.into(), proof.checked_at.into()],
    );
    let mut statements = vec![keep];
    if proof.renamed_to.is_some() || proof.blocked == Some(1) {
        statements.push(Statement::new(
            "INSERT INTO repository_findings (repository, checked_at, renamed_to, blocked) \
             SELECT ?1, ?2, ?3, ?4 FROM repository_proofs \
             WHERE repository = ?1 AND checked_at = ?2 AND public = 0 \
             ON CONFLICT (repository) DO UPDATE SET checked_at = excluded.checked_at, \
                 renamed_to = excluded.renamed_to, blocked = excluded.blocked",
            [
                repository.into(),
                proof.checked_at.into(),
                proof.renamed_to.as_deref().into(),
                i64::from(proof.renamed_to.is_none()).into(),
            ],
        ));
    }
    database.batch(statements).await.map(drop)
}

/// Keeps an answer in place of an older one, until these times: fresh, and stale.
pub async fn keep_answer(
    database: &dyn Database,
    pool: &PoolId,
    key: &CacheKey,
    row: &CachedRow,
    (fresh_until, stale_until): (Timestamp, Timestamp),
) -> Result<(), DatabaseError> {
    let keep = Statement::new(
        "INSERT INTO cached_answers (cache_key, pool_id, head, body, fresh_until, stale_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (cache_key) DO UPDATE SET head = excluded.head, body = excluded.body, fresh_until = excluded.fresh_until, \
             stale_until = excluded.stale_until",
        [
            key.as_str().into(),
            pool.as_str().into(),
            row.head.as_str().into(),
            row.body.as_str().into(),
            fresh_until.as_millis().into(),
            stale_until.as_millis().into(),
        ],
    );
    database.batch(vec![keep]).await.map(drop)
}

/// What is old enough to be deleted.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Answers that may not even be served as stale after this time.
    pub answers_until: Timestamp,
    /// Proofs of before this time.
    pub proofs_until: Timestamp,
    /// Counts of before this minute.
    pub usage_until: i64,
}

/// Deletes what has ended: at most `limit` rows of each table, so that a run stays within D1's limits however much there is.
pub fn sweep(ended: &Ended, limit: i64) -> [Statement; 3] {
    [
        Statement::new(
            "DELETE FROM cached_answers WHERE cache_key IN \
               (SELECT cache_key FROM cached_answers WHERE stale_until <= ?1 ORDER BY stale_until LIMIT ?2)",
            [ended.answers_until.as_millis().into(), limit.into()],
        ),
        Statement::new(
            "DELETE FROM repository_proofs WHERE repository IN \
               (SELECT repository FROM repository_proofs WHERE checked_at <= ?1 ORDER BY checked_at LIMIT ?2)",
            [ended.proofs_until.as_millis().into(), limit.into()],
        ),
        Statement::new(
            "DELETE FROM usage_minutes WHERE (pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason) IN \
               (SELECT pool_id, minute, caller_id, client_name, route_kind, backend, cache, fallback_reason FROM usage_minutes \
                WHERE minute < ?1 ORDER BY minute LIMIT ?2)",
            [ended.usage_until.into(), limit.into()],
        ),
    ]
}
