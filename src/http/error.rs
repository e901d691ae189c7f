//! The one error of the API. A handler returns it, `http::edge` writes it: only there does a request have
//! an id to put beside the code.

use std::borrow::Cow;
use std::fmt::Display;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use octopool_api_types::{ErrorBody, ErrorCode, ErrorEnvelope, FieldProblem, GithubError, GithubErrorItem};
use octopool_core::PoolId;
use serde_json::{Value, json};

use crate::config::ConfigError;
use crate::ports::{CoordinatorError, DatabaseError};

/// An answer that is not what was asked for.
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
    /// For the audit only: the pool that somebody wanted.
    pool: Option<PoolId>,
    /// Whether the body has the form of GitHub's own errors.
    github_form: bool,
}

impl ApiError {
    /// The error of this code with its usual status and message.
    pub(crate) fn new(code: ErrorCode) -> Self {
        let (status, message) = facts(code);
        let mut headers = HeaderMap::new();
        if status == StatusCode::UNAUTHORIZED && code != ErrorCode::GithubAuthFailed {
            // RFC 9110, 11.6.1: a 401 names a scheme that would do.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"octopool\""));
        }
        Self(Box::new(Parts {
            code,
            status,
            message: Cow::Borrowed(message),
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

    /// The same error for what passes by itself: with `Retry-After` and a cause for the log.
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

    /// What the log holds of it: nothing below 500, where the answer itself says what is wrong, unless there is a cause that it does not say.
    pub(crate) fn log_entry(&self, request_id: &str, method: &str, path: &str) -> Option<Value> {
        (self.0.status.is_server_error() || self.0.cause.is_some()).then(|| {
            json!({
                "level": "error", "request_id": request_id, "method": method, "path": path,
                "status": self.0.status.as_u16(), "code": self.0.code.as_str(), "cause": self.0.cause,
            })
        })
    }

    /// The answer.
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
    /// `{message, documentation_url, errors}` (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>). The code stands in a
    /// header, too, by which our errors are told from GitHub's.
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
    /// An empty answer that carries the error to `http::edge`.
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

/// The usual status and message of each code. What to do is part of the message.
#[expect(clippy::too_many_lines, reason = "one table, which is read as one")]
pub fn facts(code: ErrorCode) -> (StatusCode, &'static str) {
    use ErrorCode as Code;
    match code {
        Code::NotFound => {
            (StatusCode::NOT_FOUND, "There is nothing at this path. The API is described in the README.")
        }
        Code::MethodNotAllowed => (
            StatusCode::METHOD_NOT_ALLOWED,
            "This path does not take this method. The Allow header lists those it takes.",
        ),
        Code::UnsupportedMediaType => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the body as JSON with the header `content-type: application/json`.",
        ),
        Code::InvalidJson => (StatusCode::BAD_REQUEST, "The body is not a JSON object in UTF-8."),
        Code::InvalidRequest => (StatusCode::BAD_REQUEST, "The request breaks these rules:"),
        Code::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 64 KiB."),
        Code::ClientNameInvalid => (StatusCode::BAD_REQUEST, "The client name cannot be used:"),
        Code::InvalidWindow => (StatusCode::BAD_REQUEST, "The time cannot be counted:"),
        Code::IdentityKindUnsupported => (StatusCode::BAD_REQUEST, "The kind of identity is not supported:"),
        Code::InstallationIdRequired => {
            (StatusCode::BAD_REQUEST, "A GitHub App identity needs its installation:")
        }
        Code::SecretRefReserved => (StatusCode::BAD_REQUEST, "The Worker uses this name itself:"),
        Code::MissingAuth => {
            (StatusCode::UNAUTHORIZED, "Send a token with the header `Authorization: Bearer …`.")
        }
        Code::InvalidAdminAuth => (
            StatusCode::UNAUTHORIZED,
            "This is no admin token of this deployment, or it has expired or was revoked.",
        ),
        Code::InvalidAuth => (
            StatusCode::UNAUTHORIZED,
            "This token does not open this pool. Log in again, or ask an admin for a grant.",
        ),
        Code::GithubAuthFailed => (
            StatusCode::UNAUTHORIZED,
            "GitHub did not accept the token. Refresh it with `gh auth login` and try again.",
        ),
        Code::OrgDenied => {
            (StatusCode::FORBIDDEN, "This caller belongs to another GitHub organization. Log in again.")
        }
        Code::OrgMemberDenied => (
            StatusCode::FORBIDDEN,
            "GitHub does not show this account as an active member of the organization. Accept the invitation, use a token with the scope read:org, or log in again if the account was renamed.",
        ),
        Code::GithubIdentityMismatch => (
            StatusCode::FORBIDDEN,
            "Another GitHub account has this login now. Log in again with the account that was provisioned.",
        ),
        Code::CallerNotProvisioned => (
            StatusCode::FORBIDDEN,
            "This account has no grant for this pool. Ask an admin to run `octopool admin caller`.",
        ),
        Code::CallerDisabled => (StatusCode::FORBIDDEN, "This caller was disabled by an admin."),
        Code::PoolDenied => (
            StatusCode::FORBIDDEN,
            "A login enrolls into the default login pool only. Ask an admin for other pools.",
        ),
        Code::RootRequired => (
            StatusCode::FORBIDDEN,
            "Only the deployment's own admin token may do this, the value of its secret OCTOPOOL_ADMIN_TOKEN.",
        ),
        Code::AdminTokenNotFound => (StatusCode::NOT_FOUND, "There is no admin token of this name."),
        Code::AdminTokenExists => (
            StatusCode::CONFLICT,
            "There is an admin token of this name. Choose another, or revoke that one first.",
        ),
        Code::CallerNotFound => (StatusCode::NOT_FOUND, "There is no caller of this id."),
        Code::GrantNotFound => (StatusCode::NOT_FOUND, "This caller has no grant for this pool."),
        Code::ClientNotFound => (StatusCode::NOT_FOUND, "This caller has no client of this name."),
        Code::PoolNotFound => (StatusCode::NOT_FOUND, "There is no pool of this name."),
        Code::PoolNotEmpty => (
            StatusCode::CONFLICT,
            "This pool still has callers or identities. Delete its identities and revoke its grants first.",
        ),
        Code::PreconditionFailed => (
            StatusCode::PRECONDITION_FAILED,
            "This has changed since it was read. Read it again, and repeat the change with the new ETag.",
        ),
        Code::AuditNotWhole => (
            StatusCode::CONFLICT,
            "The audit is not as it was written, and a cut would hide it. `octopool admin audit verify` shows where.",
        ),
        Code::IdempotencyKeyReused => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for a request with another body. Use a new key for a new request.",
        ),
        Code::IdempotencyInProgress => (
            StatusCode::CONFLICT,
            "The same request is being made. Send it again after the seconds in Retry-After, with the same key.",
        ),
        Code::StateChanged => (
            StatusCode::CONFLICT,
            "The state has changed since it was planned on, and nothing was written. Plan again, and apply that plan.",
        ),
        Code::WriteConflict => (
            StatusCode::CONFLICT,
            "Others change this at the same time, and nothing was written. Send it again after the seconds in Retry-After.",
        ),
        Code::IdentityNotFound => (StatusCode::NOT_FOUND, "This pool has no identity of this id."),
        Code::IdentityConflict => (
            StatusCode::CONFLICT,
            "This identity id belongs to another pool or is of another kind. Choose another id.",
        ),
        Code::IdentityUnverified => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The identity does not work yet, and nothing was registered. The details name what is wrong and the commands that mend it.",
        ),
        Code::GithubUserNotFound => {
            (StatusCode::UNPROCESSABLE_ENTITY, "GitHub knows no account of this login. Check the spelling.")
        }
        Code::GithubUserLookupFailed => (
            StatusCode::BAD_GATEWAY,
            "The account could not be read from GitHub. Try again; if it persists, check the org token.",
        ),
        Code::OrgVerificationFailed => (
            StatusCode::BAD_GATEWAY,
            "The membership could not be read from GitHub. Try again; if it persists, check the org token.",
        ),
        Code::FallbackLocal => {
            (StatusCode::FAILED_DEPENDENCY, "Run this request with local GitHub credentials")
        }
        Code::MethodDenied => {
            (StatusCode::FORBIDDEN, "The relay takes `GET` only. Use your own credentials to write.")
        }
        Code::InvalidPath => (StatusCode::BAD_REQUEST, "The path cannot be relayed:"),
        Code::InvalidQuery => (StatusCode::BAD_REQUEST, "The query cannot be relayed:"),
        Code::PoolPolicyUnavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The policy of this pool cannot be read. An admin mends it with `octopool admin pools set-policy`.",
        ),
        Code::GithubUnreachable => {
            (StatusCode::BAD_GATEWAY, "GitHub could not be reached or did not answer completely. Try again.")
        }
        Code::GithubResponseInvalid => (
            StatusCode::BAD_GATEWAY,
            "GitHub's answer is not what its documentation says. Try again; if it persists, look at https://www.githubstatus.com.",
        ),
        Code::GithubRedirectDenied => (
            StatusCode::BAD_GATEWAY,
            "GitHub answered with a redirect, which is not followed. If the repository was renamed, use its new name.",
        ),
        Code::IdentitySecretMissing => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The secret of an identity is missing. An admin finds which one with `octopool admin identities verify`.",
        ),
        Code::GithubAppIdMissing => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The deployment has no usable GitHub App id. An operator finds out more with `octopool admin identities verify`.",
        ),
        Code::GithubAppKeyFormat => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The private key of the GitHub App cannot be used. An admin finds the fault with `octopool admin identities verify`.",
        ),
        Code::GithubAppInstallationMissing => (
            StatusCode::SERVICE_UNAVAILABLE,
            "An identity names no installation that the App has. An admin finds which one with `octopool admin identities verify`.",
        ),
        Code::GithubAppTokenFailed => (
            StatusCode::BAD_GATEWAY,
            "GitHub did not issue an installation token. Check the App id, its key and the installation.",
        ),
        Code::OrgVerificationUnavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The deployment cannot verify memberships. An operator sets its org token with `npx wrangler secret put OCTOPOOL_GITHUB_ORG_TOKEN`.",
        ),
        Code::AdminUnconfigured => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The deployment has no admin token. An operator sets it with `npx wrangler secret put OCTOPOOL_ADMIN_TOKEN`.",
        ),
        Code::AuditKeyUnconfigured => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The deployment has no key for the audit's cuts. An operator sets it with `npx wrangler secret put OCTOPOOL_AUDIT_KEY`; a lost one cannot be replaced for the cuts that it signed.",
        ),
        Code::ConfigurationInvalid => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The deployment's configuration is invalid. An operator mends the settings named in details.",
        ),
        Code::RelayOverloaded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "octopool is overloaded. Try again after the seconds in Retry-After.",
        ),
        Code::InternalError => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong inside octopool. The operator finds the cause in the log by the request id.",
        ),
    }
}

impl From<CoordinatorError> for ApiError {
    fn from(error: CoordinatorError) -> Self {
        Self::new(ErrorCode::RelayOverloaded).retry_soon(&error)
    }
}
