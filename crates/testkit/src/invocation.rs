//! Invocations of the Worker: a request with its background work, or a cron run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use octopool_worker::ports::STATEMENTS_PER_INVOCATION;

tokio::task_local! {
    static SENT: Arc<AtomicUsize>;
}

/// Runs the future as a separate invocation.
pub(crate) async fn invocation<F: Future>(future: F) -> F::Output {
    SENT.scope(Arc::default(), future).await
}

/// Runs the future as part of the current invocation, if there is one.
pub(crate) fn in_this_invocation<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let sent = SENT.try_with(Arc::clone).unwrap_or_default();
    SENT.scope(sent, future)
}

/// Counts statements that are sent to the database. Fails the test if an invocation exceeds the
/// limit of D1's free plan. Statements that a test sends itself are not counted.
pub(crate) fn send(statements: usize) {
    let sent = SENT.try_with(|sent| sent.fetch_add(statements, Ordering::SeqCst) + statements);
    let sent = sent.unwrap_or_default();
    assert!(sent <= STATEMENTS_PER_INVOCATION, "an invocation sends {sent} statements to D1");
}

/// How many more statements the current invocation may send.
pub(crate) fn statements_left() -> usize {
    let sent = SENT.try_with(|sent| sent.load(Ordering::SeqCst)).unwrap_or_default();
    STATEMENTS_PER_INVOCATION.saturating_sub(sent)
}
