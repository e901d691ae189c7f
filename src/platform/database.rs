//! D1.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use worker::Env;
use worker::send::SendFuture;

use super::bridge;
use crate::ports::{Database, DatabaseError, Row, STATEMENTS_PER_INVOCATION, Statement};

/// The binding `DB`, for one invocation of the Worker.
pub(super) struct D1 {
    env: Arc<Env>,
    sent: AtomicUsize,
}

impl D1 {
    pub(super) fn new(env: Arc<Env>) -> Self {
        Self { env, sent: AtomicUsize::new(0) }
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.sent.fetch_add(statements.len(), Ordering::Relaxed);
        let database = self.env.d1("DB").map_err(|error| DatabaseError::Failed(error.to_string()))?;
        let statements: Vec<_> =
            statements.iter().map(|statement| (statement.sql, statement.params.as_slice())).collect();
        let statements = serde_json::to_string(&statements).map_err(|error| unexpected(&error))?;
        let answers = bridge::batch(database.as_ref(), &statements).await;
        let answers = answers.map_err(|error| classify(bridge::thrown(&error)))?.as_string();
        let answers: Vec<Vec<Map<String, Value>>> =
            crate::json::from_slice(answers.unwrap_or_default().as_bytes())
                .map_err(|error| unexpected(&error))?;
        Ok(answers.into_iter().map(|rows| rows.into_iter().map(Row).collect()).collect())
    }
}

fn unexpected(error: &serde_json::Error) -> DatabaseError {
    DatabaseError::Failed(format!("not the JSON of a batch: {error}"))
}

impl Database for D1 {
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, DatabaseError>> {
        Box::pin(SendFuture::new(self.run(statements)))
    }

    fn statements_left(&self) -> usize {
        STATEMENTS_PER_INVOCATION.saturating_sub(self.sent.load(Ordering::Relaxed))
    }
}

/// Phrases in D1's messages, in lower case, that mean that the same batch may succeed soon
/// (<https://developers.cloudflare.com/d1/observability/debug-d1/#error-list>).
const OVERLOAD: [&str; 9] = [
    "overloaded",
    "too many requests queued",
    "network connection lost",
    "cannot resolve d1 db due to transient issue",
    "storage caused object to be reset",
    "reset because its code was updated",
    "and was reset",
    "exceeded timeout",
    "database is locked",
];

fn classify(cause: String) -> DatabaseError {
    let lower = cause.to_lowercase();
    if OVERLOAD.iter().any(|phrase| lower.contains(phrase)) {
        return DatabaseError::Overloaded(cause);
    }
    DatabaseError::Failed(cause)
}
