//! The results of a batch.

use std::fmt::Display;

use serde::Deserialize as _;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

use crate::ports::{DatabaseError, Row};

/// The results of a batch, read one statement after the other.
pub(crate) struct Answers(std::vec::IntoIter<Vec<Row>>);

impl Answers {
    pub(crate) fn new(answers: Vec<Vec<Row>>) -> Self {
        Self(answers.into_iter())
    }

    /// Skips a statement that returns no rows.
    pub(crate) fn skip(&mut self, statements: usize) {
        for _ in 0..statements {
            self.0.next();
        }
    }

    /// Skips to the last statement.
    pub(crate) fn last(mut self) -> Self {
        self.skip(self.0.len().saturating_sub(1));
        self
    }

    /// Whether the next statement, which has `RETURNING`, changed a row.
    pub(crate) fn returned(&mut self) -> bool {
        self.0.next().is_some_and(|rows| !rows.is_empty())
    }

    /// Every row of the next statement.
    pub(crate) fn all<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, DatabaseError> {
        self.0.next().unwrap_or_default().into_iter().map(Row::decode).collect()
    }

    /// Every row of the next statement with its id. A row that cannot be read is an error that
    /// names it.
    pub(crate) fn each_of<T: DeserializeOwned>(&mut self, table: &str) -> Vec<RowOf<T>> {
        self.0.next().unwrap_or_default().into_iter().map(|row| decode(table, row)).collect()
    }

    /// Every row of the next statement. A row that cannot be read is an error that names it.
    pub(crate) fn all_of<T: DeserializeOwned>(&mut self, table: &str) -> Result<Vec<T>, DatabaseError> {
        self.each_of(table).into_iter().map(|(_, row)| row).collect()
    }

    /// The first row of the next statement, if there is one. If it cannot be read, the error names
    /// it.
    pub(crate) fn first_of<T: DeserializeOwned>(&mut self, table: &str) -> Result<Option<T>, DatabaseError> {
        self.row().map(|row| decode(table, row).1).transpose()
    }

    fn row(&mut self) -> Option<Row> {
        self.0.next()?.into_iter().next()
    }

    /// The first row of the next statement, if there is one.
    pub(crate) fn first<T: DeserializeOwned>(&mut self) -> Result<Option<T>, DatabaseError> {
        self.row().map(Row::decode).transpose()
    }

    /// The only row of the next statement.
    pub(crate) fn one<T: DeserializeOwned>(&mut self) -> Result<T, DatabaseError> {
        self.first()?.ok_or_else(|| DatabaseError::Failed("a row is missing".to_owned()))
    }
}

/// A row's id, and the row or why it cannot be read.
pub(crate) type RowOf<T> = (String, Result<T, DatabaseError>);

fn decode<T: DeserializeOwned>(table: &str, row: Row) -> RowOf<T> {
    let id = row.0.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let read = row.decode().map_err(|error| of_row(table, &id, &error));
    (id, read)
}

/// The error that names the row. It was edited, or a later release wrote it.
pub(crate) fn of_row(table: &str, id: &str, error: &dyn Display) -> DatabaseError {
    DatabaseError::Failed(format!("the row `{id}` of {table} cannot be read: {error}"))
}

/// Reads a column that holds JSON.
pub(crate) fn json_text<'de, D: Deserializer<'de>, T: DeserializeOwned>(column: D) -> Result<T, D::Error> {
    let text = String::deserialize(column)?;
    crate::json::from_slice(text.as_bytes()).map_err(D::Error::custom)
}
