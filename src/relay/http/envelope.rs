//! `POST /v1/github/request`.

use std::borrow::Cow;

use axum::Extension;
use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use octopool_api_types::{BodyEncoding, ErrorCode, Relay, RelayIdentity};
use octopool_core::PoolId;
use octopool_core::relay::CommitSha;
use serde::Serialize;
use serde_json::{Map, Value};

use super::base::Base;
use super::conditional::is_not_modified;
use crate::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{CallerBearer, RelayObject, RequestId};
use crate::http::fields::Fields;
use crate::relay::{Head, Question, Relayed, read};

/// Headers of the envelope that count; others are ignored.
const HEADERS: [&str; 5] =
    ["accept", "x-github-api-version", "if-none-match", "if-modified-since", "cache-control"];

/// Reads GitHub through a pool and wraps whatever it answered.
pub(crate) async fn request_github(
    CallerBearer(token): CallerBearer,
    Extension(app): Extension<App>,
    RequestId(request_id): RequestId,
    base: Base,
    RelayObject(body): RelayObject,
) -> Result<Response, ApiError> {
    let mut fields = Fields::new(body);
    let method = fields.required_text("method", |text| Ok(text.to_ascii_uppercase()));
    if method.as_deref().is_some_and(|method| method != "GET") {
        return Err(ApiError::new(ErrorCode::MethodDenied));
    }
    let pool = fields.required_text("pool", PoolId::parse);
    let path = match fields.take("path") {
        // Also an empty one, whose rule has a code of its own.
        Some(Value::String(text)) => super::path(&mut fields, &text),
        Some(_) => {
            fields.problem("path", "must be a string");
            None
        }
        None => {
            fields.problem("path", "is required");
            None
        }
    };
    let query = match fields.take("query") {
        None => super::query(&mut fields, Vec::new()),
        Some(value) => pairs(&mut fields, value).and_then(|pairs| super::query(&mut fields, pairs)),
    };
    let headers = headers(&mut fields);
    let pr_head = pr_head(&mut fields);
    let (accept, api_version) =
        (super::passed(&headers, "accept"), super::api_version(&mut fields, &headers));
    let question = pool.zip(path).zip(query).map(|((pool, path), query)| Question {
        pool,
        path,
        query,
        accept,
        api_version,
        max_age: super::max_age(&headers),
        pr_head,
    });
    let question = fields.finish(question)?;
    let pool = question.pool.clone();
    let served = read(&app, &token, question).await;
    let relayed = served.result?;
    let github = &app.config.github_api_url;
    let head = &relayed.answer.head;
    let location = head.header("location").map(|address| base.location(github, head.status, address));
    Ok(envelope(&relayed, served.route_kind, &pool, request_id, &headers, location.as_deref()))
}

/// The parameters, where numbers and booleans stand for their text and an array for a key that
/// stands several times.
fn pairs(fields: &mut Fields, value: Value) -> Option<Vec<(String, String)>> {
    let Value::Object(object) = value else {
        fields.refuse(ErrorCode::InvalidQuery, "query", "must be an object");
        return None;
    };
    let mut pairs = Vec::new();
    for (key, value) in object {
        let values = match value {
            Value::Array(values) => values,
            Value::Null => continue,
            other => vec![other],
        };
        for value in values {
            match value {
                Value::String(text) => pairs.push((key.clone(), text)),
                Value::Number(number) => pairs.push((key.clone(), number.to_string())),
                Value::Bool(flag) => pairs.push((key.clone(), flag.to_string())),
                _ => {
                    fields.refuse(
                        ErrorCode::InvalidQuery,
                        "query",
                        "values must be text, numbers or booleans",
                    );
                    return None;
                }
            }
        }
    }
    Some(pairs)
}

/// The head that the client knows of a pull request. Everything else in the hint is ignored, and so
/// is a malformed head: a hint of an old or future client must not become a refusal.
fn pr_head(fields: &mut Fields) -> Option<CommitSha> {
    CommitSha::parse(fields.take("route_hint")?.get("pr_head_sha")?.as_str()?)
}

