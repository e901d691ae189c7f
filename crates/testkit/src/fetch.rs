//! Requests over real sockets to the stand-in for GitHub.

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use octopool_worker::ports::{Http, HttpError, HttpLimits};

use crate::must;

/// An HTTP client without redirects and proxies.
pub(crate) struct NativeFetch(reqwest::Client);

impl NativeFetch {
    pub(crate) fn new() -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self(must(client.build(), "the HTTP client"))
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
        max: usize,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request).map_err(|_| HttpError::Transport)?;
        let mut response = self.0.execute(request).await.map_err(|_| HttpError::Transport)?;
        let mut answer = http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            headers.clone_from(response.headers());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| HttpError::Transport)? {
            if body.len() + chunk.len() > max {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body.freeze()).map_err(|_| HttpError::Transport)
    }
}

impl Http for NativeFetch {
    fn send(
        &self,
        request: http::Request<Bytes>,
        limits: HttpLimits,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, HttpError>> {
        Box::pin(async move {
            let exchange = self.exchange(request, limits.max_body_bytes);
            tokio::time::timeout(limits.timeout, exchange).await.unwrap_or(Err(HttpError::Timeout))
        })
    }
}
