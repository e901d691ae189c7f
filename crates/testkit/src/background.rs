//! Work after the answer, as tasks that a test can wait for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use octopool_worker::ports::Background;
use tokio::task::JoinHandle;

use crate::invocation::in_this_invocation;
use crate::must;

tokio::task_local! {
    static IN_BACKGROUND: ();
}

/// Whether the code that asks runs after an answer.
pub(crate) fn in_background() -> bool {
    IN_BACKGROUND.try_with(|()| ()).is_ok()
}

/// Tasks that nobody has waited for yet.
#[derive(Clone, Default)]
pub(crate) struct Tasks(Arc<Mutex<Vec<JoinHandle<()>>>>);

impl Tasks {
    /// Waits until nothing runs any more, the tasks of tasks included.
    pub(crate) async fn settle(&self) {
        loop {
            let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            if tasks.is_empty() {
                return;
            }
            for task in tasks {
                must(task.await, "a task in the background");
            }
        }
    }
}

impl Background for Tasks {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        let task = tokio::spawn(in_this_invocation(IN_BACKGROUND.scope((), task)));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Begins at once: no test is to wait for nothing.
    fn spawn_after(&self, _: Duration, task: BoxFuture<'static, ()>) {
        self.spawn(task);
    }
}
