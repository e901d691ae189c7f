//! Requests to other hosts.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, select};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use js_sys::Uint8Array;
use worker::send::SendFuture;
use worker::{
    AbortController, AbortSignal, Delay, Headers, HttpResponse, Method, Request, RequestInit, RequestRedirect,
};

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

/// Races the exchange against the clock. Aborting closes the connection, also where only the body is late.
async fn send(request: http::Request<Bytes>, limits: HttpLimits) -> Result<http::Response<Bytes>, HttpError> {
    let abort = AbortController::default();
    let signal = abort.signal();
    let exchange = Box::pin(exchange(request, &signal, limits.max_body_bytes));
    match select(exchange, Delay::from(limits.timeout.min(LONGEST_TIMEOUT))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), exchange)) => {
            abort.abort();
            drop(exchange);
            Err(HttpError::Timeout)
        }
    }
}

async fn exchange(
    request: http::Request<Bytes>,
    signal: &AbortSignal,
    max_body_bytes: usize,
) -> Result<http::Response<Bytes>, HttpError> {
    let request = to_js(&request).map_err(|_| HttpError::Transport)?;
    let response = worker::Fetch::Request(request).send_with_signal(signal).await;
    let response = HttpResponse::try_from(response.map_err(|_| HttpError::Transport)?);
    let (parts, body) = response.map_err(|_| HttpError::Transport)?.into_parts();
    match Limited::new(body, max_body_bytes).collect().await {
        Ok(body) => Ok(http::Response::from_parts(parts, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLarge),
        Err(_) => Err(HttpError::Transport),
    }
}

/// The request for `fetch`, which must not follow redirects: it would carry the credential along. `worker` 0.8's own
/// conversion from `http::Request` has no public way to say so; an e2e test holds that ours does.
fn to_js(request: &http::Request<Bytes>) -> worker::Result<Request> {
    let mut init = RequestInit::new();
    init.with_method(Method::from(request.method().to_string()))
        .with_headers(Headers::from(request.headers()))
        .with_redirect(RequestRedirect::Manual);
    if !request.body().is_empty() {
        init.with_body(Some(Uint8Array::from(request.body().as_ref()).into()));
    }
    Request::new_with_init(&request.uri().to_string(), &init)
}
