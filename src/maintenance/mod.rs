//! Periodic maintenance: deletes what has expired, and adds up old counts.

mod sql;

use std::time::Duration;

use octopool_core::Timestamp;

use crate::app::App;
use crate::audit;
use crate::ports::DatabaseError;
use crate::relay::sql::Ended;
use crate::stats::LONGEST_WINDOW;
use sql::Round;

/// The largest number of rows of each table that one batch deletes: some seconds of the 30 that D1
/// allows for a batch (<https://developers.cloudflare.com/d1/platform/limits/>).
const MOST_ROWS: i64 = 5000;
/// Statements that chaining the audit must leave for the deletions after it: two rounds.
const STATEMENTS_FOR_DELETIONS: usize = 18;
/// For this long counts are kept by the minute: windows up to a day are exact, longer ones begin at
/// an hour.
const BY_THE_MINUTE: Duration = Duration::from_hours(26);

/// Deletes expired proofs, answers, counts and outcomes of `Idempotency-Key`s, and chains audit
/// events that a request left unchained.
pub async fn run(app: &App) {
    // First, because rows without a digest can be changed without a trace. Usually there are none.
    audit::chain_and_log(app, STATEMENTS_FOR_DELETIONS).await;
    if let Err(error) = delete_ended(app).await {
        audit::log_failure(app, "maintenance", &error);
    }
}

async fn delete_ended(app: &App) -> Result<(), DatabaseError> {
    let now = app.now();
    let proofs = app.config.public_repo_ttl.max(app.config.public_repo_negative_ttl);
    let round = Round {
        now,
        ended: Ended { answers_until: now, proofs_until: before(now, proofs) },
        usage_until: before(now, LONGEST_WINDOW).as_minutes(),
        // Whole hours only, so that an hour is added up only when all of its minutes are old
        // enough.
        folded_until: before(now, BY_THE_MINUTE).as_minutes().div_euclid(60) * 60,
        limit: MOST_ROWS,
    };
    // Each round sends the same number of statements. With a run every ten minutes
    // (`wrangler.toml`) and five rounds, 25,000 rows of each table can be deleted, 40 a second; in
    // addition each write of an answer or of counts deletes excess rows.
    loop {
        let before = app.database().statements_left();
        let more = sql::run(app.database(), &round).await?;
        let left = app.database().statements_left();
        if !more || left < before.saturating_sub(left).max(1) {
            return Ok(());
        }
    }
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(age))
}
