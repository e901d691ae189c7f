//! Concurrent changes of the same object.

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::app::App;

/// How often a change is attempted, as long as the statements of the request suffice.
const ATTEMPTS: u32 = 20;
/// Statements reserved for the end of the request: releasing an `Idempotency-Key` takes 2, and a
/// round of chaining the audit up to 5.
const RESERVED_STATEMENTS: usize = 5;
/// The longest wait before the second attempt; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait before any attempt. Together the waits stay below the 30 s for which the
/// command line waits for a response.
const LONGEST_WAIT: Duration = Duration::from_millis(1500);

/// Other requests changed the same object during every attempt. This is not an overloaded database:
/// the request succeeds when there are fewer concurrent ones.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("other requests changed the same object during every attempt")]
pub(crate) struct WriteConflict;

/// Makes a change by attempts that read, decide, and write on the condition that what they read has
/// not changed. An attempt returns `None` if it has, and the next one decides on the new state. So
/// the statement decides every race, and an error always describes a state that existed.
pub(crate) async fn retry_on_conflict<'a, T, E: From<WriteConflict>>(
    app: &App,
    mut attempt: impl FnMut() -> BoxFuture<'a, Result<Option<T>, E>>,
) -> Result<T, E> {
    for failed in 0..ATTEMPTS {
        back_off(app, failed).await;
        let before = app.database().statements_left();
        if let Some(done) = attempt().await? {
            return Ok(done);
        }
        // The next attempt sends as many statements as this one.
        let left = app.database().statements_left();
        if left < before.saturating_sub(left) + RESERVED_STATEMENTS {
            break;
        }
    }
    Err(WriteConflict.into())
}

/// Waits after `failed` attempts, for a random time up to a limit that doubles, so that requests
/// which conflicted do not conflict again.
pub(crate) async fn back_off(app: &App, failed: u32) {
    let Some(doublings) = failed.checked_sub(1) else { return };
    let longest = FIRST_WAIT.saturating_mul(1 << doublings.min(8)).min(LONGEST_WAIT);
    // Without randomness, wait as long as possible: that is only slower.
    let random = app.ports.random().map_or(u32::MAX, u32::from_ne_bytes);
    let wait = longest.mul_f64(f64::from(random) / f64::from(u32::MAX));
    app.ports.timer.sleep(wait).await;
}
