//! Requests to other hosts.

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, select};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use worker::send::SendFuture;
use worker::{AbortController, Delay, HttpResponse, Request, RequestRedirect};

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

/// Races the exchange against the clock. Aborting closes the connection, also where only the body is late.
async fn send(
    mut request: http::Request<Bytes>,
    limits: HttpLimits,
) -> Result<http::Response<Bytes>, HttpError> {
    let abort = AbortController::default();
    request.extensions_mut().insert(abort.signal());
    request.extensions_mut().insert(RequestRedirect::Manual);
    let exchange = Box::pin(exchange(request, limits.max_body_bytes));
    match select(exchange, Delay::from(limits.timeout)).await {
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
    max_body_bytes: usize,
) -> Result<http::Response<Bytes>, HttpError> {
    let request = Request::try_from(request.map(Full::new)).map_err(|_| HttpError::Transport)?;
    let response = worker::Fetch::Request(request).send().await.map_err(|_| HttpError::Transport)?;
    let response = HttpResponse::try_from(response).map_err(|_| HttpError::Transport)?;
    let (parts, body) = response.into_parts();
    match Limited::new(body, max_body_bytes).collect().await {
        Ok(body) => Ok(http::Response::from_parts(parts, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(HttpError::TooLarge),
        Err(_) => Err(HttpError::Transport),
    }
}
