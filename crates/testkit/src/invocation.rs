//! What belongs to one invocation of the Worker: a request with the work after its answer, or a cron run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use octopool_worker::ports::STATEMENTS_PER_INVOCATION;

tokio::task_local! {
    static SENT: Arc<AtomicUsize>;
}

/// Runs the future as an invocation of its own.
pub(crate) async fn invocation<F: Future>(future: F) -> F::Output {
    SENT.scope(Arc::default(), future).await
}

/// Runs the future as a part of the invocation that is running, or of none.
pub(crate) fn in_this_invocation<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let sent = SENT.try_with(Arc::clone).unwrap_or_default();
    SENT.scope(sent, future)
}

/// Counts statements that are sent to the database, and fails the test of an invocation that D1's free plan
/// would end. What a test itself sends is of no invocation.
pub(crate) fn send(statements: usize) {
    let sent = SENT.try_with(|sent| sent.fetch_add(statements, Ordering::SeqCst) + statements);
    let sent = sent.unwrap_or_default();
    assert!(sent <= STATEMENTS_PER_INVOCATION, "an invocation sends {sent} statements to D1");
}

/// How many more statements the invocation may send.
pub(crate) fn statements_left() -> usize {
    let sent = SENT.try_with(|sent| sent.load(Ordering::SeqCst)).unwrap_or_default();
    STATEMENTS_PER_INVOCATION.saturating_sub(sent)
}
