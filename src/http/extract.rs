//! Typed extractors: what is in a handler's signature is authorized and parsed before the handler
//! runs.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::{AdminTokenName, CallerId, CallerToken, ClientName, IdentityId, PoolId, Violation};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::strict;
use octopool_core::Actor;

/// The largest body of every endpoint but the relay (contract, section 3).
const MAX_BODY_BYTES: usize = 64 * 1024;
/// The largest body of a request to the relay.
const MAX_RELAY_BODY_BYTES: usize = 1024 * 1024;

/// The id of the request.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self(String::new())))
    }
}

/// The authenticated principal, for the audit log. The authentication sets it; the layer around the
/// route reads it after the response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authenticated(Arc<OnceLock<Actor>>);

impl Authenticated {
    /// Sets the principal, unless it is already set.
    pub(crate) fn identify(&self, actor: Actor) {
        self.0.get_or_init(|| actor);
    }

    /// The principal; anonymous if the request was not authenticated.
    pub(crate) fn actor(&self) -> Actor {
        self.0.get().cloned().unwrap_or(Actor::Anonymous)
    }
}

/// `{pool}` in the path.
#[derive(Debug)]
pub(crate) struct PoolPath(pub(crate) PoolId);

impl<S: Send + Sync> FromRequestParts<S> for PoolPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(pool) = path::<String, S>(parts, state).await?;
        Ok(Self(segment("pool", PoolId::parse(&pool))?))
    }
}

/// `{pool}` and `{id}` in the path.
#[derive(Debug)]
pub(crate) struct IdentityPath(pub(crate) PoolId, pub(crate) IdentityId);

impl<S: Send + Sync> FromRequestParts<S> for IdentityPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((pool, id)) = path::<(String, String), S>(parts, state).await?;
        Ok(Self(segment("pool", PoolId::parse(&pool))?, segment("id", IdentityId::parse(&id))?))
    }
}

/// `{caller}` in the path.
#[derive(Debug)]
pub(crate) struct CallerPath(pub(crate) CallerId);

impl<S: Send + Sync> FromRequestParts<S> for CallerPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(caller) = path::<String, S>(parts, state).await?;
        Ok(Self(segment("caller", CallerId::parse(&caller))?))
    }
}

/// `{caller}` and `{pool}` in the path.
#[derive(Debug)]
pub(crate) struct GrantPath(pub(crate) CallerId, pub(crate) PoolId);

impl<S: Send + Sync> FromRequestParts<S> for GrantPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((caller, pool)) = path::<(String, String), S>(parts, state).await?;
        Ok(Self(segment("caller", CallerId::parse(&caller))?, segment("pool", PoolId::parse(&pool))?))
    }
}

/// `{caller}` and `{client}` in the path.
#[derive(Debug)]
pub(crate) struct ClientPath(pub(crate) CallerId, pub(crate) ClientName);

impl<S: Send + Sync> FromRequestParts<S> for ClientPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((caller, client)) = path::<(String, String), S>(parts, state).await?;
        Ok(Self(segment("caller", CallerId::parse(&caller))?, segment("client", ClientName::parse(&client))?))
    }
}

/// `{token}` in the path.
#[derive(Debug)]
pub(crate) struct AdminTokenPath(pub(crate) AdminTokenName);

impl<S: Send + Sync> FromRequestParts<S> for AdminTokenPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(name) = path::<String, S>(parts, state).await?;
        Ok(Self(segment("token", AdminTokenName::parse(&name))?))
    }
}

/// The segments, percent-decoded once. A segment that is not UTF-8 names nothing.
async fn path<T: serde::de::DeserializeOwned + Send, S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Path<T>, ApiError> {
    Path::from_request_parts(parts, state).await.map_err(|_| {
        let problem =
            FieldProblem { field: "path".to_owned(), problem: "must be percent-encoded UTF-8".to_owned() };
        ApiError::invalid(ErrorCode::InvalidRequest, &[problem])
    })
}

fn segment<T>(name: &str, parsed: Result<T, Violation>) -> Result<T, ApiError> {
    parsed.map_err(|violation| {
        let problem = FieldProblem { field: name.to_owned(), problem: violation.to_string() };
        ApiError::invalid(ErrorCode::InvalidRequest, &[problem])
    })
}

/// A caller token for a pool that is named in the body, so it is not authenticated yet.
pub(crate) struct CallerBearer(pub(crate) CallerToken);

impl<S: Send + Sync> FromRequestParts<S> for CallerBearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let bearer = bearer(&parts.headers);
        let token = bearer.as_deref().and_then(CallerToken::parse);
        token.map(Self).ok_or_else(|| missing_or_invalid(bearer.as_deref()))
    }
}

/// The same for clients of GitHub's API, which may also send it with the scheme `token`.
pub(crate) struct GithubBearer(pub(crate) CallerToken);

