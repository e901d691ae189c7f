//! GitHub's REST API: one method per operation that octopool uses. What GitHub writes is read into
//! small checked types here and goes no further: no upstream text reaches an answer or the log.

mod account;
pub(crate) mod app_jwt;
mod installation;
mod membership;
pub(crate) mod probe;
pub(crate) mod rate_limit;
mod reach;
mod relay;

use std::time::Duration;

pub(crate) use account::Account;
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
pub(crate) use installation::{
    InstallationToken, NewToken, NotMinted, Permissions, TokenBounds, Unprocessable,
};
pub(crate) use membership::{Membership, MembershipState};
use octopool_core::Forbidden;
use octopool_core::relay::RefusalBody;
use rate_limit::RateLimitHeaders;
pub(crate) use reach::{Place, Reach};
pub(crate) use relay::{Checked, Read, Visibility};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::ports::{Http, HttpError, HttpLimits};

/// The largest answer that is read of an account, a membership or a token; real ones have a few
/// KiB.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The version of the API that octopool speaks
/// (<https://docs.github.com/en/rest/about-the-rest-api/api-versions>).
pub(crate) const API_VERSION: &str = "2022-11-28";

/// GitHub refuses requests without one.
const USER_AGENT: &str = concat!("octopool/", env!("CARGO_PKG_VERSION"));

/// GitHub's API at one address.
pub struct Github<'a> {
    http: &'a dyn Http,
    base: &'a str,
    limits: HttpLimits,
}

/// Why there is no result.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GithubError {
    /// There was no complete answer.
    #[error("GitHub could not be reached: {0}")]
    Unreachable(#[from] HttpError),
    /// GitHub answered with a status that is not a result of the operation.
    #[error("GitHub answered {status}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// What GitHub said of its limits.
        limits: RateLimitHeaders,
        /// Why, for a 403 that is not about a limit.
        forbidden: Option<Forbidden>,
    },
    /// The answer has not the form that GitHub documents: HTML, cut off, of other types, a
    /// redirect. A refusal without a JSON object is one, too: it is of a proxy, or of a server that
    /// is not GitHub's API.
    #[error("GitHub's answer to {operation} is not what its documentation says")]
    Malformed {
        /// The operation, in GitHub's own notation.
        operation: &'static str,
    },
    /// A credential cannot stand in a header.
    #[error("the credential contains characters that no token has")]
    UnusableCredential,
}

impl GithubError {
    /// Whether GitHub looked at the request and said no, as opposed to being unable to answer.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.is_client_error())
            || matches!(self, Self::UnusableCredential)
    }

    /// The status that GitHub refused with.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unreachable(_) | Self::Malformed { .. } | Self::UnusableCredential => None,
        }
    }

    /// What GitHub said of its limits.
    pub fn limits(&self) -> Option<&RateLimitHeaders> {
        match self {
            Self::Refused { limits, .. } => Some(limits),
            _ => None,
        }
    }

    /// The same for `GET /user`, which GitHub's API has for everybody: what finds nothing there is
    /// no API of GitHub's.
    fn of_the_own_account(self, operation: &'static str) -> Self {
        if self.status() == Some(StatusCode::NOT_FOUND) { Self::Malformed { operation } } else { self }
    }

    /// Why GitHub refused the credential, for a 403 that is not about a limit.
    pub fn forbidden(&self) -> Option<Forbidden> {
        match self {
            Self::Refused { forbidden, .. } => *forbidden,
            Self::Unreachable(_) | Self::Malformed { .. } | Self::UnusableCredential => None,
        }
    }
}

/// One operation on its way.
struct Call<'a> {
    operation: &'static str,
    method: Method,
    path: &'a str,
    token: &'a SecretString,
    /// JSON; empty for none.
    body: Vec<u8>,
}

impl<'a> Call<'a> {
    fn new(operation: &'static str, method: Method, path: &'a str, token: &'a SecretString) -> Self {
        Self { operation, method, path, token, body: Vec::new() }
    }
}

impl<'a> Github<'a> {
    /// GitHub at `base`, each request with its own timeout.
    pub fn new(http: &'a dyn Http, base: &'a str, timeout: Duration) -> Self {
        Self { http, base, limits: HttpLimits { timeout, max_body_bytes: MAX_BODY_BYTES } }
    }

    /// Sends the call and answers its status and body; a redirect is malformed, because none of
    /// these operations has one, and following it would carry the token elsewhere.
    async fn send(&self, call: &Call<'_>) -> Result<http::Response<Bytes>, GithubError> {
        let response = self.exchange(call).await?;
        if response.status().is_redirection() {
            return Err(GithubError::Malformed { operation: call.operation });
        }
        Ok(response)
    }

    /// Sends the call and answers whatever comes back.
    async fn exchange(&self, call: &Call<'_>) -> Result<http::Response<Bytes>, GithubError> {
        self.exchange_at(&format!("{}{}", self.base, call.path), call).await
    }

    /// The same at an address that is not below the REST base.
    async fn exchange_at(&self, url: &str, call: &Call<'_>) -> Result<http::Response<Bytes>, GithubError> {
        let bearer = bearer(call.token)?;
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(url)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::USER_AGENT, USER_AGENT)
            .header("x-github-api-version", API_VERSION)
            .header(header::AUTHORIZATION, bearer);
        if !call.body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(Bytes::from(call.body.clone()))
            .map_err(|_| GithubError::Malformed { operation: call.operation })?;
        Ok(self.http.send(request, self.limits).await?)
    }

    /// Sends the call and reads the JSON of an answer with the expected status.
    async fn read<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        expected: StatusCode,
    ) -> Result<T, GithubError> {
        parsed(&self.send(&call).await?, call.operation, expected)
    }
}

/// The JSON of an answer with the expected status.
fn parsed<T: DeserializeOwned>(
    response: &http::Response<Bytes>,
    operation: &'static str,
    expected: StatusCode,
) -> Result<T, GithubError> {
    if response.status() != expected {
        return Err(refused(response, operation));
    }
    crate::json::from_slice(response.body()).map_err(|_| GithubError::Malformed { operation })
}

/// A refusal of GitHub. Its API sends a JSON object with each.
fn refused(response: &http::Response<Bytes>, operation: &'static str) -> GithubError {
    let (status, headers) = (response.status(), response.headers());
    let body = object(response);
    if status.is_client_error() && body.is_none() {
        return GithubError::Malformed { operation };
    }
    let is_limit = match RefusalBody::read(response.body()) {
        RefusalBody::PrimaryLimit | RefusalBody::SecondaryLimit => true,
        RefusalBody::Object | RefusalBody::Other => status == StatusCode::TOO_MANY_REQUESTS,
    };
    let limits = RateLimitHeaders::read(headers).reached(is_limit);
    let message = body.as_ref().and_then(|body| body.get("message")?.as_str()).unwrap_or_default();
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let is_forbidden = status == StatusCode::FORBIDDEN && !limits.is_exhausted();
    let forbidden = is_forbidden.then(|| Forbidden::read(header, message));
    GithubError::Refused { status, limits, forbidden }
}

/// The JSON object of a response, if it is one.
fn object(response: &http::Response<Bytes>) -> Option<Map<String, Value>> {
    crate::json::from_slice(response.body()).ok()
}

/// A credential as a header that no log shows.
fn bearer(token: &SecretString) -> Result<HeaderValue, GithubError> {
    let token = token.expose_secret();
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(GithubError::UnusableCredential);
    }
    let mut bearer =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| GithubError::UnusableCredential)?;
    bearer.set_sensitive(true);
    Ok(bearer)
}
