//! D1.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use wasm_bindgen::JsValue;
use worker::send::SendFuture;
use worker::{D1Database, D1PreparedStatement, Env};

use crate::ports::{Database, DatabaseError, Param, Row, STATEMENTS_PER_INVOCATION, Statement};

/// The binding `DB`, for one invocation of the Worker.
pub(super) struct D1 {
    binding: Result<D1Database, String>,
    sent: AtomicUsize,
}

impl D1 {
    pub(super) fn new(env: &Env) -> Self {
        Self { binding: env.d1("DB").map_err(|error| error.to_string()), sent: AtomicUsize::new(0) }
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.sent.fetch_add(statements.len(), Ordering::Relaxed);
        let database = self.binding.as_ref().map_err(|cause| DatabaseError::Failed(cause.clone()))?;
        let prepared: Result<Vec<_>, _> =
            statements.iter().map(|statement| prepare(database, statement)).collect();
        let results = database.batch(prepared.map_err(|error| classify(&error))?).await;
        let results = results.map_err(|error| classify(&error))?;
        results
            .into_iter()
            .map(|result| {
                let rows = result.results::<Map<String, Value>>().map_err(|error| classify(&error))?;
                Ok(rows.into_iter().map(Row).collect())
            })
            .collect()
    }
}

impl Database for D1 {
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, DatabaseError>> {
        Box::pin(SendFuture::new(self.run(statements)))
    }

    fn statements_left(&self) -> usize {
        STATEMENTS_PER_INVOCATION.saturating_sub(self.sent.load(Ordering::Relaxed))
    }
}

fn prepare(database: &D1Database, statement: &Statement) -> worker::Result<D1PreparedStatement> {
    let params: Vec<_> = statement.params.iter().map(bind).collect();
    database.prepare(statement.sql).bind(&params)
}

/// D1 takes no `BigInt`; every integer that comes here was checked to be exact as a double. NULL is `null`:
/// `undefined` is refused.
fn bind(param: &Param) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        #[expect(clippy::cast_precision_loss, reason = "checked where the integer was parsed")]
        Param::Integer(number) => JsValue::from_f64(*number as f64),
        Param::Text(text) => JsValue::from_str(text),
    }
}

/// Phrases by which D1 says that the same batch may pass in a moment, in lower case
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

fn classify(error: &worker::Error) -> DatabaseError {
    // D1's own words; the rest of the error is a stack of JavaScript.
    let cause = match error {
        worker::Error::D1(error) => error.cause(),
        other => other.to_string(),
    };
    let lower = cause.to_lowercase();
    if OVERLOAD.iter().any(|phrase| lower.contains(phrase)) {
        return DatabaseError::Overloaded(cause);
    }
    DatabaseError::Failed(cause)
}
