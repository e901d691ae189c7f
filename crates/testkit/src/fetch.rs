//! Requests over real sockets to the stand-in for GitHub.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use octopool_worker::ports::{Http, HttpError, HttpLimits};

use crate::must;

/// GitHub's own base. Where the stand-in has this name, requests to it go to the stand-in.
pub(crate) const GITHUB: &str = "https://api.github.com";
/// Where GitHub keeps files of releases and archives.
pub(crate) const FILES: &str = "https://objects.githubusercontent.com";
/// Where GitHub keeps the logs of jobs.
pub(crate) const LOGS: &str = "https://productionresultssa0.blob.core.windows.net";
/// GitHub's hosts, all of which the stand-in is.
const HOSTS: [&str; 3] = [GITHUB, FILES, LOGS];

/// An HTTP client without redirects and proxies.
pub(crate) struct NativeFetch {
    client: reqwest::Client,
    /// Where the stand-in listens.
    github: SocketAddr,
}

impl NativeFetch {
    pub(crate) fn new(github: SocketAddr) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self { client: must(client.build(), "the HTTP client"), github }
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
        max: usize,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request).map_err(|_| HttpError::Transport)?;
        if let Some(path) = HOSTS.iter().find_map(|host| request.url().as_str().strip_prefix(host)) {
            let url = format!("http://{}{path}", self.github);
            *request.url_mut() = url.parse().map_err(|_| HttpError::Transport)?;
        }
        let mut response = self.client.execute(request).await.map_err(|_| HttpError::Transport)?;
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
