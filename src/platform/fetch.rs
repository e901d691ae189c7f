//! Requests to other hosts.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use js_sys::Array;
use wasm_bindgen::JsCast as _;
use worker::send::SendFuture;

use super::bridge;
use crate::ports::{Http, HttpError, HttpLimits};

/// The runtime's `fetch`.
pub(super) struct Fetch;

impl Http for Fetch {
    fn send(
        &self,
        request: http::Request<Bytes>,
        limits: HttpLimits,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, HttpError>> {
        Box::pin(SendFuture::new(send(request, limits)))
    }
}

/// `setTimeout` counts milliseconds in 32 bits; more would be none.
const LONGEST_TIMEOUT: Duration = Duration::from_millis(i32::MAX as u64);

async fn send(request: http::Request<Bytes>, limits: HttpLimits) -> Result<http::Response<Bytes>, HttpError> {
    let milliseconds = limits.timeout.min(LONGEST_TIMEOUT).as_secs_f64() * 1000.0;
    #[expect(clippy::cast_precision_loss, reason = "a limit in megabytes")]
    let most_bytes = limits.max_body_bytes as f64;
    let (url, headers) = (request.uri().to_string(), bridge::header_pairs(request.headers()));
    let method = request.method().as_str();
    let answer = bridge::exchange(&url, method, &headers, request.body(), milliseconds, most_bytes).await;
    let Some(answer) = answer.dyn_ref::<Array>() else {
        return Err(match answer.as_string().as_deref() {
            Some("timeout") => HttpError::Timeout,
            Some("too_large") => HttpError::TooLarge,
            _ => HttpError::Transport,
        });
    };
    // A status is a small integer.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "100 to 599")]
    let status = answer.get(0).as_f64().unwrap_or_default() as u16;
    let headers = answer.get(1).as_string().unwrap_or_default();
    let headers = crate::json::from_slice(headers.as_bytes()).map_err(|_| HttpError::Transport)?;
    let mut response = http::Response::new(bridge::bytes_of(&answer.get(2)));
    *response.status_mut() = http::StatusCode::from_u16(status).map_err(|_| HttpError::Transport)?;
    *response.headers_mut() = bridge::headers_of(headers);
    Ok(response)
}
