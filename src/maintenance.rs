//! What is done every few minutes without anybody asking: what has ended is deleted.

use std::time::Duration;

use octopool_core::Timestamp;

use crate::app::App;
use crate::audit;
use crate::ports::DatabaseError;
use crate::stats::LONGEST_WINDOW;
use crate::store::idempotency;
use crate::store::relay::{self, Ended};

/// Rows that one run deletes of each table at most. With a run every ten minutes (`wrangler.toml`) that is more than a pool can fill, and one run stays
/// far from D1's limit of 30 s for a batch (<https://developers.cloudflare.com/d1/platform/limits/>).
const MOST_ROWS: i64 = 1000;

/// Deletes proofs, answers, counts and outcomes of `Idempotency-Key`s that nobody can ask for any more, and chains what a request left unchained.
pub async fn run(app: &App) {
    if let Err(error) = delete_ended(app).await {
        audit::log_failure(app, "maintenance", &error);
    }
    audit::chain_in_background(app);
}

async fn delete_ended(app: &App) -> Result<(), DatabaseError> {
    let now = app.now();
    let proofs = app.config.public_repo_ttl.max(app.config.public_repo_negative_ttl);
    let ended = Ended {
        answers_until: now,
        proofs_until: before(now, proofs),
        usage_until: before(now, LONGEST_WINDOW).as_minutes(),
    };
    let mut statements = Vec::from(relay::sweep(&ended, MOST_ROWS));
    statements.push(idempotency::sweep(now, MOST_ROWS));
    app.database().batch(statements).await.map(drop)
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(age))
}
