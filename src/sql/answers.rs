//! The answers of a batch.

use serde::de::DeserializeOwned;

use crate::ports::{DatabaseError, Row};

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
