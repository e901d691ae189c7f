//! A proxy that listens.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ureq::http::{Method, StatusCode};

use super::wire::{LONGEST_HEAD, Reply, Request};
use super::{Proxy, listening, refusal};

/// How much of a request that was not read in full is thrown away, and how long that may take.
const MOST_THROWN_AWAY: u64 = 64 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// A connection of a client.
pub(crate) trait Connection: Read + Write + Send + Sized + 'static {
    fn again(&self) -> io::Result<Self>;
    /// How long one read waits; without a limit, as long as it takes.
    fn wait_at_most(&self, time: Option<Duration>) -> io::Result<()>;
    /// Says that nothing more comes, and waits only so long for what the client still sends.
    fn finish(&self) -> io::Result<()>;
}

impl Connection for UnixStream {
    fn again(&self) -> io::Result<Self> {
        self.try_clone()
    }

    fn wait_at_most(&self, time: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(time)
    }

    fn finish(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)?;
        self.set_read_timeout(Some(PATIENCE))
    }
}

impl Connection for TcpStream {
    fn again(&self) -> io::Result<Self> {
        self.try_clone()
    }

    fn wait_at_most(&self, time: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(time)
    }

    fn finish(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)?;
        self.set_read_timeout(Some(PATIENCE))
    }
}

/// Where clients come from.
pub(crate) enum Listener {
    Socket(UnixListener),
    Loopback(TcpListener, SocketAddr),
}

/// Answers what comes until the process ends.
pub(crate) fn serve(listener: Listener, proxy: Arc<Proxy>) {
    thread::spawn(move || match listener {
        Listener::Socket(listener) => each(listener.incoming(), |connection| {
            let proxy = Arc::clone(&proxy);
            move || answer(connection, |request| proxy.answer(request))
        }),
        Listener::Loopback(listener, address) => each(listener.incoming(), |connection| {
            let proxy = Arc::clone(&proxy);
            move || answer(connection, |request| listening::answer(&proxy, address, request))
        }),
    });
}

/// A thread for each connection. A client that goes away is no news.
fn each<C, F: FnOnce() -> io::Result<()> + Send + 'static>(
    connections: impl Iterator<Item = io::Result<C>>,
    work: impl Fn(C) -> F,
) {
    for connection in connections {
        match connection {
            Ok(connection) => {
                let work = work(connection);
                // Without another thread this client goes away, and the next one may be served.
                drop(thread::Builder::new().spawn(move || drop(work())));
            }
            // Too many open files, most likely: the next try would fail at once, too.
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Reads one request, answers it and ends the connection.
pub(crate) fn answer<C: Connection>(
    mut connection: C,
    answer: impl FnOnce(Request) -> io::Result<Reply>,
) -> io::Result<()> {
    connection.wait_at_most(Some(LONGEST_HEAD))?;
    let request = match Request::read(connection.again()?, &mut connection) {
        Ok(Some(request)) => request,
        Ok(None) => return Ok(()),
        Err(problem) => return refuse(connection, &problem),
    };
    // A body may come from a person's keyboard.
    connection.wait_at_most(None)?;
    let (is_head, takes_chunks) = (request.method == Method::HEAD, request.takes_chunks);
    let written = answer(request).and_then(|reply| reply.write(&mut connection, is_head, takes_chunks));
    finish(connection)?;
    written
}

/// Answers what is not a request.
fn refuse<C: Connection>(mut connection: C, problem: &io::Error) -> io::Result<()> {
    let (status, message) = match problem.kind() {
        io::ErrorKind::InvalidData => {
            (StatusCode::BAD_REQUEST, format!("octopool: malformed request: {problem}"))
        }
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            (StatusCode::REQUEST_TIMEOUT, "octopool: no request came in time".to_owned())
        }
        _ => return Ok(()),
    };
    refusal(status, &message).write(&mut connection, false, false)?;
    finish(connection)
}

/// A connection that is closed with something unread is reset, and the reply may be lost with it.
fn finish<C: Connection>(connection: C) -> io::Result<()> {
    connection.finish()?;
    io::copy(&mut connection.take(MOST_THROWN_AWAY), &mut io::sink()).map(drop)
}
