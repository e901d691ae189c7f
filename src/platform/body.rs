//! Bodies of requests.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::BodyExt as _;
use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;
use worker::send::SendWrapper;

/// The largest body that is read although nobody asked for it: twice the largest that any route
/// takes.
const MOST_UNREAD: u64 = 8 * 1024 * 1024;

/// The largest body that is read in one piece, which takes three calls to JavaScript. A stream
/// takes two for each of its chunks, and ends early where a body is larger than a route takes.
const MOST_IN_ONE_PIECE: u64 = 64 * 1024;

/// A body that is touched when it is read and not before, and that can be read to its end after the
/// answer is known.
///
/// An answer that is given before the body was read leaves a connection on which the next request,
/// maybe of somebody else, is reset: workerd closes it without saying so, and takes a `connection:
/// close` of a Worker's out of the answer. A stream that was begun and dropped is cancelled, and
/// its connection with it: behind `wrangler dev` the next request gets a 503, and a large body ends
/// wrangler itself. So what is left is read to its end before the answer goes, but for a body that
/// says that it is larger than anybody may send: that client loses its connection. (Tried on
/// workerd, with 40 pairs of requests on one connection each: not touching a body of 100 KB, and
/// `connection: close`, reset all next requests; reading to the end none.)
#[derive(Clone)]
pub(super) struct LazyBody(Arc<Mutex<State>>);

enum State {
    Untouched(Request, Option<u64>),
    /// A body that says that it is short, read in one piece.
    Whole(SendWrapper<JsFuture>),
    Begun(worker::Body),
    Read,
}

impl LazyBody {
    /// The body of a request, which may say how long it is.
    pub(super) fn of(request: Request, declared: Option<u64>) -> Self {
        Self(Arc::new(Mutex::new(State::Untouched(request, declared))))
    }

    /// Reads what is left of a body, so that its connection can be used again. It is thrown away
    /// piece by piece; Cloudflare limits how much that can be
    /// (<https://developers.cloudflare.com/workers/platform/limits/#request-limits>).
    pub(super) async fn finish(mut self) {
        let leave = match &*self.lock() {
            State::Untouched(_, declared) => declared.is_some_and(|length| length > MOST_UNREAD),
            State::Whole(_) | State::Begun(_) | State::Read => false,
        };
        if !leave {
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
        if let State::Untouched(request, declared) = &*state {
            *state = State::begin(request, *declared)?;
        }
        match &mut *state {
            State::Begun(body) => Pin::new(body).poll_frame(context),
            State::Whole(whole) => {
                let buffer = std::task::ready!(Pin::new(&mut **whole).poll(context));
                *state = State::Read;
                let bytes = Uint8Array::new(&buffer?).to_vec();
                Poll::Ready(Some(Ok(Frame::data(bytes.into()))))
            }
            State::Untouched(..) | State::Read => Poll::Ready(None),
        }
    }
}

impl State {
    fn begin(request: &Request, declared: Option<u64>) -> Result<Self, worker::Error> {
        Ok(match (request.body(), declared) {
            (None, _) => Self::Read,
            (Some(_), Some(length)) if length <= MOST_IN_ONE_PIECE => {
                Self::Whole(SendWrapper::new(JsFuture::from(request.array_buffer()?)))
            }
            (Some(stream), _) => Self::Begun(worker::Body::new(stream)),
        })
    }
}
