//! Periodic maintenance of the tables.

use octopool_core::Timestamp;
use serde::Deserialize;

use crate::idempotency::sql as idempotency;
use crate::ports::{Database, DatabaseError, Statement};
use crate::relay::sql as relay;
use crate::relay::sql::Ended;
use crate::sql::Answers;
use crate::stats::sql as usage;

/// The parameters of one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    /// The time.
    pub now: Timestamp,
    /// Answers and proofs that expired before this time are deleted.
    pub ended: Ended,
    /// Counts from before this minute are deleted.
    pub usage_until: i64,
    /// Counts from before this minute are added up by the hour.
    pub folded_until: i64,
    /// The largest number of rows of each table to delete.
    pub limit: i64,
}

#[derive(Deserialize)]
struct Left {
    more: i64,
}

/// Runs one round in one batch. Returns whether there is more to do.
pub(super) async fn run(database: &dyn Database, round: &Round) -> Result<bool, DatabaseError> {
    let mut statements = Vec::from(relay::sweep(&round.ended, round.limit));
    statements.push(idempotency::sweep(round.now, round.limit));
    statements.push(usage::sweep(round.usage_until, round.limit));
    statements.extend(usage::fold(round.folded_until));
    let work = statements.len();
    let left: [Statement; 3] = [
        relay::is_left(&round.ended),
        idempotency::is_left(round.now),
        usage::is_left(round.usage_until, round.folded_until),
    ];
    let checks = left.len();
    statements.extend(left);
    let mut answers = Answers::new(database.batch(statements).await?);
    answers.skip(work);
    let mut more = false;
    for _ in 0..checks {
        let Left { more: left } = answers.one()?;
        more |= left == 1;
    }
    Ok(more)
}
