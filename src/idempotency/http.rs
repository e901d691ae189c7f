//! `Idempotency-Key`: a repeated request takes effect once and gets the same answer.

use axum::extract::FromRequestParts;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::IdempotencyKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::{Attempt, ClaimError, Execution};
use crate::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{RequestId, bearer};
use crate::http::query;
use crate::idempotency;
use http::header;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: [(HeaderName, HeaderValue); 1] =
    [(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"))];

/// The header of a repeated answer.
pub(crate) type Replayed = Option<[(HeaderName, HeaderValue); 1]>;

/// The request's key, if it has one.
pub(crate) struct Idempotency {
    key: Option<IdempotencyKey>,
    route: String,
    bearer: Option<SecretString>,
    request_id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(RequestId(request_id)) = RequestId::from_request_parts(parts, state).await;
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => Some(
                IdempotencyKey::parse(value.as_bytes())
                    .map_err(|violation| refused(&violation.to_string()))?,
            ),
            (Some(_), Some(_)) => return Err(refused("must be given once")),
        };
        // A dry run changes nothing, so it can be repeated anyway; keeping its answer would be a
        // write.
        let key = key.filter(|_| !query::is_dry_run(parts));
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let route = format!("{} {target}", parts.method);
        Ok(Self { key, route, bearer: bearer(&parts.headers).map(SecretString::from), request_id })
    }
}

fn refused(problem: &str) -> ApiError {
    let problem = FieldProblem { field: IDEMPOTENCY_KEY.to_string(), problem: problem.to_owned() };
    ApiError::invalid(ErrorCode::InvalidRequest, &[problem])
}

impl Idempotency {
    /// The attempt, bound to the bearer token of the request.
    pub(crate) fn attempt(&self, body: &Map<String, Value>) -> Option<Attempt> {
        self.attempt_by(self.bearer.as_ref()?, body)
    }

    /// The attempt, bound to another credential.
    pub(crate) fn attempt_by(&self, credential: &SecretString, body: &Map<String, Value>) -> Option<Attempt> {
        let bound = self.key.as_ref()?.bind(credential.expose_secret(), &self.route);
        // Bodies with equal JSON count as equal.
        let body = serde_json::to_string(body).unwrap_or_default();
        Some(Attempt::new(bound, &body, &self.request_id))
    }
}

/// Executes a request once, or repeats its answer. `run` is called a second time only if the first
/// call failed and its batch was committed all the same, because its response was lost.
pub(crate) async fn run_once<'a, T>(
    app: &App,
    attempt: Option<Attempt>,
    run: impl Fn(Execution) -> BoxFuture<'a, Result<T, ApiError>>,
) -> Result<(Replayed, T), ApiError> {
    let Some(attempt) = attempt else { return Ok((None, run(Execution::WithoutKey).await?)) };
    let claimed = idempotency::claim(app, &attempt).await?;
    if claimed.is_repeated() {
        return Ok((Some(REPLAYED), run(claimed).await?));
    }
    let error = match run(claimed).await {
        Ok(answer) => return Ok((None, answer)),
        Err(error) => error,
    };
    match idempotency::release(app, &attempt).await {
        Ok(Some(done)) => Ok((Some(REPLAYED), run(done).await?)),
        Err(idempotency::ClaimError::InProgress) => Err(idempotency::ClaimError::InProgress.into()),
        // If the claim could not be released, its lease ends.
        Ok(None) | Err(_) => Err(error),
    }
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Reused => Self::new(ErrorCode::IdempotencyKeyReused),
            ClaimError::InProgress => Self::new(ErrorCode::IdempotencyInProgress)
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            ClaimError::Database(error) => error.into(),
        }
    }
}
