//! The query of a request, read like a body: field by field, and what is unknown is refused.

use http::request::Parts;
use octopool_core::Violation;
use serde_json::Map;

use super::fields::Fields;

/// The parameters as fields. One that stands twice is refused, for it cannot be told which is meant.
pub(super) fn fields(parts: &Parts) -> Fields {
    let mut object = Map::new();
    let mut twice = Vec::new();
    for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        if object.insert(name.to_string(), value.into()).is_some() {
            twice.push(name);
        }
    }
    let mut fields = Fields::new(object);
    for name in twice {
        fields.foreign_problem(&name, "must be given once");
    }
    fields
}

/// Whether the request is to change nothing.
pub(super) fn is_dry_run(parts: &Parts) -> bool {
    let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    pairs.into_iter().any(|(name, value)| name == "dry_run" && value == "true")
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, Violation> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be `true` or `false`".into()),
    }
}
