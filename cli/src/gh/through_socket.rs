//! gh with a socket of this process, or of a running `octopool proxy`.

use std::env;
use std::ffi::OsString;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;

use super::config::{self, CONFIG_DIR, Folder};
use super::real::{self, Start};
use super::{SOCKET, USERS_CONFIG, child};
use crate::environment::{self, Switch};
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::proxy::Proxy;
use crate::proxy::direct::{Direct, NO_TOKEN};
use crate::proxy::journal::Journal;
use crate::proxy::own_budget::OwnBudget;
use crate::proxy::pool::Pool;
use crate::proxy::serving::{self, Listener};
use crate::session::CallerArgs;

/// Names the socket of a running `octopool proxy`.
const PROXY_SOCKET: &str = "OCTOPOOL_PROXY_SOCKET";

/// Where gh sends its requests.
enum Door {
    Own(Box<Proxy>),
    Running(PathBuf),
}

pub(super) fn run(
    arguments: &[OsString],
    name: String,
    is_explained: bool,
    output: &mut Output,
) -> Result<Exit> {
    let users = config::users_folder();
    // The user's own way to GitHub, or a running `octopool proxy`. Nothing else leads where it
    // does.
    if let Some(own) = config::users_socket(users.as_deref()).filter(|_| !is_own_socket_passed_over()) {
        if is_explained {
            output.note(&format!("octopool: gh's own http_unix_socket is used: {}.", own.display()));
        }
        return Err(real::become_gh(arguments, |_| ()));
    }
    let Some(door) = door(name, is_explained, output)? else {
        return Err(real::become_gh(arguments, |_| ()));
    };
    let mut command = real::command(Start::Spawn)?;
    command.args(arguments);
    let folder = Folder::create().map_err(|problem| unusable(&problem))?;
    let (socket, own) = match door {
        Door::Running(socket) => (socket, None),
        Door::Own(proxy) => {
            let listener = UnixListener::bind(folder.socket()).map_err(|problem| unusable(&problem))?;
            (folder.socket(), Some((listener, Arc::new(*proxy))))
        }
    };
    folder.fill(users.as_deref(), &socket).map_err(|problem| unusable(&problem))?;
    command.env(USERS_CONFIG, env::var_os(CONFIG_DIR).unwrap_or_default());
    command.env(CONFIG_DIR, folder.path()).env(SOCKET, &socket);
    if !config::has_login(users.as_deref()) {
        command.env("GH_TOKEN", NO_TOKEN);
    }
    let proxy = own.as_ref().map(|(_, proxy)| Arc::clone(proxy));
    let serve =
        || own.into_iter().for_each(|(listener, proxy)| serving::serve(Listener::Socket(listener), proxy));
    let code = child::run(&mut command, serve).map_err(|problem| real::not_started(&command, &problem))?;
    if let Some(proxy) = proxy {
        report(&proxy, is_explained, output);
    }
    Ok(Exit::OfProgram(code))
}

/// What this command must not send with the user's own login another process cannot know.
fn is_own_socket_passed_over() -> bool {
    Switch::NoFallback.is_on().unwrap_or(true)
}

/// Nothing if there is no pool to go to, and gh's own login may be used.
fn door(name: String, is_explained: bool, output: &mut Output) -> Result<Option<Door>> {
    let (no_fallback, is_fresh) = (Switch::NoFallback.is_on()?, Switch::Fresh.is_on()?);
    // What this command asks for itself a proxy that runs already does not know.
    let running = environment::variable(PROXY_SOCKET).map(PathBuf::from);
    let running = running.filter(|_| !no_fallback && !is_fresh && !is_explained);
    if let Some(running) = running.filter(|socket| UnixStream::connect(socket).is_ok()) {
        return Ok(Some(Door::Running(running)));
    }
    let (server, pool) = match CallerArgs::default().server(output) {
        Ok(opened) => opened,
        Err(error) if !matches!(error.code(), "not_logged_in" | "no_server") => return Err(error),
        Err(error) if no_fallback => {
            return Err(error.hint("OCTOPOOL_NO_FALLBACK forbids to use your own gh login instead."));
        }
        Err(error) => {
            output.note(&format!("octopool: {} Going on with gh's own login.", error.message()));
            return Ok(None);
        }
    };
    Ok(Some(Door::Own(Box::new(Proxy {
        pool: Pool::new(server, pool),
        direct: Direct::default(),
        journal: Journal::default(),
        may_fall_back: !no_fallback,
        own_budget: OwnBudget::of(name),
    }))))
}

/// After gh has ended, so that nothing of ours is within its output.
fn report(proxy: &Proxy, is_explained: bool, output: &mut Output) {
    for news in proxy.journal.news() {
        output.note(&news);
    }
    if !is_explained {
        return;
    }
    let entries = proxy.journal.entries();
    if entries.is_empty() {
        output.note("octopool: gh sent no request.");
    }
    for entry in entries {
        output.note(&entry.line());
    }
}

fn unusable(problem: &std::io::Error) -> Error {
    Error::failed("socket", format!("A private socket for gh cannot be made: {problem}."))
        .hint("Set TMPDIR to a folder in which you can write, on a file system that has sockets.")
}
