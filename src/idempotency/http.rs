//! `Idempotency-Key`: the same request again gets the same answer, and nothing happens twice.

use axum::extract::FromRequestParts;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::IdempotencyKey;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use super::{Attempt, ClaimError, Once};
use crate::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{RequestId, bearer};
use crate::http::query;
use crate::idempotency;
use http::header;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: [(HeaderName, HeaderValue); 1] =
    [(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"))];

/// The header that says of an answer that it was given before.
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
        // A dry run changes nothing, so it may happen as often as it is asked for; keeping its answer would be writing.
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
    /// The request as its bearer may send it again.
    pub(crate) fn attempt(&self, body: &Map<String, Value>) -> Option<Attempt> {
        self.attempt_by(self.bearer.as_ref()?, body)
    }

    /// The request as the holder of another credential may send it again.
    pub(crate) fn attempt_by(&self, credential: &SecretString, body: &Map<String, Value>) -> Option<Attempt> {
        let bound = self.key.as_ref()?.bind(credential.expose_secret(), &self.route);
        // Bodies that read the same are the same.
        let body = serde_json::to_string(body).unwrap_or_default();
        Some(Attempt::new(bound, &body, &self.request_id))
    }
}

/// Does something once, or answers it again. It is called a second time only if the first time failed and turns out to have
/// happened all the same: a batch may count although its answer was lost.
pub(crate) async fn once<'a, T>(
    app: &App,
    attempt: Option<Attempt>,
    run: impl Fn(Once) -> BoxFuture<'a, Result<T, ApiError>>,
) -> Result<(Replayed, T), ApiError> {
    let Some(attempt) = attempt else { return Ok((None, run(Once::Unkeyed).await?)) };
    let claimed = idempotency::claim(app, &attempt).await?;
    if claimed.is_done() {
        return Ok((Some(REPLAYED), run(claimed).await?));
    }
    let error = match run(claimed).await {
        Ok(answer) => return Ok((None, answer)),
        Err(error) => error,
    };
    match idempotency::release(app, &attempt).await {
        Ok(Some(done)) => Ok((Some(REPLAYED), run(done).await?)),
        Err(idempotency::ClaimError::InProgress) => Err(idempotency::ClaimError::InProgress.into()),
        // If the claim could not be given back, its lease will end.
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
