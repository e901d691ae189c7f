//! A clock that a test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use octopool_core::Timestamp;
use octopool_worker::ports::{Clock, Timer};

/// Stands still until it is moved.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// Begins at the real time, because the stand-in for GitHub checks JWTs against it.
    pub(crate) fn now_really() -> Self {
        Self(Arc::new(AtomicI64::new(i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX))))
    }

    /// The real time in seconds since 1970, for headers of a stand-in.
    pub fn seconds_really() -> u64 {
        since_1970().as_secs()
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Moves the time back, as when a clock is corrected.
    pub fn go_back(&self, by: Duration) {
        self.0.fetch_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "native, and the one place that reads the clock")]
fn since_1970() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

/// Waits for real, whatever a test's clock says.
pub(crate) struct TestTimer;

impl Timer for TestTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
