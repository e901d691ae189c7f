//! What the relay reads before it serves, and what it keeps.

use octopool_core::relay::CacheKey;
use octopool_core::{IdentitySpec, InstallationId, PoolId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, Sweep, TokenHolder, holder, identity_spec, json_text, read_holder};

/// An identity as the relay uses it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ServingIdentity {
    /// Its id.
    pub id: String,
    /// What it is.
    #[serde(deserialize_with = "json_text")]
    pub spec: IdentitySpec,
}

impl ServingIdentity {
    /// The installation, for an App; a PAT has none.
    pub(crate) fn installation(&self) -> Option<InstallationId> {
        self.spec.credential.installation()
    }
}

/// A pool as the relay uses it.
#[derive(Clone, Debug)]
pub(crate) struct ServingPool {
    /// The policy as somebody wrote it; `None` if the pool has gone.
    pub policy_json: Option<String>,
    /// The active identities by id.
    pub identities: Vec<ServingIdentity>,
}

/// What GitHub said of a repository.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct ProofRow {
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
pub(crate) struct CachedRow {
    /// What it is, as JSON.
    pub head: String,
    /// The body.
    pub body: String,
}

/// What is asked for; what an isolate remembers already is not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lookup<'a> {
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
pub(crate) struct Found {
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
pub(crate) async fn look_up(
    database: &dyn Database,
    pool: &PoolId,
    wanted: &Lookup<'_>,
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
        let identities = answers.all_of("identities")?;
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

fn select_identities(pool: &PoolId) -> Statement {
    Statement::new(
        concat!(
            "SELECT id, ",
            identity_spec!(),
            " AS spec FROM identities WHERE pool_id = ?1 AND status = 'active' ORDER BY id"
        ),
        [pool.as_str().into()],
    )
}

/// How many proofs are kept at most. That is more repositories than an organization token can ask
/// about within the time for which a proof counts, and a caller that asks about random names cannot
/// make more rows than this.
const MOST_PROOFS: i64 = 20_000;

/// Keeps what GitHub said of a repository. An answer to an earlier question does not replace that
/// to a later one, and of two of the same moment the one that denies counts. If there are too many,
/// the oldest go.
pub(crate) async fn keep_proof(
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
    statements.push(evict_proofs(MOST_PROOFS));
    database.batch(statements).await.map(drop)
}

/// The same where there is a proof of the repository already; its name is not written anew.
pub(crate) async fn replace_proof(
    database: &dyn Database,
    repository: &str,
    proof: &ProofRow,
) -> Result<(), DatabaseError> {
    let replace = Statement::new(
        "UPDATE repository_proofs SET public = ?2, checked_at = ?3 WHERE repository = ?1 \
           AND (checked_at < ?3 OR checked_at = ?3 AND ?2 <= public)",
        [repository.into(), proof.public.into(), proof.checked_at.into()],
    );
    database.batch(vec![replace]).await.map(drop)
}

/// Deletes the oldest proofs beyond so many; a few more than one write can add.
fn evict_proofs(most: i64) -> Statement {
    Statement::new(
        "DELETE FROM repository_proofs WHERE rowid IN \
           (SELECT rowid FROM repository_proofs ORDER BY checked_at \
            LIMIT max(0, min(8, (SELECT amount FROM growth WHERE name = 'repository_proofs') - CAST(?1 AS INTEGER))))",
        [most.into()],
    )
}

/// What a row of an answer takes beside its texts; as in the column `stored_bytes`.
const ROW_BYTES: usize = 1024;

/// Keeps an answer in place of an older one, until these times: fresh, and stale. All answers
/// together take at most so many bytes: those that end first make room, a bounded number at a time,
/// and if that is not enough the answer is not kept. Answers that have ended go along with each
/// write, more of them than it adds, so that they cannot pile up between two runs of the
/// maintenance.
pub(crate) async fn keep_answer(
    database: &dyn Database,
    pool: &PoolId,
    key: &CacheKey,
    row: &CachedRow,
    (fresh_until, stale_until): (Timestamp, Timestamp),
    (now, most_bytes): (Timestamp, i64),
) -> Result<(), DatabaseError> {
    let bytes = row.head.len().saturating_add(row.body.len()).saturating_add(ROW_BYTES);
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let make_room = Statement::new(
        "DELETE FROM cached_answers WHERE rowid IN \
           (SELECT id FROM \
              (SELECT id, stale_until, sum(stored_bytes) OVER (ORDER BY stale_until, id) - stored_bytes AS freed FROM \
                 (SELECT rowid AS id, stale_until, stored_bytes FROM cached_answers ORDER BY stale_until LIMIT 32)) \
            WHERE stale_until <= ?1 \
               OR freed < (SELECT amount FROM growth WHERE name = 'cached_answers') + ?2 - ?3)",
        [now.as_millis().into(), bytes.into(), most_bytes.into()],
    );
    let keep = Statement::new(
        "INSERT INTO cached_answers (cache_key, pool_id, head, body, fresh_until, stale_until, body_bytes, stored_bytes) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?9, ?7 WHERE (SELECT amount FROM growth WHERE name = 'cached_answers') + ?7 <= ?8 \
         ON CONFLICT (cache_key) DO UPDATE SET head = excluded.head, body = excluded.body, fresh_until = excluded.fresh_until, \
             stale_until = excluded.stale_until, body_bytes = excluded.body_bytes, stored_bytes = excluded.stored_bytes \
         WHERE coalesce(CASE WHEN json_valid(cached_answers.head) THEN json_extract(cached_answers.head, '$.fetched_at') END, 0) \
             NOT BETWEEN json_extract(excluded.head, '$.fetched_at') + 1 AND ?10",
        [
            key.as_str().into(),
            pool.as_str().into(),
            row.head.as_str().into(),
            row.body.as_str().into(),
            fresh_until.as_millis().into(),
            stale_until.as_millis().into(),
            bytes.into(),
            most_bytes.into(),
            i64::try_from(row.body.len()).unwrap_or(i64::MAX).into(),
            // A slow answer does not replace the one to a later question, unless that one is of a
            // clock that was wrong.
            now.as_millis().into(),
        ],
    );
    database.batch(vec![make_room, keep]).await.map(drop)
}

/// Deletes answers that may not even be served as stale after `answers_until`, and proofs from
/// before `proofs_until`: at most `limit` rows of each table, so that a batch stays within D1's
/// limits however much there is.
pub(crate) fn sweep(answers_until: Timestamp, proofs_until: Timestamp, limit: i64) -> Sweep {
    let (answers_until, proofs_until) = (answers_until.as_millis(), proofs_until.as_millis());
    let work = vec![
        Statement::new(
            "DELETE FROM cached_answers WHERE rowid IN \
               (SELECT rowid FROM cached_answers WHERE stale_until <= ?1 ORDER BY stale_until LIMIT ?2)",
            [answers_until.into(), limit.into()],
        ),
        Statement::new(
            "DELETE FROM repository_proofs WHERE rowid IN \
               (SELECT rowid FROM repository_proofs WHERE checked_at <= ?1 ORDER BY checked_at LIMIT ?2)",
            [proofs_until.into(), limit.into()],
        ),
    ];
    let is_left = Statement::new(
        "SELECT EXISTS (SELECT 1 FROM cached_answers WHERE stale_until <= ?1) \
             OR EXISTS (SELECT 1 FROM repository_proofs WHERE checked_at <= ?2) AS more",
        [answers_until.into(), proofs_until.into()],
    );
    Sweep { work, is_left }
}
