//! Rows of a dump. SQLite has no types of columns, so each cell says what it is.

use std::collections::BTreeMap;

use octopool_core::{Timestamp, looks_like_credential};

use super::shown::shown;

/// The greatest number that JavaScript holds exactly, which is where the original's numbers come
/// from.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    /// A text that is a credential, or contains one. It is forgotten where it is read, so that it
    /// can be neither written nor shown.
    Credential,
    Bytes,
}

impl Cell {
    /// A text.
    pub(super) fn text(text: String) -> Self {
        if looks_like_credential(&text) { Self::Credential } else { Self::Text(text) }
    }
}

/// A row by column names in lower case. A column that the table does not have is null.
#[derive(Clone, Debug, Default)]
pub(super) struct Row(BTreeMap<String, Cell>);

impl Row {
    pub(super) fn new(cells: BTreeMap<String, Cell>) -> Self {
        Self(cells)
    }

    pub(super) fn cell(&self, column: &str) -> &Cell {
        self.0.get(column).unwrap_or(&Cell::Null)
    }

    /// The text of a cell; nothing if it is anything else.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        match self.cell(column) {
            Cell::Text(text) => Some(text),
            Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Credential | Cell::Bytes => None,
        }
    }

    /// The text or the number of a cell, as a key that other tables refer to.
    pub(super) fn key(&self, column: &str) -> Option<String> {
        match self.cell(column) {
            Cell::Text(text) => Some(text.clone()),
            Cell::Integer(number) => Some(number.to_string()),
            Cell::Null | Cell::Real(_) | Cell::Credential | Cell::Bytes => None,
        }
    }

    /// A whole number, also where the column's affinity made it a text or a fraction of it.
    pub(super) fn integer(&self, column: &str) -> Option<i64> {
        match self.cell(column) {
            Cell::Integer(number) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "whole and within the range")]
            Cell::Real(number) if number.fract() == 0.0 && number.abs() <= EXACT => Some(*number as i64),
            Cell::Text(text) => text.parse().ok(),
            Cell::Null | Cell::Real(_) | Cell::Credential | Cell::Bytes => None,
        }
    }

    /// A time in either form of the original's: RFC 3339, or SQLite's in UTC.
    pub(super) fn time(&self, column: &str) -> Option<Timestamp> {
        let text = self.text(column)?;
        Timestamp::parse_rfc3339(text).or_else(|| Timestamp::parse_token_expiration(&format!("{text} UTC")))
    }

    /// The cell for people.
    pub(super) fn shown(&self, column: &str) -> String {
        match self.cell(column) {
            Cell::Null => "(null)".to_owned(),
            Cell::Integer(number) => number.to_string(),
            Cell::Real(number) => number.to_string(),
            Cell::Text(text) => shown(text),
            Cell::Credential => "(a credential)".to_owned(),
            Cell::Bytes => "(bytes)".to_owned(),
        }
    }
}

#[cfg(test)]
pub(super) mod samples {
    //! Rows for tests.

    use serde_json::Value;

    use super::{Cell, Row};

    /// A row from a JSON object.
    pub(crate) fn row(object: &Value) -> Row {
        let cells = object.as_object().unwrap().iter().map(|(name, value)| {
            let cell = match value {
                Value::Null => Cell::Null,
                Value::Number(number) => {
                    number.as_i64().map_or_else(|| Cell::Real(number.as_f64().unwrap()), Cell::Integer)
                }
                Value::String(text) => Cell::text(text.clone()),
                _ => Cell::Bytes,
            };
            (name.clone(), cell)
        });
        Row::new(cells.collect())
    }

    /// Rows from a JSON list.
    pub(crate) fn rows(list: &Value) -> Vec<Row> {
        list.as_array().unwrap().iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use octopool_core::Timestamp;
    use serde_json::json;

    use super::samples::row;

    #[test]
    fn numbers_are_read_whatever_the_column_made_of_them() {
        for (value, number) in [
            (json!(7), Some(7)),
            (json!(7.0), Some(7)),
            (json!("7"), Some(7)),
            (json!(7.5), None),
            (json!(1e300), None),
            (json!("x"), None),
            (json!(null), None),
        ] {
            assert_eq!(row(&json!({"n": value})).integer("n"), number, "{value}");
        }
        assert_eq!(row(&json!({})).integer("n"), None);
    }

    #[test]
    fn times_are_read_in_both_forms() {
        let time = Timestamp::parse_rfc3339("2026-03-04T05:06:07Z");
        for text in ["2026-03-04T05:06:07.000Z", "2026-03-04 05:06:07", "2026-03-04T06:06:07+01:00"] {
            assert_eq!(row(&json!({"t": text})).time("t"), time, "{text}");
        }
        assert_eq!(row(&json!({"t": "soon"})).time("t"), None);
    }

    #[test]
    fn a_credential_is_forgotten() {
        let token = format!("ghp_{}", "a1".repeat(18));
        let row = row(&json!({"secret_ref": token}));
        assert_eq!((row.text("secret_ref"), row.shown("secret_ref")), (None, "(a credential)".to_owned()));
        assert!(!format!("{row:?}").contains(&token));
    }
}
