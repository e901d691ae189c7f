//! An answer before it becomes HTTP.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, LAST_MODIFIED, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// What a responder returns: `Err` is a refusal, so that `?` ends it.
pub(crate) type Outcome = Result<Answer, Answer>;

/// Status, headers of its own and body. What every answer carries (rate limits, request id, …) is
/// added by the exchange.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) payload: Payload,
    /// What it takes of the rate limit: 1, but for GraphQL.
    pub(crate) points: u64,
}

/// The body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    Empty,
    Json(Value),
    Html(&'static str),
    /// Any other content type.
    Raw(&'static str, Vec<u8>),
}

impl Answer {
    /// 200 with JSON.
    pub(crate) fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Json(body), points: 1 }
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Empty, points: 1 }
    }

    pub(crate) fn html(status: StatusCode, page: &'static str) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Html(page), points: 1 }
    }

    pub(crate) fn raw(content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            payload: Payload::Raw(content_type, bytes),
            points: 1,
        }
    }

    /// An error as GitHub words it; `documentation_url` and `status` are added by
    /// [`Self::documented`].
    pub(crate) fn refusal(status: StatusCode, message: impl Into<String>) -> Self {
        Self::json(status, json!({ "message": message.into() }))
    }

    /// 404, for what does not exist and for what the caller may not know to exist.
    pub(crate) fn not_found() -> Self {
        Self::refusal(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(crate) fn redirect(status: StatusCode, location: &str, payload: Payload) -> Self {
        Self { status, headers: vec![(LOCATION, location.to_owned())], payload, points: 1 }
    }

    /// What it takes of the rate limit.
    pub(crate) fn costing(self, points: u64) -> Self {
        Self { points, ..self }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// `last-modified`, from a time as GitHub writes it in bodies.
    pub(crate) fn modified_at(self, rfc3339: &str) -> Self {
        match http_date(rfc3339) {
            Some(date) => self.with_header(LAST_MODIFIED, date),
            None => self,
        }
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Completes the body of a refusal as GitHub does: a link to the documentation of the route,
    /// the status as a string.
    pub(crate) fn documented(mut self, page: &str) -> Self {
        if self.status.as_u16() >= 300
            && let Payload::Json(Value::Object(body)) = &mut self.payload
            && body.contains_key("message")
        {
            body.entry("documentation_url").or_insert(json!(format!("https://docs.github.com/{page}")));
            body.entry("status").or_insert(json!(self.status.as_str()));
        }
        self
    }

    /// The bytes of the body and their content type.
    pub(crate) fn content(&self) -> (Vec<u8>, Option<&'static str>) {
        match &self.payload {
            Payload::Empty => (Vec::new(), None),
            Payload::Json(body) => (body.to_string().into_bytes(), Some("application/json; charset=utf-8")),
            Payload::Raw(content_type, bytes) => (bytes.clone(), Some(content_type)),
            Payload::Html(page) => (page.as_bytes().to_vec(), Some("text/html; charset=utf-8")),
        }
    }

    pub(crate) fn into_response(self) -> Response {
        let (bytes, content_type) = self.content();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = self.status;
        if let Some(content_type) = content_type {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in self.headers {
            // A value that is no header value can only come from a fault; it is left out rather
            // than cut the connection.
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// `Fri, 02 Jan 2026 03:04:05 GMT`: what RFC 9110 makes of a time.
fn http_date(rfc3339: &str) -> Option<String> {
    let time = OffsetDateTime::parse(rfc3339, &Rfc3339).ok()?;
    Some(time.format(&Rfc2822).ok()?.replace("+0000", "GMT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates_are_in_gmt() {
        assert_eq!(http_date("2026-01-02T03:04:05Z").as_deref(), Some("Fri, 02 Jan 2026 03:04:05 GMT"));
    }
}
