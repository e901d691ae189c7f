//! Statements and rows as values.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::{Map, Value};

use super::DatabaseError;

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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
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
