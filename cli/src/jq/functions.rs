//! What jq has and jaq's libraries have not, or not without parsers for four more formats: `@csv`,
//! `@tsv`, `$ENV`, `env`.

use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{DataT, Error};
use jaq_json::{Map, Val};
use serde_json::Value;

use super::plain;

/// The process's environment as a filter sees it. gh does not get these, either.
const HIDDEN: [&str; 2] = ["OCTOPOOL_TOKEN", "OCTOPOOL_ADMIN_TOKEN"];

/// The functions; `env` replaces jaq's, which panics at a value that is not UTF-8.
pub(super) fn functions<D: for<'a> DataT<V<'a> = Val>>() -> impl Iterator<Item = Fun<D>> {
    let csv = run::<D>(("@csv", v(0), |call| bome(row(&call.1, ",", quoted))));
    let tsv = run::<D>(("@tsv", v(0), |call| bome(row(&call.1, "\t", escaped))));
    let env = run::<D>(("env", v(0), |_| bome(Ok(environment()))));
    let standard = jaq_std::funs().filter(|(name, ..)| *name != "env");
    jaq_core::funs().chain(standard).chain(jaq_json::funs()).chain([csv, tsv, env])
}

/// `$ENV`.
pub(super) fn environment() -> Val {
    let text = |text: std::ffi::OsString| Val::from(text.to_string_lossy().into_owned());
    let variables = std::env::vars_os().filter(|(name, _)| !HIDDEN.iter().any(|hidden| name == hidden));
    Val::obj(variables.map(|(name, value)| (text(name), text(value))).collect::<Map>())
}

/// One row of an array's texts, numbers and booleans; null is an empty cell.
fn row(value: &Val, separator: &str, cell: fn(&str) -> String) -> Result<Val, Error<Val>> {
    let Value::Array(values) = plain(value) else {
        return Err(Error::str("a row is made of an array"));
    };
    let cells: Result<Vec<_>, _> = values
        .iter()
        .map(|value| match value {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(cell(text)),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            Value::Array(_) | Value::Object(_) => Err(Error::str("a row holds no arrays and objects")),
        })
        .collect();
    Ok(Val::from(cells?.join(separator)))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}
