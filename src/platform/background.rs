//! Work after the answer.

use futures_util::future::BoxFuture;
use worker::send::SendWrapper;
use worker::{Context, ScheduleContext};

use crate::ports::Background;

/// `ctx.waitUntil()`.
pub(super) struct WaitUntil(pub(super) Context);

/// The same of a scheduled event.
pub(super) struct ScheduledWaitUntil(pub(super) SendWrapper<ScheduleContext>);

impl Background for ScheduledWaitUntil {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }
}

impl Background for WaitUntil {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }
}
