//! Records of requests with an `Idempotency-Key`.
//!
//! A request first takes a claim ([`claim`]) by one conditional statement. Its effect and the
//! record of its answer are one batch ([`KeptAnswer`]), which fails if the request has lost the
//! claim. So of all requests with the same key one has an effect, whatever crashes, and an answer
//! is kept if and only if there was an effect.

use octopool_core::Timestamp;
use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Param, Statement};
use crate::sql::{Answers, recorded};

/// The longest outcome that is stored in the row of its key, and the longest part of a longer one.
/// D1 allows rows of 2,000,000 bytes (<https://developers.cloudflare.com/d1/platform/limits/>).
const PART_BYTES: usize = 1_500_000;

/// Stored in place of an outcome that is kept in parts. No outcome is `null`.
const IN_PARTS: &str = "null";

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

/// What a batch stores of its answer.
#[derive(Clone, Debug)]
pub(crate) struct KeptAnswer {
    /// The digest of credential, route and key.
    pub record: String,
    /// The digest of the body.
    pub request: String,
    /// The id of the request, which holds the claim and is in the audit log.
    pub claim: String,
    /// The sealed secret part of the answer.
    pub sealed: String,
    /// When the key expires.
    pub expires_at: Timestamp,
}

/// The statement that stores an answer with this outcome on this condition; its own parameters
/// begin at `?6`. If another request has the claim, the value is NULL, which the table refuses, so
/// that the whole batch is rolled back.
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
/// The same, on the condition that the batch wrote an audit event, that is, that it changed
/// something.
macro_rules! keep_recorded {
    ($outcome:expr) => {
        $crate::idempotency::sql::keep!($outcome, $crate::sql::recorded!())
    };
}
pub(crate) use {keep, keep_recorded};

impl KeptAnswer {
    /// A statement of [`keep_recorded`] with the parameters of its outcome.
    pub(crate) fn statement<const N: usize>(&self, sql: &'static str, outcome: [Param; N]) -> Statement {
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

    /// The statements for an outcome (JSON) that is known beforehand. They come at the end of a
    /// batch.
    pub(crate) fn known(&self, outcome: &str) -> Vec<Statement> {
        self.whole_or_in_parts(outcome, [KEEP_IF_RECORDED, KEEP_PART_IF_RECORDED])
    }

    fn whole_or_in_parts(&self, outcome: &str, [keep, keep_part]: [&'static str; 2]) -> Vec<Statement> {
        if outcome.len() <= PART_BYTES {
            return vec![self.statement(keep, [outcome.into()])];
        }
        let mut statements = vec![self.statement(keep, [IN_PARTS.into()])];
        statements.extend((0_i64..).zip(parts(outcome)).map(|(number, part)| {
            let (record, claim) = (self.record.as_str(), self.claim.as_str());
            Statement::new(keep_part, [record.into(), claim.into(), number.into(), part.into()])
        }));
        statements
    }
}

const KEEP: &str = keep!("?6", "TRUE");
const KEEP_IF_RECORDED: &str = keep_recorded!("?6");

/// A part belongs to the claim, so that parts of an earlier use of the key are never read with it.
macro_rules! keep_part {
    ($condition:expr) => {
        concat!(
            "INSERT INTO idempotency_parts (key_digest, claim, part, text) SELECT ?1, ?2, ?3, ?4 WHERE ",
            $condition
        )
    };
}
const KEEP_PART: &str = keep_part!("TRUE");
const KEEP_PART_IF_RECORDED: &str = keep_part!(recorded!());

/// Splits the text into parts of at most [`PART_BYTES`], at character boundaries.
fn parts(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (part, rest) = text.split_at(text.floor_char_boundary(PART_BYTES));
        text = rest;
        (!part.is_empty()).then_some(part)
    })
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
    let statements = keeping.whole_or_in_parts(outcome, [KEEP, KEEP_PART]);
    database.batch(statements).await.map(drop)
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

#[cfg(test)]
mod tests {
    use super::{PART_BYTES, parts};

    #[test]
    fn parts_have_a_bounded_size_and_lose_nothing() {
        for text in ["a", "é", "€", "𝄞"].map(|character| character.repeat(PART_BYTES)) {
            let parts: Vec<_> = parts(&text).collect();
            assert!(parts.len() > 1 || text.len() == PART_BYTES);
            assert!(parts.iter().all(|part| part.len() <= PART_BYTES));
            assert_eq!(parts.concat(), text);
        }
        assert_eq!(parts("").count(), 0);
    }
}
