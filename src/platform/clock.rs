//! The time.

use octopool_core::Timestamp;

use crate::ports::Clock;

/// `Date.now()`.
pub(super) struct JsClock;

impl Clock for JsClock {
    fn now(&self) -> Timestamp {
        // `Date.now()` is an integer of milliseconds, far below 2^53.
        #[expect(clippy::cast_possible_truncation, reason = "an integer in range")]
        Timestamp::from_millis(js_sys::Date::now() as i64)
    }
}
