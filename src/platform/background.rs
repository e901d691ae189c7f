//! Work that continues after the response.

use std::time::Duration;

use futures_util::future::BoxFuture;
use worker::send::{SendFuture, SendWrapper};
use worker::{Context, Delay, ScheduleContext};

use crate::ports::Background;

/// `ctx.waitUntil()`.
pub(super) struct WaitUntil(pub(super) Context);

/// The same for a scheduled event.
pub(super) struct ScheduledWaitUntil(pub(super) SendWrapper<ScheduleContext>);

impl Background for WaitUntil {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }

    fn spawn_after(&self, delay: Duration, task: BoxFuture<'static, ()>) {
        self.0.wait_until(after(delay, task));
    }
}

impl Background for ScheduledWaitUntil {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }

    fn spawn_after(&self, delay: Duration, task: BoxFuture<'static, ()>) {
        self.0.wait_until(after(delay, task));
    }
}

async fn after(delay: Duration, task: BoxFuture<'static, ()>) {
    SendFuture::new(Delay::from(delay)).await;
    task.await;
}
