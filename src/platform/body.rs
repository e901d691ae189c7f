//! Bodies of requests.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use worker::Request;

/// A body that is touched when it is read and not before, and that can be read to its end after the answer is known.
///
/// A stream that was begun and dropped is cancelled, and its connection with it: behind `wrangler dev` the next request on
/// it, of somebody else, gets a 503, and a large body ends wrangler itself. A stream that nobody touched does no harm. (Tried
/// on workerd: not touching and reading to the end are the two ways that work; a part, `cancel()` and reading on in
/// the background do not.)
#[derive(Clone)]
pub(super) struct LazyBody(Arc<Mutex<State>>);

enum State {
    Untouched(Request),
    Begun(worker::Body),
}

impl LazyBody {
    pub(super) fn of(request: Request) -> Self {
        Self(Arc::new(Mutex::new(State::Untouched(request))))
    }

    /// Reads what is left of a body that was begun. It is thrown away piece by piece; Cloudflare limits how much that can be
    /// (<https://developers.cloudflare.com/workers/platform/limits/#request-limits>).
    pub(super) async fn finish(mut self) {
        if matches!(*self.lock(), State::Begun(_)) {
            while let Some(Ok(_)) = self.frame().await {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for LazyBody {
    type Data = Bytes;
    type Error = worker::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, worker::Error>>> {
        let mut state = self.lock();
        if let State::Untouched(request) = &*state {
            let stream = request.inner().body();
            *state = State::Begun(stream.map_or_else(worker::Body::empty, worker::Body::new));
        }
        match &mut *state {
            State::Begun(body) => Pin::new(body).poll_frame(context),
            State::Untouched(_) => Poll::Ready(None),
        }
    }
}