impl<S: Send + Sync> FromRequestParts<S> for GithubBearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let bearer = github_token(&parts.headers);
        let token = bearer.as_deref().and_then(CallerToken::parse);
        token.map(Self).ok_or_else(|| missing_or_invalid(bearer.as_deref()))
    }
}

/// The error for a missing token, or one that does not have the form of a caller token.
pub(crate) fn missing_or_invalid(bearer: Option<&str>) -> ApiError {
    ApiError::new(if bearer.is_some() { ErrorCode::InvalidAuth } else { ErrorCode::MissingAuth })
}

/// The credential as clients of GitHub send it: with the scheme `Bearer` or `token`
/// (<https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api>).
pub(crate) fn github_token(headers: &HeaderMap) -> Option<String> {
    credential(headers, &["bearer", "token"])
}

/// The body of a GraphQL request: a JSON object of at most 1 MiB, whatever it is declared as, as at
/// GitHub, whose own example is a plain `curl -d`
/// (<https://docs.github.com/en/graphql/guides/forming-calls-with-graphql>).
pub(crate) struct GraphqlObject(pub(crate) Map<String, Value>);

impl<S: Sync> FromRequest<S> for GraphqlObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        relay_object(&limited_body(request, MAX_RELAY_BODY_BYTES).await?).map(Self)
    }
}

/// The body of a relayed read: a JSON object of at most 1 MiB (contract, section 3).
pub(crate) struct RelayObject(pub(crate) Map<String, Value>);

impl<S: Sync> FromRequest<S> for RelayObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        relay_object(&json_body(request, MAX_RELAY_BODY_BYTES).await?).map(Self)
    }
}

fn relay_object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    // serde_json limits the depth to 128 levels, so nested brackets cannot exhaust the stack.
    crate::json::from_slice(bytes).map_err(|_| ApiError::new(ErrorCode::InvalidJson))
}

/// The body: a JSON object of at most 64 KiB without repeated keys.
pub(crate) struct JsonObject(pub(crate) Map<String, Value>);

impl<S: Sync> FromRequest<S> for JsonObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        strict_object(request, MAX_BODY_BYTES).await.map(Self)
    }
}

/// The body: a JSON object of at most `max` bytes without repeated keys.
pub(crate) async fn strict_object(request: Request, max: usize) -> Result<Map<String, Value>, ApiError> {
    strict::object(&json_body(request, max).await?)
}

/// No body, or a JSON object of at most 64 KiB: for routes that need no body.
pub(crate) struct OptionalObject(pub(crate) Map<String, Value>);

impl<S: Sync> FromRequest<S> for OptionalObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        match limited_body(request, MAX_BODY_BYTES).await {
            Ok(bytes) if bytes.is_empty() => Ok(Self(Map::new())),
            _ if !is_json => Err(ApiError::new(ErrorCode::UnsupportedMediaType)),
            Ok(bytes) => strict::object(&bytes).map(Self),
            Err(error) => Err(error),
        }
    }
}

/// The bytes of a body that is declared as JSON.
async fn json_body(request: Request, max: usize) -> Result<Bytes, ApiError> {
    if !is_json(request.headers()) {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType));
    }
    limited_body(request, max).await
}

async fn limited_body(request: Request, max: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("The body is larger than {} KiB.", max / 1024);
        ApiError::new(ErrorCode::PayloadTooLarge).with_message(message)
    };
    if content_length(request.headers()).is_some_and(|length| length > max as u64) {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        // The client closed the connection.
        Err(_) => Err(ApiError::new(ErrorCode::InvalidJson)),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The token of the `Authorization` header (RFC 6750, 2.1). The scheme is case-insensitive. A value
/// that is not ASCII counts as a token, which never matches.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    credential(headers, &["bearer"])
}

fn credential(headers: &HeaderMap, schemes: &[&str]) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(header::AUTHORIZATION)?.as_bytes());
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known)) && !token.is_empty())
        .then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{bearer, is_json};

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn bearers() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Bearer ", None),
            ("Bearer", None),
            ("Basic abc", None),
            ("abc", None),
        ] {
            assert_eq!(bearer(&headers(header::AUTHORIZATION, value)).as_deref(), token, "{value:?}");
        }
        let latin = HeaderValue::from_bytes(b"Bearer t\xf6k").unwrap();
        assert_eq!(
            bearer(&HeaderMap::from_iter([(header::AUTHORIZATION, latin)])).as_deref(),
            Some("t\u{fffd}k")
        );
    }

    #[test]
    fn json_content_types() {
        for (value, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/json", false),
            ("application/jsonp", false),
            ("application/problem+json", false),
            ("", false),
        ] {
            assert_eq!(is_json(&headers(header::CONTENT_TYPE, value)), json, "{value:?}");
        }
    }
}
