//! D1 as SQLite in memory, with the real migrations.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use octopool_worker::ports::{Database, DatabaseError};
use octopool_worker::ports::{Param, Row, Statement};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};
use serde_json::{Map, Value};

use crate::background::in_background;
use crate::{invocation, must, schema, statements};

/// A database of its own for each test.
#[derive(Clone)]
pub struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    control: Arc<Mutex<Control>>,
}

/// What a test lets happen to calls.
#[derive(Debug, Default)]
struct Control {
    latency: Duration,
    failure: Option<Failure>,
    /// So many batches pass before anything fails.
    spared: usize,
    batches: usize,
    statements: usize,
    background_batches: usize,
}

#[derive(Clone, Copy, Debug)]
enum Failure {
    Overloaded,
    /// Every statement before this one runs, then the batch breaks off.
    AtStatement(usize),
    /// The batch counts, but nobody learns so.
    AnswerLost,
}

impl Sqlite {
    /// An empty database with all migrations.
    pub fn migrated() -> Self {
        let database = Self::empty();
        for file in schema::migrations() {
            database.apply(&file);
        }
        database
    }

    /// A database without any table.
    pub fn empty() -> Self {
        Self { connection: Arc::new(Mutex::new(schema::connect())), control: Arc::default() }
    }

    /// Applies one migration file.
    pub fn apply(&self, file: &Path) {
        schema::apply(&self.connection(), file);
    }

    /// Lets every call wait this long before and after its work, as across a network.
    pub fn set_latency(&self, latency: Duration) {
        self.control().latency = latency;
    }

    /// Lets every call fail as D1 does when it is overloaded, until [`Self::clear_faults`].
    pub fn overload(&self) {
        self.control().failure = Some(Failure::Overloaded);
    }

    /// Lets every batch break off after this many statements, until [`Self::clear_faults`].
    pub fn break_after(&self, statements: usize) {
        self.control().failure = Some(Failure::AtStatement(statements));
    }

    /// The same from the batch on that comes after so many others.
    pub fn break_later(&self, batches: usize, statements: usize) {
        let mut control = self.control();
        (control.spared, control.failure) = (batches, Some(Failure::AtStatement(statements)));
    }

    /// Lets every batch that comes after so many others count, and loses its answer: so it looks to
    /// a Worker whose connection breaks, and so it is if the Worker ends there.
    pub fn lose_answers_later(&self, batches: usize) {
        let mut control = self.control();
        (control.spared, control.failure) = (batches, Some(Failure::AnswerLost));
    }

    /// Lets nothing fail any more.
    pub fn clear_faults(&self) {
        let mut control = self.control();
        (control.spared, control.failure) = (0, None);
    }

    /// Batches and statements that somebody waited for, so far.
    pub fn counts(&self) -> (usize, usize) {
        let control = self.control();
        (control.batches, control.statements)
    }

    /// Batches after answers, so far.
    pub fn background_batches(&self) -> usize {
        self.control().background_batches
    }

    /// Runs SQL of a test's own, as an operator would with `wrangler d1 execute`.
    pub fn execute(&self, sql: &str) -> Result<(), rusqlite::Error> {
        self.connection().execute_batch(sql)
    }

    /// The rows of a query of a test's own.
    pub fn rows(&self, sql: &str) -> Vec<Map<String, Value>> {
        let rows = run(&self.connection(), sql, &[]);
        must(rows, sql).into_iter().map(|row| row.0).collect()
    }

    /// The only value of a query of a test's own.
    pub fn value(&self, sql: &str) -> Value {
        self.rows(sql)
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next())
            .map_or(Value::Null, |(_, value)| value)
    }

    /// Every table with every row, to compare before and after and to look for what must not be
    /// there.
    pub fn dump(&self) -> String {
        self.dump_rows(|_, _| true)
    }

    /// The same without the rows that say that somebody was not let in, and without their count: a
    /// refusal writes nothing but that.
    pub fn dump_without_refusals(&self) -> String {
        self.dump_rows(|table, row| match table {
            "audit_events" => {
                let action = row.get("action").and_then(Value::as_str).unwrap_or_default();
                !action.starts_with("auth.") && action != "login.refused"
            }
            // The head is signed anew with each row.
            "audit_heads" => false,
            "sqlite_sequence" => row.get("name").is_none_or(|name| name != "audit_events"),
            _ => true,
        })
    }

    fn dump_rows(&self, wanted: impl Fn(&str, &Map<String, Value>) -> bool) -> String {
        let mut dump = String::new();
        for table in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
            let table = table.get("name").and_then(Value::as_str).unwrap_or_default();
            let mut rows = self.rows(&format!("SELECT * FROM {table} ORDER BY 1, 2"));
            rows.retain(|row| wanted(table, row));
            for row in rows {
                let _ = writeln!(dump, "{table} {}", Value::Object(row));
            }
        }
        dump
    }

    fn transact(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let failure = {
            let mut control = self.control();
            if in_background() {
                control.background_batches += 1;
            } else {
                control.batches += 1;
                control.statements += statements.len();
            }
            let spared = control.spared > 0;
            control.spared = control.spared.saturating_sub(1);
            control.failure.filter(|_| !spared)
        };
        if matches!(failure, Some(Failure::Overloaded)) {
            return Err(DatabaseError::Overloaded("D1 DB is overloaded".to_owned()));
        }
        for statement in statements {
            statements::check(statement.sql);
        }
        invocation::send(statements.len());
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(|error| failed(&error))?;
        let mut answers = Vec::with_capacity(statements.len());
        for (index, statement) in statements.iter().enumerate() {
            if matches!(failure, Some(Failure::AtStatement(last)) if index >= last) {
                return Err(DatabaseError::Failed("broken off by the test".to_owned()));
            }
            answers
                .push(run(&transaction, statement.sql, &statement.params).map_err(|error| failed(&error))?);
        }
        transaction.commit().map_err(|error| failed(&error))?;
        if matches!(failure, Some(Failure::AnswerLost)) {
            return Err(DatabaseError::Overloaded("the connection was lost".to_owned()));
        }
        Ok(answers)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Database for Sqlite {
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, DatabaseError>> {
        Box::pin(async move {
            let latency = self.control().latency;
            if latency.is_zero() {
                return self.transact(&statements);
            }
            tokio::time::sleep(latency).await;
            let answers = self.transact(&statements);
            tokio::time::sleep(latency).await;
            answers
        })
    }

    fn statements_left(&self) -> usize {
        invocation::statements_left()
    }
}

fn failed(error: &rusqlite::Error) -> DatabaseError {
    DatabaseError::from_message(error.to_string())
}

fn run(connection: &Connection, sql: &str, params: &[Param]) -> Result<Vec<Row>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query(params_from_iter(params.iter().map(Bound)))?;
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        let mut object = Map::new();
        for (index, column) in columns.iter().enumerate() {
            object.insert(column.clone(), json(row.get_ref(index)?));
        }
        read.push(Row(object));
    }
    Ok(read)
}

/// Binds an integer as the double that D1 binds, so that a column that would take one and not the
/// other shows here.
struct Bound<'a>(&'a Param);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(match self.0 {
            Param::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            #[expect(clippy::cast_precision_loss, reason = "as D1 does")]
            Param::Integer(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number as f64)),
            Param::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
    }
}
