//! Conditional changes: `If-Match`, `dry_run`, and `ETag`.

use std::fmt::Display;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{ChangeError, Expected, Mutation, WriteConflict};
use crate::http::error::ApiError;
use crate::http::query;
use crate::ports::STATEMENTS_PER_INVOCATION;
use crate::sql::Author;
use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::state::PlanRefused;
use octopool_core::{AccountId, MAX_CLIENTS_PER_CALLER};

/// The `ETag` header of an object.
pub(crate) fn etag(version: &impl Display) -> [(HeaderName, HeaderValue); 1] {
    // A digest in base64url is always a valid header value.
    let tag = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    [(header::ETAG, tag)]
}

impl<S: Send + Sync> FromRequestParts<S> for Mutation {
    type Rejection = ApiError;

    /// Unknown parameters are refused: `?dryrun=true` must not make the change.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let author = Author::from_request_parts(parts, state).await?;
        let mut fields = query::fields(parts);
        let dry_run = fields.optional_text("dry_run", query::boolean).unwrap_or(false);
        fields.deny_unknown();
        fields.finish(Some(Self { author, expected: expected(&parts.headers), dry_run }))
    }
}

impl Mutation {
    /// The status for a created object. A dry run creates nothing.
    pub(crate) fn status_of_a_creation(&self) -> StatusCode {
        if self.dry_run { StatusCode::OK } else { StatusCode::CREATED }
    }
}

/// Reads `If-Match` (RFC 9110, 13.1.1). A malformed tag matches nothing, so a broken header refuses
/// the change.
///
/// A weak tag matches like a strong one, although the RFC says otherwise: Cloudflare's edge makes
/// the `ETag` of every response that it compresses weak, and our tags identify the object, not the
/// bytes of its representation.
fn expected(headers: &HeaderMap) -> Expected {
    if !headers.contains_key(header::IF_MATCH) {
        return Expected::Anything;
    }
    let lines = headers.get_all(header::IF_MATCH).into_iter().filter_map(|line| line.to_str().ok());
    let tags: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    if tags.contains(&"*") {
        return Expected::Existing;
    }
    let opaque = |tag: &str| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        Some(tag.strip_prefix('"')?.strip_suffix('"')?.to_owned())
    };
    Expected::OneOf(tags.into_iter().filter_map(opaque).collect())
}

impl From<ChangeError> for ApiError {
    fn from(refused: ChangeError) -> Self {
        match refused {
            ChangeError::PoolNotFound => Self::new(ErrorCode::PoolNotFound),
            ChangeError::PoolNotEmpty => Self::new(ErrorCode::PoolNotEmpty),
            ChangeError::IdentityNotFound => Self::new(ErrorCode::IdentityNotFound),
            ChangeError::CallerNotFound => Self::new(ErrorCode::CallerNotFound),
            ChangeError::GrantNotFound => Self::new(ErrorCode::GrantNotFound),
            ChangeError::ClientNotFound => Self::new(ErrorCode::ClientNotFound),
            ChangeError::AdminTokenNotFound => Self::new(ErrorCode::AdminTokenNotFound),
            ChangeError::Stale => Self::new(ErrorCode::PreconditionFailed),
            ChangeError::Conflict(error) => error.into(),
            ChangeError::StateChanged => Self::new(ErrorCode::StateChanged),
            ChangeError::StateTooLarge => Self::new(ErrorCode::PayloadTooLarge)
                .with_message(
                "The stored pools, identities and callers are larger than 4 MiB, the limit for one document.",
            ),
            ChangeError::AnswerTooLarge { limit } => {
                let limit = limit / (1024 * 1024);
                Self::new(ErrorCode::PayloadTooLarge).with_message(format!(
                    "The answer to this apply would be more than {limit} MiB, the most that is kept for an Idempotency-Key, \
                     and nothing was written. Apply it in several steps, or without the key."
                ))
            }
            ChangeError::ChangesTooLarge => Self::new(ErrorCode::PayloadTooLarge).with_message(format!(
                "These changes take more than the {STATEMENTS_PER_INVOCATION} statements that one request may send to the \
                 database, and nothing was written. Apply them in several steps."
            )),
            ChangeError::Plan(PlanRefused::OutsidePool) => Self::new(ErrorCode::PoolDenied)
                .with_message("This admin token is restricted to one pool, and the document changes something else."),
            ChangeError::Plan(PlanRefused::IdentityTaken) => Self::new(ErrorCode::IdentityConflict),
            ChangeError::Plan(PlanRefused::TooManyClients(account)) => refused_clients(
                account,
                &format!("would give the caller more than {MAX_CLIENTS_PER_CALLER} clients; revoke some of it first"),
            ),
            ChangeError::Plan(PlanRefused::TokenTaken(account)) => {
                refused_clients(account, "must not have the token of a client of another caller")
            }
            ChangeError::Entropy(error) => Self::internal(&error),
            ChangeError::Database(error) => error.into(),
        }
    }
}

fn refused_clients(account: AccountId, problem: &str) -> ApiError {
    let field = format!("desired.callers.{}.clients", account.get());
    ApiError::invalid(ErrorCode::InvalidRequest, &[FieldProblem { field, problem: problem.to_owned() }])
}

impl From<WriteConflict> for ApiError {
    fn from(_: WriteConflict) -> Self {
        Self::new(ErrorCode::WriteConflict).with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header};

    use super::{ApiError, ChangeError, Expected, expected};

    #[test]
    fn tags_are_read_and_anything_else_matches_nothing() {
        let tags = |list: &[&str]| Expected::OneOf(list.iter().map(|&tag| tag.to_owned()).collect());
        for (value, read) in [
            ("\"a\"", tags(&["a"])),
            ("W/\"a\"", tags(&["a"])),
            ("\"a\", W/\"b\"", tags(&["a", "b"])),
            ("a", tags(&[])),
            ("\"a", tags(&[])),
            ("\"", tags(&[])),
            ("", tags(&[])),
            ("*", Expected::Existing),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, value.parse().unwrap())]);
            assert_eq!(expected(&headers), read, "{value}");
        }
        assert_eq!(expected(&HeaderMap::new()), Expected::Anything);
    }

    #[test]
    fn an_answer_that_is_too_large_names_the_limit_that_it_meets() {
        let error = format!("{:?}", ApiError::from(ChangeError::AnswerTooLarge { limit: 16 * 1024 * 1024 }));
        assert!(error.contains("more than 16 MiB") && error.contains("PayloadTooLarge"), "{error}");
    }
}
