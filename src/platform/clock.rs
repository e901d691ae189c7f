//! The clock and timers.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use octopool_core::Timestamp;
use worker::Delay;
use worker::send::SendFuture;

use crate::ports::{Clock, Timer};

/// `Date.now()`.
pub(super) struct JsClock;

impl Clock for JsClock {
    fn now(&self) -> Timestamp {
        // `Date.now()` is an integer of milliseconds, far below 2^53.
        #[expect(clippy::cast_possible_truncation, reason = "an integer in range")]
        Timestamp::from_millis(js_sys::Date::now() as i64)
    }
}

/// `setTimeout()`.
pub(super) struct JsTimer;

impl Timer for JsTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        SendFuture::new(Delay::from(duration)).boxed()
    }
}
