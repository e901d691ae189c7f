//! Changes that meet other changes of the same object.

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::app::App;

/// How often a change is tried on what others just changed, if the statements of the request last so long.
const ATTEMPTS: u32 = 20;
/// Statements that are left for the end of the request: an `Idempotency-Key` is given back with 2, and
/// a round of chaining the audit takes up to 5.
const RESERVED_STATEMENTS: usize = 5;
/// The longest wait before the second attempt; each further one may be twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait before any attempt. Together they stay below the 30 s for which the command line waits for an answer.
const LONGEST_WAIT: Duration = Duration::from_millis(1500);

/// Others changed the same object before each attempt. This is not an overloaded database: the same request passes once fewer come at once.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("others changed the same object before each attempt")]
pub(crate) struct WriteConflict;

/// Makes a change by attempts that read, decide and write on the condition that what they read still holds. An attempt
/// answers nothing if it does not, and the next one decides anew on what is there now: so it is always the statement
/// that decides a race, and a refusal always tells of a state that was there.
pub(crate) async fn settle<'a, T, E: From<WriteConflict>>(
    app: &App,
    mut attempt: impl FnMut() -> BoxFuture<'a, Result<Option<T>, E>>,
) -> Result<T, E> {
    for failed in 0..ATTEMPTS {
        back_off(app, failed).await;
        let before = app.database().statements_left();
        if let Some(done) = attempt().await? {
            return Ok(done);
        }
        // The next attempt would send as many statements as this one.
        let left = app.database().statements_left();
        if left < before.saturating_sub(left) + RESERVED_STATEMENTS {
            break;
        }
    }
    Err(WriteConflict.into())
}

/// Waits after so many failed attempts, for a random time up to one that doubles: those who met must not meet again at the next attempt.
pub(crate) async fn back_off(app: &App, failed: u32) {
    let Some(doublings) = failed.checked_sub(1) else { return };
    let longest = FIRST_WAIT.saturating_mul(1 << doublings.min(8)).min(LONGEST_WAIT);
    // Without randomness the wait is the longest one; that is only slower.
    let random = app.ports.random().map_or(u32::MAX, u32::from_ne_bytes);
    let wait = longest.mul_f64(f64::from(random) / f64::from(u32::MAX));
    app.ports.timer.sleep(wait).await;
}
