//! `octopool proxy`: the proxy of `octopool gh`, kept running for everything else.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::error::{Error, Exit, Result};
use crate::output::Output;

const AFTER_HELP: &str = "\
Reads of GitHub's REST and GraphQL API go through the pool; everything else goes to GitHub with the \
credential that the client sent. OCTOPOOL_NO_FALLBACK and OCTOPOOL_FRESH mean what they mean to `octopool gh`.

For gh, a socket:
  octopool proxy &
  export OCTOPOOL_PROXY_SOCKET=\"$(octopool proxy socket)\"     # for `octopool gh`
  gh config set http_unix_socket \"$(octopool proxy socket)\"   # for gh without octopool

For programs that use Octokit, a port of this machine. Every user of the machine can reach it:
  octopool proxy --listen 127.0.0.1:8999 &
  export GITHUB_API_URL=http://127.0.0.1:8999";

/// Keep a proxy running that serves GitHub's API through the pool.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ProxyArgs {
    #[command(subcommand)]
    command: Option<ProxyCommand>,
    /// The path of the socket [default: one of your own].
    #[arg(long, value_name = "PATH", global = true, conflicts_with = "listen")]
    socket: Option<PathBuf>,
    /// A loopback address and a port instead of a socket; port 0 is any free one.
    #[arg(long, value_name = "ADDRESS:PORT", global = true)]
    listen: Option<SocketAddr>,
}

#[derive(Subcommand)]
enum ProxyCommand {
    /// Show what a running proxy served and sent directly, and why.
    Status,
    /// Print the path of the socket.
    Socket,
}

#[cfg(not(unix))]
pub(super) fn run(_: &ProxyArgs, _: &mut Output) -> Result<Exit> {
    Err(Error::failed("unsupported", "This system has no Unix sockets, which the proxy needs."))
}

#[cfg(unix)]
pub(super) fn run(args: &ProxyArgs, output: &mut Output) -> Result<Exit> {
    let door = Door::of(args)?;
    match args.command {
        None => on_unix::serve(&door, output),
        Some(ProxyCommand::Status) => on_unix::status(&door, output),
        Some(ProxyCommand::Socket) => match door {
            Door::Socket(path) => output.line(&path.display().to_string()),
            Door::Loopback(_) => Err(Error::usage("A proxy on a port has no socket.")),
        },
    }
}

/// Where a proxy listens.
#[cfg(unix)]
enum Door {
    Socket(PathBuf),
    Loopback(SocketAddr),
}

#[cfg(unix)]
impl Door {
    fn of(args: &ProxyArgs) -> Result<Self> {
        match (&args.socket, args.listen) {
            (Some(path), _) => Ok(Self::Socket(path.clone())),
            (None, Some(address)) if address.ip().is_loopback() => Ok(Self::Loopback(address)),
            (None, Some(_)) => Err(Error::usage("`--listen` takes only addresses of this machine.")
                .hint("Use 127.0.0.1: the proxy reads GitHub with your octopool login for every client.")),
            (None, None) => on_unix::default_socket().map(Self::Socket),
        }
    }
}

