//! The one error of the API. A handler returns it, `http::edge` writes it: only there does a request
//! have an id to put beside the code.

use std::borrow::Cow;
use std::fmt::Display;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use octopool_api_types::{ErrorBody, ErrorCode, ErrorEnvelope, FieldProblem, GithubError, GithubErrorItem};
use octopool_core::PoolId;
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
    /// For the log only: never a secret, never what an upstream wrote.
    cause: Option<String>,
    /// For the audit only: the pool that was asked for.
    pool: Option<PoolId>,
    /// Whether the body has the form of GitHub's own errors.
    github_form: bool,
}

impl ApiError {
    /// The error of this code with its usual status and message.
    pub(crate) fn new(code: ErrorCode) -> Self {
        let status = code.status();
        let mut headers = HeaderMap::new();
        if status == StatusCode::UNAUTHORIZED && code != ErrorCode::GithubAuthFailed {
            // RFC 9110, 11.6.1: a 401 names a scheme that would do.
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
            github_form: false,
        }))
    }

    /// A body or path that breaks rules.
    pub(crate) fn invalid(code: ErrorCode, problems: &[FieldProblem]) -> Self {
        // The details have all of them; a person reads a few.
        let mut list: Vec<_> =
            problems.iter().take(5).map(|p| format!("`{}` {}", p.field, p.problem)).collect();
        if problems.len() > list.len() {
            list.push(format!("and {} more", problems.len() - list.len()));
        }
        let mut error = Self::new(code).with_details(json!({ "fields": problems }));
        error.0.message = Cow::Owned(format!("{} {}.", error.0.message, list.join("; ")));
        error
    }

    /// Something that should not happen; the cause is for the log.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        Self::new(ErrorCode::InternalError).with_cause(cause)
    }

    /// The same error with another status.
    #[must_use]
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// The same error with a message of its own.
    #[must_use]
    pub(crate) fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same error with facts for programs.
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

    /// The same error for what is over in a moment: with `Retry-After` and a cause for the log.
    #[must_use]
    pub(crate) fn retry_soon(self, cause: &dyn Display) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from_static("1")).with_cause(cause)
    }

    /// The same error with the pool that was asked for, for the audit.
    #[must_use]
    pub(crate) fn about(mut self, pool: PoolId) -> Self {
        self.0.pool = Some(pool);
        self
    }

    /// The same error for clients of GitHub's API, which read GitHub's form.
    #[must_use]
    pub(crate) fn in_github_form(mut self) -> Self {
        self.0.github_form = true;
        self
    }

    /// Its code.
    pub(crate) fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The pool that was asked for, if it was noted.
    pub(crate) fn pool(&self) -> Option<&PoolId> {
        self.0.pool.as_ref()
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The entry for the log: none below 500, where the response itself says what is wrong, unless
    /// there is a cause that it does not say.
    pub(crate) fn log_entry(&self, request_id: &str, method: &str, path: &str) -> Option<Value> {
        (self.0.status.is_server_error() || self.0.cause.is_some()).then(|| {
            json!({
                "level": "error", "request_id": request_id, "method": method, "path": path,
                "status": self.0.status.as_u16(), "code": self.0.code.as_str(), "cause": self.0.cause,
            })
        })
    }

    /// The response.
    pub(crate) fn into_response_with(self, request_id: &str) -> Response {
        if self.0.github_form {
            return self.into_github_response();
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
    /// The response in the form of GitHub's own errors
    /// (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>). The code is
    /// in a header, too, by which clients tell our errors from GitHub's.
    fn into_github_response(self) -> Response {
        let code = self.0.code.as_str();
        // Clients know these by GitHub's words: PyGithub makes its exceptions of them.
        let known = match self.0.code {
            ErrorCode::MissingAuth => Some("Requires authentication"),
            ErrorCode::InvalidAuth => Some("Bad credentials"),
            ErrorCode::FallbackLocal if self.0.status == StatusCode::NOT_FOUND => Some("Not Found"),
            _ => None,
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
                details: self.0.details,
            }],
        };
        let mut response = crate::http::json::response(self.0.status, &body);
        response.headers_mut().extend(self.0.headers);
        response.headers_mut().insert("x-octopool-error", HeaderValue::from_static(code));
        response
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
