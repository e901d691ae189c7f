//! Records of requests with an `Idempotency-Key`.
//!
//! A request first takes a claim ([`claim`]) by one conditional statement. Its effect and the
//! record of its answer are one batch ([`KeptAnswer`]), which fails if the request has lost the
//! claim. So of all requests with the same key one has an effect, whatever crashes, and an answer
//! is kept if and only if there was an effect.

use octopool_core::Timestamp;
use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, IN_PARTS, KeptAnswer};

/// A request for a claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// The digest of credential, route and key.
    pub record: &'a str,
    /// The digest of the body.
    pub request: &'a str,
    /// The id of the request.
    pub request_id: &'a str,
    /// The time.
    pub now: Timestamp,
    /// When other requests may take the claim.
    pub lease_until: Timestamp,
    /// When the key expires.
    pub expires_at: Timestamp,
}

/// A stored record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The id of the request that holds the claim.
    pub claim: String,
    /// The digest of its body.
    pub request_digest: String,
    /// The sealed secret part of the answer.
    pub sealed: Option<String>,
    /// The part of the answer that only the database knew, as JSON; `None` until the request is
    /// done.
    pub outcome: Option<String>,
}

/// A record with one part of its outcome, if it is kept in parts.
#[derive(Deserialize)]
struct RecordRow {
    claim: String,
    request_digest: String,
    sealed: Option<String>,
    outcome: Option<String>,
    text: Option<String>,
}

/// Takes the claim if it is free: there is no current record, or one of the same body without an
/// outcome whose lease has ended. Returns the record as it is afterwards.
pub(crate) async fn claim(
    database: &dyn Database,
    claim: Claim<'_>,
) -> Result<Option<Record>, DatabaseError> {
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
            claim.request_id.into(),
            claim.request.into(),
            claim.lease_until.as_millis().into(),
            claim.expires_at.as_millis().into(),
            claim.now.as_millis().into(),
        ],
    );
    let mut answers = Answers::new(database.batch(vec![insert, select(claim.record)]).await?);
    answers.skip(1);
    read(&mut answers)
}

/// Releases the claim if nothing was done. Returns the record if there still is one.
pub(crate) async fn release(
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
    read(&mut answers)
}

fn select(record: &str) -> Statement {
    Statement::new(
        "SELECT kept.claim, kept.request_digest, kept.sealed, kept.outcome, parts.text \
         FROM idempotency_keys AS kept \
         LEFT JOIN idempotency_parts AS parts \
             ON parts.key_digest = kept.key_digest AND parts.claim = kept.claim \
         WHERE kept.key_digest = ?1 ORDER BY parts.part",
        [record.into()],
    )
}

/// Reads the result of [`select`].
fn read(answers: &mut Answers) -> Result<Option<Record>, DatabaseError> {
    let mut rows = answers.all::<RecordRow>()?.into_iter();
    let Some(RecordRow { claim, request_digest, sealed, mut outcome, text }) = rows.next() else {
        return Ok(None);
    };
    if outcome.as_deref() == Some(IN_PARTS) {
        let texts = text.into_iter().chain(rows.filter_map(|row| row.text));
        outcome = Some(texts.collect());
    }
    Ok(Some(Record { claim, request_digest, sealed, outcome }))
}

/// Keeps the answer of a request that changed nothing, with this outcome as JSON.
pub(crate) async fn keep_reading(
    database: &dyn Database,
    keeping: &KeptAnswer,
    outcome: &str,
) -> Result<(), DatabaseError> {
    database.batch(keeping.alone(outcome)).await.map(drop)
}

/// Whether [`sweep`] would delete anything: selects a row with `more`.
pub(crate) fn is_left(now: Timestamp) -> Statement {
    Statement::new(
        "SELECT EXISTS (SELECT 1 FROM idempotency_keys WHERE expires_at <= ?1) AS more",
        [now.as_millis().into()],
    )
}

/// Deletes at most `limit` expired records.
pub fn sweep(now: Timestamp, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM idempotency_keys WHERE key_digest IN \
         (SELECT key_digest FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
        [now.as_millis().into(), limit.into()],
    )
}
