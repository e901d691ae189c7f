//! What faults do to an answer.

use std::io::{self, Read as _};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt as _, stream};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::call::answer::{Answer, Payload};
use crate::faults::Effect;

/// Marks a response that must not be sent: the connection ends instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DropConnection;

/// How long a truncated answer waits before it breaks off, so that its first half has left the
/// process.
const BREAK_OFF: Duration = Duration::from_millis(20);

const OUTAGE: &str = "<!DOCTYPE html>\n<html><head><title>Unicorn!</title></head>\
    <body><p>We had issues producing the response to your request.</p></body></html>\n";

/// The answer an effect gives in place of the real one, if it does.
pub(super) fn replacement(effect: &Effect) -> Option<Answer> {
    match effect {
        Effect::Respond { status, body, .. } => Some(respond(status_code(*status), body.clone())),
        Effect::SecondaryLimit { status, retry_after } => {
            Some(secondary_limit(status_code(*status), *retry_after))
        }
        Effect::NotModified => Some(Answer::empty(StatusCode::NOT_MODIFIED)),
        Effect::GzipBomb { bytes } => Some(gzip_bomb(*bytes)),
        Effect::Html => Some(Answer::html(StatusCode::OK, OUTAGE)),
        Effect::Page { status } => Some(Answer::html(status_code(*status), OUTAGE)),
        Effect::Redirect { location, status } => {
            Some(Answer::redirect(status_code(*status), location, Payload::Empty))
        }
        _ => None,
    }
}

/// A number that is no status comes from a mistake in a test, which a 500 shows.
fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn respond(status: StatusCode, body: Option<Value>) -> Answer {
    match body {
        Some(body) => Answer::json(status, body),
        None if status.as_u16() >= 400 => {
            Answer::refusal(status, status.canonical_reason().unwrap_or("Error"))
        }
        None => Answer::empty(status),
    }
}

/// <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>, "About secondary
/// rate limits".
fn secondary_limit(status: StatusCode, retry_after: Option<u32>) -> Answer {
    let body = json!({
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "documentation_url":
            "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
    });
    let answer = Answer::json(status, body);
    match retry_after {
        Some(seconds) => answer.with_header(RETRY_AFTER, seconds.to_string()),
        None => answer,
    }
}

/// A JSON string of spaces: less than a hundredth of its length is sent. It is never whole in
/// memory here.
fn gzip_bomb(bytes: u64) -> Answer {
    let text = io::repeat(b' ').take(bytes.saturating_sub(2));
    let mut quoted = b"\"".chain(text).chain(&b"\""[..]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Neither end can fail: the one is made up, the other is a vector.
    let packed = io::copy(&mut quoted, &mut encoder).and_then(|_| encoder.finish()).unwrap_or_default();
    Answer::raw("application/json; charset=utf-8", packed).with_header(CONTENT_ENCODING, "gzip")
}

/// Changes the content of a real answer.
pub(super) fn distort(mut answer: Answer, effect: Option<&Effect>) -> Answer {
    if let Payload::Json(body) = &mut answer.payload {
        match effect {
            Some(Effect::Nonsense) => *body = nonsense(body),
            Some(Effect::SubstituteAccount { id }) => substitute_account(body, *id),
            _ => {}
        }
    }
    answer
}

/// Every value becomes one of another type; the names stay.
fn nonsense(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), nonsense(value))).collect(),
        Value::Array(_) => json!({}),
        Value::String(_) => json!(0),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(_) | Value::Null => json!(["unexpected"]),
    }
}

/// Puts another id where clients look for the account's: in a user, in the `user` of a membership,
/// in GraphQL's `databaseId`.
fn substitute_account(body: &mut Value, id: u64) {
    for pointer in ["/data/viewer/databaseId", "/data/user/databaseId", "/user/id", "/id"] {
        if let Some(place) = body.pointer_mut(pointer) {
            *place = json!(id);
            return;
        }
    }
}

/// Sets and removes headers last, so that a fault has the final word.
pub(super) fn change_headers(mut answer: Answer, effect: Option<&Effect>) -> Answer {
    let Some(Effect::Respond { headers, .. } | Effect::Headers { headers }) = effect else { return answer };
    for (name, value) in headers {
        let Ok(name) = HeaderName::try_from(name) else { continue };
        answer.headers.retain(|(known, _)| *known != name);
        if let Some(value) = value {
            answer.headers.push((name, value.clone()));
        }
    }
    answer
}

pub(super) fn into_response(answer: Answer, effect: Option<&Effect>) -> Response {
    match effect {
        Some(Effect::Truncate) => truncated(answer),
        _ => answer.into_response(),
    }
}

/// An answer whose connection ends before a byte of it is sent.
pub(super) fn drop_connection() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(DropConnection);
    response
}

/// The headers of the whole answer, half of its body, the end of the connection.
fn truncated(answer: Answer) -> Response {
    let (bytes, content_type) = answer.content();
    if bytes.is_empty() {
        return drop_connection();
    }
    let (length, half) = (bytes.len(), Bytes::copy_from_slice(&bytes[..bytes.len() / 2]));
    let mut response = answer.into_response();
    let break_off = stream::once(async {
        tokio::time::sleep(BREAK_OFF).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    *response.body_mut() = Body::from_stream(stream::once(async { Ok(half) }).chain(break_off));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}
