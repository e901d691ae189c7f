//! Bodies of requests.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Limited};

/// How much of a refused body is read and thrown away.
const MAX_DRAINED_BYTES: usize = 1024 * 1024;

/// A body that can be read to its end after a handler has answered without it.
///
/// A request refused by its head leaves its body unread, and a connection with an unread body cannot be used again:
/// behind `wrangler dev` the next request on it, of somebody else, would get a 503.
#[derive(Clone)]
pub(super) struct SharedBody(Arc<Mutex<worker::Body>>);

impl SharedBody {
    pub(super) fn new(body: worker::Body) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    /// Reads and forgets what is left, up to a limit; past it the connection may go.
    pub(super) async fn drain(self) {
        let mut rest = Limited::new(self, MAX_DRAINED_BYTES);
        while let Some(Ok(_)) = rest.frame().await {}
    }
}

impl Body for SharedBody {
    type Data = Bytes;
    type Error = worker::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, worker::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }
}
