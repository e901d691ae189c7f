//! Declared variables and given values.

use serde_json::{Map, Value};

use super::QueryError;
use super::parser::Variable;

/// The value of each declared variable.
pub(super) fn bind(
    declared: &[Variable],
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, QueryError> {
    declared
        .iter()
        .map(|variable| {
            let value = given.get(&variable.name).or(variable.default.as_ref()).unwrap_or(&Value::Null);
            if !fits(variable, value) {
                return Err(invalid(variable));
            }
            Ok((variable.name.clone(), value.clone()))
        })
        .collect()
}

fn fits(variable: &Variable, value: &Value) -> bool {
    match (variable.kind.as_str(), value) {
        (_, Value::Null) => !variable.required,
        ("String" | "ID", value) => value.is_string(),
        ("Int", value) => value.is_i64(),
        _ => false,
    }
}

fn invalid(variable: &Variable) -> QueryError {
    let Variable { name, kind, required, .. } = variable;
    let mark = if *required { "!" } else { "" };
    QueryError::new(format!("Variable ${name} of type {kind}{mark} was provided invalid value"))
}
