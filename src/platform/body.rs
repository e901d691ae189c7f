//! Bodies of requests.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use worker::Request;

/// The largest body that is read although nobody asked for it: twice the largest that any route takes.
const MOST_UNREAD: u64 = 8 * 1024 * 1024;

/// A body that is touched when it is read and not before, and that can be read to its end after the answer is known.
///
/// An answer that is given before the body was read leaves a connection on which the next request, maybe of somebody else, is reset: workerd closes it
/// without saying so, and takes a `connection: close` of a Worker's out of the answer. A stream that was begun and dropped is cancelled, and its connection
/// with it: behind `wrangler dev` the next request gets a 503, and a large body ends wrangler itself. So what is left is read to its end before the
/// answer goes, but for a body that says that it is larger than anybody may send: that client loses its connection. (Tried on workerd, with 40 pairs of
/// requests on one connection each: not touching a body of 100 KB, and `connection: close`, reset all next requests; reading to the end none.)
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

    /// Reads what is left of a body, so that its connection can be used again. It is thrown away piece by piece; Cloudflare limits how much that can be
    /// (<https://developers.cloudflare.com/workers/platform/limits/#request-limits>).
    pub(super) async fn finish(mut self, declared: Option<u64>) {
        let begun = matches!(*self.lock(), State::Begun(_));
        if begun || declared.is_none_or(|length| length <= MOST_UNREAD) {
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
