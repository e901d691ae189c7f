//! Records of requests with an `Idempotency-Key`.
//!
//! A request first takes a claim ([`claim`]), one conditional statement. Its effect and the keeping of its answer are one batch
//! ([`Keeping`]), which breaks off if the claim is not its own any more: so of any number of requests with the same key one has an
//! effect, whatever crashes, and an answer is kept if and only if there was an effect.

use octopool_core::Timestamp;
use serde::Deserialize;

use super::statement::{Answers, Param, Statement};
use crate::ports::{Database, DatabaseError};

/// A claim to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The digest of credential, route and key.
    pub record: &'a str,
    /// The digest of the body.
    pub request: &'a str,
    /// The id of the request that wants it.
    pub claim: &'a str,
    /// The time.
    pub now: Timestamp,
    /// Until when nobody else may take it.
    pub lease_until: Timestamp,
    /// Until when the key counts.
    pub expires_at: Timestamp,
}

/// A record as it stands.
#[derive(Clone, Debug, Deserialize)]
pub struct Record {
    /// The request that does it or did it.
    pub claim: String,
    /// The digest of its body.
    pub request_digest: String,
    /// What only the client may know.
    pub sealed: Option<String>,
    /// What the database found, as JSON; nothing as long as it is not done.
    pub outcome: Option<String>,
}

/// What a batch keeps of its answer.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The digest of credential, route and key.
    pub record: String,
    /// The digest of the body.
    pub request: String,
    /// The id of the request, by which it holds the claim and the audit knows it.
    pub claim: String,
    /// What only the client may know.
    pub sealed: String,
    /// Until when the key counts.
    pub expires_at: Timestamp,
}

/// The statement that keeps an answer with this outcome, under this condition; its own parameters begin at `?6`. The claim of
/// somebody else becomes a NULL, which the table refuses, and then nothing of the batch has happened.
macro_rules! keep {
    ($outcome:expr, $condition:expr) => {
        concat!(
            "INSERT INTO idempotency_keys (key_digest, claim, request_digest, lease_until, expires_at, sealed, outcome) \
             SELECT ?1, ?2, ?3, ?4, ?4, ?5, ",
            $outcome,
            " WHERE ",
            $condition,
            " ON CONFLICT (key_digest) DO UPDATE SET \
                 claim = iif(idempotency_keys.claim = excluded.claim AND idempotency_keys.outcome IS NULL, \
                             excluded.claim, NULL), \
                 expires_at = excluded.expires_at, sealed = excluded.sealed, outcome = excluded.outcome"
        )
    };
}
/// The same on the condition that the batch has recorded something in the audit, which is how it knows that it did something.
macro_rules! keep_recorded {
    ($outcome:expr) => {
        $crate::store::idempotency::keep!($outcome, $crate::store::audit::recorded!())
    };
}
pub(super) use keep;
pub(super) use keep_recorded;

impl Keeping {
    /// A statement of [`keep_recorded`] with the parameters of its outcome.
    pub(super) fn statement<const N: usize>(&self, sql: &'static str, outcome: [Param; N]) -> Statement {
        let mut params: Vec<Param> = vec![
            self.record.as_str().into(),
            self.claim.as_str().into(),
            self.request.as_str().into(),
            self.expires_at.as_millis().into(),
            self.sealed.as_str().into(),
        ];
        params.extend(outcome);
        Statement { sql, params }
    }

    /// The statement for an outcome that is known beforehand, as JSON.
    pub(super) fn known(&self, outcome: &str) -> Statement {
        self.statement(keep_recorded!("?6"), [outcome.into()])
    }
}

/// Takes the claim if nobody has it: there is no record that counts, or one without an outcome whose lease has ended and that is
/// of the same body. Answers the record as it stands then.
pub async fn claim(database: &dyn Database, claim: Claim<'_>) -> Result<Option<Record>, DatabaseError> {
    let insert = Statement::new(
        "INSERT INTO idempotency_keys (key_digest, claim, request_digest, lease_until, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (key_digest) DO UPDATE SET \
             claim = excluded.claim, request_digest = excluded.request_digest, lease_until = excluded.lease_until, \
             expires_at = excluded.expires_at, sealed = NULL, outcome = NULL \
         WHERE idempotency_keys.expires_at <= ?6 \
            OR (idempotency_keys.outcome IS NULL AND idempotency_keys.lease_until <= ?6 \
                AND idempotency_keys.request_digest = excluded.request_digest)",
        [
            claim.record.into(),
            claim.claim.into(),
            claim.request.into(),
            claim.lease_until.as_millis().into(),
            claim.expires_at.as_millis().into(),
            claim.now.as_millis().into(),
        ],
    );
    let mut answers = Answers::new(database.batch(vec![insert, select(claim.record)]).await?);
    answers.skip(1);
    answers.first()
}

/// Gives the claim back if nothing was done under it. Answers the record if there is one.
pub async fn release(
    database: &dyn Database,
    record: &str,
    claim: &str,
) -> Result<Option<Record>, DatabaseError> {
    let delete = Statement::new(
        "DELETE FROM idempotency_keys WHERE key_digest = ?1 AND claim = ?2 AND outcome IS NULL",
        [record.into(), claim.into()],
    );
    let mut answers = Answers::new(database.batch(vec![delete, select(record)]).await?);
    answers.skip(1);
    answers.first()
}

fn select(record: &str) -> Statement {
    Statement::new(
        "SELECT claim, request_digest, sealed, outcome FROM idempotency_keys WHERE key_digest = ?1",
        [record.into()],
    )
}

/// Keeps the answer of something that changed nothing, with this outcome as JSON.
pub async fn keep_reading(
    database: &dyn Database,
    keeping: &Keeping,
    outcome: &str,
) -> Result<(), DatabaseError> {
    let statement = keeping.statement(keep!("?6", "TRUE"), [outcome.into()]);
    database.batch(vec![statement]).await.map(drop)
}

/// Whether [`sweep`] would delete anything: a row with `more`.
pub fn is_left(now: Timestamp) -> Statement {
    Statement::new(
        "SELECT EXISTS (SELECT 1 FROM idempotency_keys WHERE expires_at <= ?1) AS more",
        [now.as_millis().into()],
    )
}

/// Deletes records that have expired, at most so many of them.
pub fn sweep(now: Timestamp, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM idempotency_keys WHERE key_digest IN \
         (SELECT key_digest FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        [now.as_millis().into(), limit.into()],
    )
}
