//! Errors of GitHub, as the client may see them: with the places in its own document, and nothing
//! of ours.

use serde_json::{Value, json};

use super::ErrorKind;
use super::accept::position;
use super::plan::{OURS, Plan};
use crate::relay::json::Node;

/// What the errors say, and how the client gets them; `None` if they are none.
pub(super) fn of_github(errors: &Node<'_>, plan: &Plan) -> Option<(ErrorKind, Value)> {
    let errors: Vec<Value> = serde_json::from_str(errors.raw()).ok()?;
    let kind = errors.iter().map(kind).min()?;
    Some((kind, errors.iter().map(|error| shown(error, plan)).collect()))
}

fn kind(error: &Value) -> ErrorKind {
    let is_saml = error["extensions"]["saml_failure"] == true;
    match error["type"].as_str() {
        Some("RATE_LIMITED" | "RATE_LIMIT") => ErrorKind::RateLimited,
        _ if is_saml => ErrorKind::Saml,
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES" | "UNAUTHORIZED") => ErrorKind::Forbidden,
        Some("NOT_FOUND") => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    }
}

fn shown(error: &Value, plan: &Plan) -> Value {
    let mut shown = serde_json::Map::new();
    if let Some(kind) = error["type"].as_str() {
        shown.insert("type".to_owned(), json!(kind));
    }
    let path = error["path"].as_array();
    let is_ours = |key: &Value| key.as_str().is_some_and(|key| key.starts_with(OURS));
    if let Some(path) = path.filter(|path| !path.iter().any(is_ours)) {
        shown.insert("path".to_owned(), json!(path));
        if let Some((line, column)) = position(plan, path) {
            shown.insert("locations".to_owned(), json!([{ "line": line, "column": column }]));
        }
    }
    shown.insert("message".to_owned(), json!(error["message"].as_str().unwrap_or("GitHub gave no reason.")));
    Value::Object(shown)
}
