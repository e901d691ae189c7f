//! What every request and every response passes.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use octopool_api_types::paths::{is_graphql, is_rest};

use super::error::ApiError;
use super::extract::RequestId;
use super::origin::Origin;
use crate::ports::Ports;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Redirects plain `http:` from another machine to `https:`, before any credential is read. Adds
/// HSTS to responses over https.
pub(crate) async fn require_https(request: Request, next: Next) -> Response {
    let origin = Origin::of(&request);
    if origin.is_insecure() {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        return match HeaderValue::try_from(format!("https://{}{path}", origin.authority)) {
            Ok(location) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        };
    }
    let mut response = next.run(request).await;
    if origin.is_https() {
        let value = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

/// Gives the request its id, writes the body of an error, logs its cause once, and sets the common
/// headers. `no-store` unless the handler set another value, because a response can contain a
/// token.
pub(crate) async fn finish(
    Extension(ports): Extension<Arc<Ports>>,
    mut request: Request,
    next: Next,
) -> Response {
    // Without randomness the request has no id; everything else still works.
    let id = ports.new_id().unwrap_or_else(|_| "00000000-0000-4000-8000-000000000000".to_owned());
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());

    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let error = match (is_rest(&path), is_graphql(&path)) {
            (true, _) => error.in_github_form(),
            (false, true) => error.in_graphql_form(),
            (false, false) => error,
        };
        if let Some(event) = error.log_entry(&id, method.as_str(), &path) {
            ports.log.error(&event);
        }
        response = rendered(error, &id, response);
    }
    if method == Method::HEAD {
        drop_body(&mut response);
    }
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, header_value(&id));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The response for an error, with the headers that were added to its placeholder: the router's
/// `Allow`, HSTS.
fn rendered(error: ApiError, id: &str, mut carrier: Response) -> Response {
    let mut response = error.into_response_with(id);
    let headers = carrier.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    for (name, value) in headers.drain() {
        if let Some(name) = name {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response
}

/// Removes the body and keeps the length that the response to a GET would have (RFC 9110, 8.6).
fn drop_body(response: &mut Response) {
    if let Some(length) = response.body().size_hint().exact().filter(|length| *length > 0) {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = Body::empty();
}

/// A UUID is always a valid header value.
fn header_value(id: &str) -> HeaderValue {
    HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static(""))
}
