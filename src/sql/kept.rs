//! What a batch keeps of its answer, for requests with an `Idempotency-Key`.

use octopool_core::Timestamp;

use super::recorded;
use crate::ports::{Param, Statement};

/// The longest outcome that is stored in the row of its key, and the longest part of a longer one.
/// D1 allows rows of 2,000,000 bytes (<https://developers.cloudflare.com/d1/platform/limits/>).
const PART_BYTES: usize = 1_500_000;

/// Stored in place of an outcome that is kept in parts. No outcome is `null`.
pub(crate) const IN_PARTS: &str = "null";

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
        $crate::sql::keep!($outcome, $crate::sql::recorded!())
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

    /// The statements of a batch that changes nothing and only keeps this outcome (JSON).
    pub(crate) fn alone(&self, outcome: &str) -> Vec<Statement> {
        self.whole_or_in_parts(outcome, [KEEP, KEEP_PART])
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