#[cfg(unix)]
mod on_unix {
    use std::fs::{self, DirBuilder, File, Permissions};
    use std::io::{self, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::Duration;

    use etcetera::BaseStrategy as _;
    use nix::sys::signal::{SigSet, Signal};
    use serde::Deserialize;
    use serde_json::{Map, Value};

    use super::Door;
    use crate::environment::{self, Switch};
    use crate::error::{Error, Exit, Result};
    use crate::files::folder_of;
    use crate::http::unexpected_form;
    use crate::output::Output;
    use crate::proxy::direct::Direct;
    use crate::proxy::journal::Journal;
    use crate::proxy::own_budget::OwnBudget;
    use crate::proxy::pool::Pool;
    use crate::proxy::serving::{self, Listener};
    use crate::proxy::{Proxy, status};
    use crate::session::CallerArgs;

    /// A proxy on this machine answers at once.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// In a folder that only its user can open.
    pub(super) fn default_socket() -> Result<PathBuf> {
        if let Some(runtime) = environment::variable("XDG_RUNTIME_DIR").map(PathBuf::from) {
            return Ok(runtime.join("octopool").join("proxy.sock"));
        }
        let folders = etcetera::base_strategy::choose_native_strategy().map_err(|_| {
            Error::failed("no_home", "There is no home folder for a socket.")
                .hint("Name one with `--socket PATH`.")
        })?;
        let base = folders.state_dir().unwrap_or_else(|| folders.data_dir());
        Ok(base.join("octopool").join("proxy.sock"))
    }

    pub(super) fn serve(door: &Door, output: &mut Output) -> Result<Exit> {
        let (server, pool) = CallerArgs::default().server(output)?;
        let may_fall_back = !Switch::NoFallback.is_on()?;
        let (listener, place) = match &door {
            Door::Socket(path) => {
                let listener =
                    bind(path).map_err(|problem| unusable(&path.display().to_string(), &problem))?;
                (Listener::Socket(listener), path.display().to_string())
            }
            Door::Loopback(address) => {
                let listener =
                    TcpListener::bind(address).map_err(|problem| unusable(&address.to_string(), &problem))?;
                let address = listener.local_addr().map_err(|problem| unusable("the port", &problem))?;
                (Listener::Loopback(listener, address), format!("http://{address}"))
            }
        };
        let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
        // Before there is another thread, which would not hold them.
        let held = signals.thread_block();
        let proxy = Proxy {
            pool: Pool::new(server, pool),
            direct: Direct::default(),
            journal: Journal::default(),
            may_fall_back,
            // It serves any client.
            is_of_another: false,
            own_budget: OwnBudget::of("proxy".to_owned()),
        };
        serving::serve(listener, Arc::new(proxy));
        output.line(&format!("Serving GitHub's API at {place}"))?;
        let signal = held.and_then(|()| signals.wait());
        if let Door::Socket(path) = door {
            drop(fs::remove_file(path));
        }
        match signal {
            Ok(Signal::SIGINT) => Ok(Exit::OfProgram(130)),
            Ok(_) => Ok(Exit::Done),
            Err(problem) => Err(unusable(&place, &problem.into())),
        }
    }

    /// A socket that nobody listens at is left over from a proxy that was killed.
    fn bind(path: &Path) -> io::Result<UnixListener> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder_of(path))?;
        // Of two that start at the same time, one would remove the socket of the other.
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let lock = File::options().write(true).create(true).truncate(false).open(lock)?;
        lock.lock()?;
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another proxy serves it already"));
        }
        match fs::symlink_metadata(path) {
            Ok(found) if std::os::unix::fs::FileTypeExt::is_socket(&found.file_type()) => {
                fs::remove_file(path)?;
            }
            Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is not a socket")),
            Err(_) => {}
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
        Ok(listener)
    }

    fn unusable(place: &str, problem: &io::Error) -> Error {
        Error::failed("proxy_socket", format!("The proxy cannot listen at {place}: {problem}."))
            .hint("Choose another place with `--socket PATH` or `--listen 127.0.0.1:PORT`.")
    }

    #[derive(Deserialize)]
    struct Status {
        since: String,
        requests: Map<String, Value>,
        news: Vec<String>,
    }

    pub(super) fn status(door: &Door, output: &mut Output) -> Result<Exit> {
        let (place, text) = match door {
            Door::Socket(path) => (path.display().to_string(), UnixStream::connect(path).and_then(ask)),
            Door::Loopback(address) => {
                (address.to_string(), TcpStream::connect_timeout(address, PATIENCE).and_then(ask))
            }
        };
        let text = text.map_err(|problem| {
            Error::failed("no_proxy", format!("No proxy answers at {place}: {problem}."))
                .hint("Start one with `octopool proxy`.")
        })?;
        let (_, document) = text.split_once("\r\n\r\n").ok_or_else(unexpected_form)?;
        let status: Status = serde_json::from_str(document).map_err(|_| unexpected_form())?;
        if output.is_json() {
            return output.document(document);
        }
        output.line(&format!("{place}, since {}", status.since))?;
        for outcome in ["served", "direct", "passed", "refused"] {
            let reasons = status.requests.get(outcome).and_then(Value::as_object).into_iter().flatten();
            let reasons: Vec<_> = reasons.map(|(reason, number)| format!("{number} {reason}")).collect();
            let reasons = if reasons.is_empty() { "none".to_owned() } else { reasons.join(", ") };
            output.line(&format!("  {outcome}: {reasons}"))?;
        }
        for news in status.news {
            output.note(&news);
        }
        Ok(Exit::Done)
    }

    fn ask(mut stream: impl Read + Write + HasAddress) -> io::Result<String> {
        stream.wait_at_most(PATIENCE)?;
        let host = stream.address();
        write!(stream, "GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", status::PATH)?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    }

    trait HasAddress {
        fn address(&self) -> String;
        fn wait_at_most(&self, time: Duration) -> io::Result<()>;
    }

    impl HasAddress for UnixStream {
        fn address(&self) -> String {
            "octopool".to_owned()
        }

        fn wait_at_most(&self, time: Duration) -> io::Result<()> {
            self.set_read_timeout(Some(time))
        }
    }

    impl HasAddress for TcpStream {
        fn address(&self) -> String {
            self.peer_addr().map(|address| address.to_string()).unwrap_or_default()
        }

        fn wait_at_most(&self, time: Duration) -> io::Result<()> {
            self.set_read_timeout(Some(time))
        }
    }
}
