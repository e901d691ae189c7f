//! The stand-in as tests hold it: starts on loopback, stops when dropped.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt as _;

use crate::control;
use crate::exchange::{DropConnection, exchange};
use crate::faults::Fault;
use crate::model::State;
use crate::recording::RecordedRequest;
use crate::world::{Observer, World};

/// How to start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The port on 127.0.0.1; 0 is any free one.
    pub port: u16,
    /// Called after each answer.
    pub observer: Option<Observer>,
    /// The base of the addresses in its answers, for clients that reach it under another name.
    /// `None` is where it listens.
    pub base_url: Option<&'static str>,
}

/// A running stand-in. It serves until it is dropped; then the port is closed and every connection
/// cut.
#[derive(Debug)]
pub struct GithubStandin {
    world: Arc<World>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl GithubStandin {
    /// Serves `state` on a free port.
    ///
    /// # Errors
    /// When loopback cannot be bound.
    pub async fn start(state: State) -> io::Result<Self> {
        Self::start_with(state, Options::default()).await
    }

    /// Serves `state` as told.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start_with(state: State, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let base = options.base_url.map_or_else(|| format!("http://{address}"), str::to_owned);
        let world = Arc::new(World::new(state, base, options.observer));
        let router = control::router().fallback(exchange).with_state(Arc::clone(&world));
        let server = tokio::spawn(accept(listener, router));
        Ok(Self { world, address, server })
    }

    /// `http://127.0.0.1:PORT`, without a slash at its end: what to put in place of
    /// `https://api.github.com`.
    pub fn base_url(&self) -> &str {
        self.world.base_url()
    }

    /// The same as an Enterprise Server: a base that ends in `/api/v3`.
    pub fn enterprise_base_url(&self) -> String {
        format!("{}/api/v3", self.base_url())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Reads or changes the state; the next request sees it.
    pub fn edit<R>(&self, edit: impl FnOnce(&mut State) -> R) -> R {
        self.world.with(|inner| edit(&mut inner.state))
    }

    /// Every request since the start or the last [`Self::clear_requests`], oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.world.with(|inner| inner.requests.clone())
    }

    /// Forgets the recorded requests.
    pub fn clear_requests(&self) {
        self.world.with(|inner| inner.requests.clear());
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.world.with(|inner| inner.faults.add(fault));
    }

    /// Lets nothing go wrong any more.
    pub fn clear_faults(&self) {
        self.world.with(|inner| inner.faults.clear());
    }
}

impl Drop for GithubStandin {
    fn drop(&mut self) {
        // The connections live in the task's `JoinSet` and end with it.
        self.server.abort();
    }
}

/// `axum::serve` would do but for one thing: it cannot end a connection without an answer.
async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, router.clone()));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move { send_or_drop(router.oneshot(request).await) }
    });
    // An error here is a client that went away or a fault that cut it off.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// hyper closes the connection without writing anything when its service fails.
fn send_or_drop(answer: Result<Response<Body>, Infallible>) -> io::Result<Response<Body>> {
    let response = answer.unwrap_or_else(|never| match never {});
    if response.extensions().get::<DropConnection>().is_some() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    Ok(response)
}