/// The headers that count. What cannot stand in a header is refused; what is not on the list is
/// dropped.
fn headers(fields: &mut Fields) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let object = match fields.take("headers") {
        None => return headers,
        Some(Value::Object(object)) => object,
        Some(_) => {
            fields.problem("headers", "must be an object");
            return headers;
        }
    };
    for (name, value) in object {
        let name = name.to_ascii_lowercase();
        if !HEADERS.contains(&name.as_str()) {
            continue;
        }
        let value = value.as_str().and_then(|text| HeaderValue::from_str(text).ok());
        match (HeaderName::try_from(&name), value) {
            (Ok(name), Some(value)) => {
                headers.insert(name, value);
            }
            _ => fields.problem(&format!("headers.{name}"), "must be the text of a header"),
        }
    }
    headers
}

/// All of the envelope but the body, which is put between as the bytes that it is.
#[derive(Serialize)]
struct Front {
    status: u16,
    headers: Map<String, Value>,
}

#[derive(Serialize)]
struct Back {
    body_encoding: BodyEncoding,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<RelayIdentity>,
    relay: Relay,
}

/// Writes the envelope around the body. The body is not parsed and written again: a cached megabyte
/// costs its copy and no more.
fn envelope(
    relayed: &Relayed,
    route_kind: &str,
    pool: &PoolId,
    request_id: String,
    request: &HeaderMap,
    location: Option<&str>,
) -> Response {
    let head = &relayed.answer.head;
    let not_modified = is_not_modified(request, head);
    let mut headers = Map::new();
    for (name, value) in head.headers.iter().filter(|(name, _)| name != "location") {
        headers.insert(name.clone(), value.as_str().into());
    }
    if let Some(location) = location {
        // An address of GitHub's API becomes one of ours: the caller's token must not go there.
        headers.insert("location".to_owned(), location.into());
    }
    let front = Front { status: if not_modified { 304 } else { head.status }, headers };
    let (body_encoding, body) = if not_modified { NO_BODY } else { body(relayed) };
    let back = Back {
        body_encoding,
        identity: identity(head),
        relay: Relay {
            pool: pool.to_string(),
            request_id,
            cacheable: head.fresh_until.is_some(),
            cache: relayed.cache,
            stale_ok: relayed.stale_reason.is_some(),
            route_kind: route_kind.to_owned(),
            stale_reason: relayed.stale_reason,
            coalesced: relayed.coalesced.then_some(true),
            cache_expires_at: head.fresh_until.and_then(octopool_core::Timestamp::to_rfc3339),
            lease_reason: head.lease_reason,
        },
    };
    // Both always serialize, and to objects.
    let (front, back) =
        (serde_json::to_vec(&front).unwrap_or_default(), serde_json::to_vec(&back).unwrap_or_default());
    let front = front.strip_suffix(b"}").unwrap_or_default();
    let back = back.strip_prefix(b"{").unwrap_or_default();
    let bytes = [front, b",\"body\":", &body, b",", back].concat();
    let mut response = Response::new(Body::from(bytes));
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// An answer without a body: 204, 205, 304 and whatever else GitHub left empty. Existing clients
/// print a `null` whose encoding is `json`.
const NO_BODY: (BodyEncoding, Cow<'static, [u8]>) = (BodyEncoding::Text, Cow::Borrowed(b"null"));

/// The body as JSON, and how it is written: itself, or a string of it.
fn body(relayed: &Relayed) -> (BodyEncoding, Cow<'_, [u8]>) {
    let bytes = &relayed.answer.body;
    if bytes.is_empty() {
        return NO_BODY;
    }
    let encoding = relayed.answer.head.encoding;
    let text = match encoding {
        BodyEncoding::Json => bytes.as_ref().into(),
        BodyEncoding::Text => serde_json::to_vec(&String::from_utf8_lossy(bytes)).unwrap_or_default().into(),
        BodyEncoding::Base64 => serde_json::to_vec(&STANDARD.encode(bytes)).unwrap_or_default().into(),
    };
    (encoding, text)
}

fn identity(head: &Head) -> Option<RelayIdentity> {
    let (id, kind) = head.identity.as_ref()?;
    Some(RelayIdentity { id: id.clone(), kind: *kind })
}
