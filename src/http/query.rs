//! The query of a request, read field by field like a body; unknown parameters are refused.

use axum::extract::FromRequestParts;
use http::request::Parts;
use octopool_core::Violation;
use serde_json::Map;

use super::error::ApiError;
use super::fields::Fields;

/// The parameters as fields. A repeated parameter is refused, because it is ambiguous.
pub(crate) fn fields(parts: &Parts) -> Fields {
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

/// Whether the request is a dry run.
pub(crate) fn is_dry_run(parts: &Parts) -> bool {
    let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    pairs.into_iter().any(|(name, value)| name == "dry_run" && value == "true")
}

/// `true` or `false`.
pub(crate) fn boolean(text: &str) -> Result<bool, Violation> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be `true` or `false`".into()),
    }
}

/// Refuses every parameter: a `?dry_run=true` that has no effect must not be accepted silently.
pub(crate) struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut fields = fields(parts);
        fields.deny_unknown();
        fields.finish(Some(Self))
    }
}
