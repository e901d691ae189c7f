//! Statements and rows as values.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::{Map, Value};

use super::DatabaseError;

/// A statement with its parameters, `?1` first. D1 allows 100 parameters
/// (<https://developers.cloudflare.com/d1/platform/limits/>), so a list is one JSON text that the
/// SQL reads with `json_each`.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The SQL.
    pub sql: &'static str,
    /// The parameters in order.
    pub params: Vec<Param>,
}

impl Statement {
    /// A statement with its parameters.
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
    /// An integer of at most 2^53 - 1 in magnitude, which JavaScript represents exactly.
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

/// One row of a result, by column name.
#[derive(Clone, Debug)]
pub struct Row(pub Map<String, Value>);

impl Row {
    /// Deserializes the row into a struct whose fields are the columns. Deserializing from a map
    /// instead of a `Value` keeps the code small: a `Value` may be an array, for which each struct
    /// would have code.
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<T, DatabaseError> {
        T::deserialize(MapDeserializer::new(self.0.into_iter())).map_err(|error| unexpected(&error))
    }
}

/// The row does not have the columns or types that the schema defines.
fn unexpected(error: &serde_json::Error) -> DatabaseError {
    DatabaseError::Failed(format!("unexpected row: {error}"))
}
