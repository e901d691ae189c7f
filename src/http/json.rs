//! JSON responses.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// A response with a JSON body.
pub(crate) struct Json<T>(pub StatusCode, pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        response(self.0, &self.1)
    }
}

/// Writes a JSON response. The types of this API always serialize; if one did not, the response
/// would be a 500 without a body.
pub(crate) fn response(status: StatusCode, body: &impl Serialize) -> Response {
    answer(status, serde_json::to_vec(body).ok())
}

/// Not generic, so that it is compiled once.
fn answer(status: StatusCode, json: Option<Vec<u8>>) -> Response {
    let Some(bytes) = json else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
