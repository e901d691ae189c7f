//! Periodic maintenance: deletes what has expired, and adds up old counts.

use crate::app::App;
use crate::ports::DatabaseError;
use crate::sql::run_sweeps;
use crate::{audit, idempotency, relay, stats};

/// The largest number of rows of each table that one batch deletes: some seconds of the 30 that D1
/// allows for a batch (<https://developers.cloudflare.com/d1/platform/limits/>).
const MOST_ROWS: i64 = 5000;
/// Statements that chaining the audit must leave for the deletions after it: two rounds.
const STATEMENTS_FOR_DELETIONS: usize = 18;

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
    // Each round sends the same number of statements. With a run every ten minutes
    // (`wrangler.toml`) and five rounds, 25,000 rows of each table can be deleted, 40 a second; in
    // addition each write of an answer or of counts deletes excess rows.
    loop {
        let before = app.database().statements_left();
        let sweeps = [relay::sweep, idempotency::sweep, stats::sweep].map(|sweep| sweep(app, MOST_ROWS));
        let more = run_sweeps(app.database(), sweeps).await?;
        let left = app.database().statements_left();
        if !more || left < before.saturating_sub(left).max(1) {
            return Ok(());
        }
    }
}
