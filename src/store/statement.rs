//! Statements and rows as values.

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::{Map, Value};

use crate::ports::DatabaseError;

/// A statement with its parameters, `?1` first. D1 takes about 100 parameters; lists go in as one JSON text
/// and out again with `json_each`.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The SQL.
    pub sql: &'static str,
    /// The parameters in order.
    pub params: Vec<Param>,
}

impl Statement {
    /// A statement of this module's tables.
    pub(crate) fn new<const N: usize>(sql: &'static str, params: [Param; N]) -> Self {
        Self { sql, params: params.into() }
    }
}

/// A bound value.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// NULL.
    Null,
    /// An integer that JavaScript holds exactly.
    Integer(i64),
    /// Text.
    Text(String),
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer, by column name.
#[derive(Clone, Debug)]
pub struct Row(pub Map<String, Value>);

impl Row {
    /// Reads the row as a struct whose fields are the columns. It is read from a map: a
    /// `Value` may be an array as well, and each struct would have code for both.
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<T, DatabaseError> {
        T::deserialize(MapDeserializer::new(self.0.into_iter())).map_err(|error| unexpected(&error))
    }
}

/// A row is not as the tables have it.
fn unexpected(error: &serde_json::Error) -> DatabaseError {
    DatabaseError::Failed(format!("unexpected row: {error}"))
}

/// The answers of a batch, taken one statement after the other.
pub(crate) struct Answers(std::vec::IntoIter<Vec<Row>>);

impl Answers {
    pub(crate) fn new(answers: Vec<Vec<Row>>) -> Self {
        Self(answers.into_iter())
    }

    /// Passes over a statement that answers no rows.
    pub(crate) fn skip(&mut self, statements: usize) {
        for _ in 0..statements {
            self.0.next();
        }
    }

    /// Whether the next statement, which has a `RETURNING`, touched a row.
    pub(crate) fn returned(&mut self) -> bool {
        self.0.next().is_some_and(|rows| !rows.is_empty())
    }

    /// Every row of the next statement.
    pub(crate) fn all<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, DatabaseError> {
        self.0.next().unwrap_or_default().into_iter().map(Row::decode).collect()
    }

    fn row(&mut self) -> Option<Row> {
        self.0.next()?.into_iter().next()
    }

    /// The first row of the next statement, if it has one.
    pub(crate) fn first<T: DeserializeOwned>(&mut self) -> Result<Option<T>, DatabaseError> {
        self.row().map(Row::decode).transpose()
    }

    /// The only row of the next statement.
    pub(crate) fn one<T: DeserializeOwned>(&mut self) -> Result<T, DatabaseError> {
        self.first()?.ok_or_else(|| DatabaseError::Failed("a row is missing".to_owned()))
    }
}
