//! Typed extractors: what a handler asks for in its signature has been authorised and parsed when it runs.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequest, FromRequestParts, Path, RawPathParams, Request};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use octopool_api_types::{ErrorCode, FieldProblem};
use octopool_core::{AdminTokenName, CallerId, CallerToken, ClientName, IdentityId, PoolId, Violation};
use serde_json::{Map, Value};

use super::strict;
use crate::access;
pub(super) use crate::access::Admin;
use crate::app::App;
use crate::error::ApiError;
use crate::governance::MAX_STATE_BYTES;
use crate::store::audit::{Actor, Author};
use crate::store::tokens::TokenHolder;

/// The largest body of every endpoint but the relay's (contract, section 3).
const MAX_BODY_BYTES: usize = 64 * 1024;
/// The largest body of the relay's.
const MAX_RELAY_BODY_BYTES: usize = 1024 * 1024;

/// The id of the request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self(String::new())))
    }
}

/// Who turned out to have sent the request, for whoever writes down how it ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Sender(Arc<OnceLock<Actor>>);

impl Sender {
    /// Who it was; anybody, if nobody was recognised.
    pub(super) fn actor(&self) -> Actor {
        self.0.get().cloned().unwrap_or(Actor::Anonymous)
    }
}

/// An admin who may do what the path says. Extracted from the head of the request, so it is decided before a byte of the body
/// is read.
///
/// Somebody with a say in one pool only comes through where the path names that pool, so a route that knows nothing of
/// restrictions is closed to whoever has one. Where the pool stands elsewhere the handler asks for a [`ScopedAdmin`].
impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ScopedAdmin(admin) = ScopedAdmin::from_request_parts(parts, app).await?;
        if admin.restriction().is_some() {
            match pool_in_path(parts, app).await {
                Some(pool) => admin.demand(&pool)?,
                None => admin.demand_all_pools()?,
            }
        }
        Ok(admin)
    }
}

/// An admin whose restriction, if there is one, the handler holds itself: the pool stands in the body or the query.
pub(super) struct ScopedAdmin(pub(super) Admin);

impl FromRequestParts<App> for ScopedAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let admin = access::authorize_admin(app, bearer(&parts.headers).as_deref()).await?;
        if let Some(Sender(actor)) = parts.extensions.get() {
            actor.get_or_init(|| admin.actor());
        }
        // For the author of a change, who is extracted later and must not be somebody else.
        parts.extensions.insert(admin.clone());
        Ok(Self(admin))
    }
}

/// The holder of the deployment's own admin token.
pub(super) struct Root;

impl FromRequestParts<App> for Root {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ScopedAdmin(admin) = ScopedAdmin::from_request_parts(parts, app).await?;
        admin.demand_root()?;
        Ok(Self)
    }
}

/// The admin who was let in, as the author of what the request does. Without one nothing is done.
impl FromRequestParts<App> for Author {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Ok(RequestId(request_id)) = RequestId::from_request_parts(parts, app).await;
        let admin = parts.extensions.get::<Admin>();
        let admin = admin.ok_or_else(|| ApiError::internal(&"a change without an admin"))?;
        Ok(Self { actor: admin.actor(), request_id })
    }
}

/// `{pool}` of the path, if it has one that is a pool's name.
async fn pool_in_path(parts: &mut Parts, app: &App) -> Option<PoolId> {
    let parameters = RawPathParams::from_request_parts(parts, app).await.ok()?;
    let pool = parameters.iter().find_map(|(name, value)| (name == "pool").then_some(value))?;
    PoolId::parse(pool).ok()
}

/// The pool in the path, which the request's caller token opens.
#[derive(Debug)]
pub(super) struct OpenedPool(pub(super) PoolId);

impl FromRequestParts<App> for OpenedPool {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(PoolOpener::from_request_parts(parts, app).await?.pool))
    }
}

/// The same, and who opens it.
#[derive(Debug)]
pub(super) struct PoolOpener {
    pub(super) pool: PoolId,
    pub(super) holder: TokenHolder,
}

impl FromRequestParts<App> for PoolOpener {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let bearer = bearer(&parts.headers);
        if bearer.is_none() {
            return Err(ApiError::new(ErrorCode::MissingAuth));
        }
        let PoolPath(pool) = PoolPath::from_request_parts(parts, app).await?;
        let holder = access::authenticate(app, bearer.as_deref(), &pool).await?;
        Ok(Self { pool, holder })
    }
}

/// `{pool}` in the path.
#[derive(Debug)]
pub(super) struct PoolPath(pub(super) PoolId);

impl FromRequestParts<App> for PoolPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(pool) = path::<String>(parts, app).await?;
        Ok(Self(segment("pool", PoolId::parse(&pool))?))
    }
}

