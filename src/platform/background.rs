//! Work after the answer.

use futures_util::future::BoxFuture;
use worker::Context;

use crate::ports::Background;

/// `ctx.waitUntil()`.
pub(super) struct WaitUntil(pub(super) Context);

impl Background for WaitUntil {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.wait_until(task);
    }
}
