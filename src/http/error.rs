//! The error of the API. A handler returns it, and `http::edge` writes it, because only there the
//! request id is known.

use std::borrow::Cow;
use std::fmt::Display;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use octopool_api_types::{ErrorBody, ErrorCode, ErrorEnvelope, FieldProblem, GithubError, GithubErrorItem};
use octopool_core::{PoolId, looks_like_credential};
use serde_json::{Value, json};

use crate::config::ConfigError;
use crate::ports::{CoordinatorError, DatabaseError};

/// An error response.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    code: ErrorCode,
    status: StatusCode,
    message: Cow<'static, str>,
    details: Option<Value>,
    headers: HeaderMap,
    /// For the log only. Never a secret or text from an upstream.
    cause: Option<String>,
    /// For the audit log only: the requested pool.
    pool: Option<PoolId>,
    form: Form,
}

/// The form of the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// octopool's own.
    Envelope,
    /// That of the errors of GitHub's REST API.
    Rest,
    /// The same with what the errors of GitHub's GraphQL API have.
    Graphql,
}

impl ApiError {
    /// The error with its usual status and message.
    pub(crate) fn new(code: ErrorCode) -> Self {
        let status = code.status();
        let mut headers = HeaderMap::new();
        if status == StatusCode::UNAUTHORIZED && code != ErrorCode::GithubAuthFailed {
            // RFC 9110, 11.6.1: a 401 names an authentication scheme.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"octopool\""));
        }
        Self(Box::new(Parts {
            code,
            status,
            message: Cow::Borrowed(code.message()),
            details: None,
            headers,
            cause: None,
            pool: None,
            form: Form::Envelope,
        }))
    }

    /// A body or path with violations.
    pub(crate) fn invalid(code: ErrorCode, problems: &[FieldProblem]) -> Self {
        // The details list all of them; the message, for people, the first five.
        let mut list: Vec<_> =
            problems.iter().take(5).map(|p| format!("`{}` {}", p.field, p.problem)).collect();
        if problems.len() > list.len() {
            list.push(format!("and {} more", problems.len() - list.len()));
        }
        let mut error = Self::new(code).with_details(json!({ "fields": problems }));
        error.0.message = Cow::Owned(format!("{} {}.", error.0.message, list.join("; ")));
        error
    }

    /// An unexpected failure; the cause is logged.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        Self::new(ErrorCode::InternalError).with_cause(cause)
    }

    /// The same error with another status.
    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// The same error with another message.
    #[must_use]
    pub(crate) fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same error with details for programs.
    #[must_use]
    pub(crate) fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// The same error with a header.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// The same error with a cause for the log.
    #[must_use]
    pub(crate) fn with_cause(mut self, cause: &dyn Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// The same error for a temporary failure: with `Retry-After`, and a cause for the log.
    #[must_use]
    pub(crate) fn retry_soon(self, cause: &dyn Display) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from_static("1")).with_cause(cause)
    }

    /// The same error with the requested pool, for the audit log.
    #[must_use]
    pub(crate) fn about(mut self, pool: PoolId) -> Self {
        self.0.pool = Some(pool);
        self
    }

    /// The same error in GitHub's form, for clients of GitHub's API.
    #[must_use]
    pub(crate) fn in_github_form(mut self) -> Self {
        self.0.form = Form::Rest;
        self
    }

    /// The same error in a form for clients of GitHub's GraphQL API.
    #[must_use]
    pub(crate) fn in_graphql_form(mut self) -> Self {
        self.0.form = Form::Graphql;
        self
    }

    /// Its code.
    pub(crate) fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The requested pool, if known.
    pub(crate) fn pool(&self) -> Option<&PoolId> {
        self.0.pool.as_ref()
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The log entry. Below 500 there is none unless the error has a cause, because the response
    /// itself says what is wrong.
    pub(crate) fn log_entry(&self, request_id: &str, method: &str, path: &str) -> Option<Value> {
        let path = if path.split('/').any(looks_like_credential) { "[redacted]" } else { path };
        (self.0.status.is_server_error() || self.0.cause.is_some()).then(|| {
            json!({
                "level": "error", "request_id": request_id, "method": method, "path": path,
                "status": self.0.status.as_u16(), "code": self.0.code.as_str(), "cause": self.0.cause,
            })
        })
    }

    /// The response, in octopool's form.
    pub(crate) fn into_response_with(self, request_id: &str) -> Response {
        match self.0.form {
            Form::Envelope => {}
            Form::Rest | Form::Graphql => return self.into_github_response(),
        }
        let envelope = ErrorEnvelope {
            error: ErrorBody {
                code: self.0.code.as_str().to_owned(),
                message: self.0.message.into_owned(),
                request_id: request_id.to_owned(),
                details: self.0.details,
            },
        };
        let mut response = crate::http::json::response(self.0.status, &envelope);
        response.headers_mut().extend(self.0.headers);
        response
    }
}

