//! For how long, and how often, a request waits for another one that asks the same.

use std::time::Duration;

use crate::app::App;

/// What the coordinator and the Worker need beside GitHub's own time.
const SLACK: Duration = Duration::from_secs(2);
/// How often a request begins again when what it waited for did not come.
pub(super) const MOST_WAITS: usize = 3;

/// For how long others wait for the one that asks, in milliseconds.
pub(super) fn flight_millis(app: &App) -> u64 {
    let timeout = app.config.request_timeout;
    u64::try_from(timeout.saturating_add(SLACK).as_millis()).unwrap_or(u64::MAX).min(600_000)
}