/// `{pool}` and `{id}` in the path.
#[derive(Debug)]
pub(super) struct IdentityPath(pub(super) PoolId, pub(super) IdentityId);

impl FromRequestParts<App> for IdentityPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path((pool, id)) = path::<(String, String)>(parts, app).await?;
        Ok(Self(segment("pool", PoolId::parse(&pool))?, segment("id", IdentityId::parse(&id))?))
    }
}

/// `{caller}` in the path.
#[derive(Debug)]
pub(super) struct CallerPath(pub(super) CallerId);

impl FromRequestParts<App> for CallerPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(caller) = path::<String>(parts, app).await?;
        Ok(Self(segment("caller", CallerId::parse(&caller))?))
    }
}

/// `{caller}` and `{pool}` in the path.
#[derive(Debug)]
pub(super) struct GrantPath(pub(super) CallerId, pub(super) PoolId);

impl FromRequestParts<App> for GrantPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path((caller, pool)) = path::<(String, String)>(parts, app).await?;
        Ok(Self(segment("caller", CallerId::parse(&caller))?, segment("pool", PoolId::parse(&pool))?))
    }
}

/// `{caller}` and `{client}` in the path.
#[derive(Debug)]
pub(super) struct ClientPath(pub(super) CallerId, pub(super) ClientName);

impl FromRequestParts<App> for ClientPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path((caller, client)) = path::<(String, String)>(parts, app).await?;
        Ok(Self(segment("caller", CallerId::parse(&caller))?, segment("client", ClientName::parse(&client))?))
    }
}

/// `{token}` in the path.
#[derive(Debug)]
pub(super) struct AdminTokenPath(pub(super) AdminTokenName);

impl FromRequestParts<App> for AdminTokenPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Path(name) = path::<String>(parts, app).await?;
        Ok(Self(segment("token", AdminTokenName::parse(&name))?))
    }
}

/// The segments, percent-decoded once. What is not UTF-8 then names nothing.
async fn path<T: serde::de::DeserializeOwned + Send>(
    parts: &mut Parts,
    app: &App,
) -> Result<Path<T>, ApiError> {
    Path::from_request_parts(parts, app).await.map_err(|_| {
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

/// A caller's token, before it is known what it opens: the pool stands in the body.
pub(super) struct CallerBearer(pub(super) CallerToken);

impl FromRequestParts<App> for CallerBearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let bearer = bearer(&parts.headers);
        let token = bearer.as_deref().and_then(CallerToken::parse);
        token.map(Self).ok_or_else(|| missing_or_invalid(bearer.as_deref()))
    }
}

/// What is said to somebody without a token, or with one that cannot be any of ours.
pub(super) fn missing_or_invalid(bearer: Option<&str>) -> ApiError {
    ApiError::new(if bearer.is_some() { ErrorCode::InvalidAuth } else { ErrorCode::MissingAuth })
}

/// The credential as clients of GitHub send it: as a bearer, or with the scheme `token`
/// (<https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api>).
pub(super) fn github_token(headers: &HeaderMap) -> Option<String> {
    credential(headers, &["bearer", "token"])
}

/// The body of a relayed read as a JSON object of at most 1 MiB (contract, section 3).
pub(super) struct RelayObject(pub(super) Map<String, Value>);

impl<S: Sync> FromRequest<S> for RelayObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let bytes = json_body(request, MAX_RELAY_BODY_BYTES).await?;
        // serde_json stops at 128 levels, so a body of nothing but brackets cannot exhaust the stack.
        crate::json::from_slice(&bytes).map(Self).map_err(|_| ApiError::new(ErrorCode::InvalidJson))
    }
}

/// The body as a JSON object of at most 64 KiB in which no key stands twice.
pub(super) struct JsonObject(pub(super) Map<String, Value>);

impl<S: Sync> FromRequest<S> for JsonObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        strict::object(&json_body(request, MAX_BODY_BYTES).await?).map(Self)
    }
}

/// The same of at most 4 MiB, for a document of the state.
pub(super) struct StateObject(pub(super) Map<String, Value>);

impl<S: Sync> FromRequest<S> for StateObject {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        strict::object(&json_body(request, MAX_STATE_BYTES).await?).map(Self)
    }
}

/// No body, or a JSON object of at most 64 KiB: for routes whose path says all that there has to be said.
pub(super) struct OptionalObject(pub(super) Map<String, Value>);

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

/// The bytes of a body that says it is JSON.
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
        // The client went away in the middle.
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

/// The bearer of the `Authorization` header (RFC 6750, 2.1); the scheme's case does not count. What is not ASCII is a bearer
/// too, only never the right one.
pub(super) fn bearer(headers: &HeaderMap) -> Option<String> {
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