impl ApiError {
    /// The response in the form of GitHub's errors
    /// (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>). The
    /// code is also in a header, by which clients can tell octopool's errors from GitHub's.
    fn into_github_response(self) -> Response {
        let code = self.0.code.as_str();
        // Clients recognize these errors by GitHub's messages: PyGithub derives its exceptions from
        // them.
        let known = match self.0.code {
            ErrorCode::MissingAuth => Some("Requires authentication"),
            ErrorCode::InvalidAuth => Some("Bad credentials"),
            ErrorCode::FallbackLocal if self.0.status == StatusCode::NOT_FOUND => Some("Not Found"),
            _ => None,
        };
        let (kind, path) = match self.0.form {
            Form::Envelope | Form::Rest => (None, None),
            Form::Graphql => (Some(self.graphql_type()), self.graphql_path()),
        };
        let message = self.0.message.into_owned();
        let body = GithubError {
            message: known.map_or_else(|| message.clone(), str::to_owned),
            documentation_url: "https://docs.github.com/rest".to_owned(),
            status: self.0.status.as_u16().to_string(),
            errors: vec![GithubErrorItem {
                resource: "octopool".to_owned(),
                code: code.to_owned(),
                message,
                kind,
                path,
                details: self.0.details,
            }],
        };
        let mut response = crate::http::json::response(self.0.status, &body);
        response.headers_mut().extend(self.0.headers);
        response.headers_mut().insert("x-octopool-error", HeaderValue::from_static(code));
        response
    }
}

impl ApiError {
    /// What stands where GitHub's GraphQL errors have `NOT_FOUND` or `FORBIDDEN`: why the relay
    /// does not serve it, or the code.
    fn graphql_type(&self) -> String {
        let reason = self.detail("reason").and_then(Value::as_str);
        reason.unwrap_or(self.0.code.as_str()).to_ascii_uppercase()
    }

    /// The fields that lead to what is refused.
    fn graphql_path(&self) -> Option<Vec<String>> {
        let path = self.detail("path")?.as_array()?;
        Some(path.iter().filter_map(|field| field.as_str().map(str::to_owned)).collect())
    }

    fn detail(&self, name: &str) -> Option<&Value> {
        self.0.details.as_ref()?.get(name)
    }
}

impl IntoResponse for ApiError {
    /// An empty response that carries the error to `http::edge`.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Overloaded(_) => Self::new(ErrorCode::RelayOverloaded).retry_soon(&error),
            DatabaseError::Unmigrated(_) => Self::new(ErrorCode::MigrationsMissing).with_cause(&error),
            DatabaseError::Failed(_) => Self::internal(&error),
        }
    }
}

impl From<ConfigError> for ApiError {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorCode::ConfigurationInvalid)
            .with_details(json!({ "fields": error.problems }))
            .with_cause(&format!("{error}: {:?}", error.problems))
    }
}

impl From<CoordinatorError> for ApiError {
    fn from(error: CoordinatorError) -> Self {
        Self::new(ErrorCode::RelayOverloaded).retry_soon(&error)
    }
}
