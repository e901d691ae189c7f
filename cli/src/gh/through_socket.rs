//! gh with a socket of this process, or of a running `octopool proxy`.

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{self, Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::child::Ended;
use super::config::{self, CONFIG_DIR, Login};
use super::folder::{Filled, Folder};
use super::real::{self, Start};
use super::{HELD, SOCKET, USERS_CONFIG, child};
use crate::auth_store;
use crate::environment::{self, Switch};
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::proxy::Proxy;
use crate::proxy::direct::{Direct, NO_TOKEN};
use crate::proxy::journal::Journal;
use crate::proxy::own_budget::OwnBudget;
use crate::proxy::pool::Pool;
use crate::proxy::serving::{self, Listener};
use crate::session::{CallerArgs, DEFAULT_TOKEN_VARIABLE};

/// Names the socket of a running `octopool proxy`.
const PROXY_SOCKET: &str = "OCTOPOOL_PROXY_SOCKET";
/// How the path of a proxy's socket ends unless it was named.
const OWN_SOCKET: &str = "octopool/proxy.sock";

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
    if let Some(own) = own_way(users.as_deref()) {
        if is_explained {
            output.note(&format!("octopool: gh's own http_unix_socket is used: {}.", own.display()));
        }
        return Err(real::become_gh(arguments, |_| ()));
    }
    let may_fall_back = !Switch::NoFallback.is_on()?;
    let Some(door) = door(name, users.as_deref(), is_explained, output)? else {
        return Err(real::become_gh(arguments, |_| ()));
    };
    let mut command = real::command(Start::Spawn)?;
    command.args(arguments);
    let Opened { folder, socket, own } = match open(door) {
        Ok(opened) => opened,
        Err(problem) if may_fall_back => {
            let error = unusable(&problem);
            output.note(&format!("octopool: {} Going on with gh's own login.", error.message()));
            return Err(real::become_gh(arguments, |_| ()));
        }
        Err(problem) => return Err(unusable(&problem)),
    };
    let filled = match folder.fill(users.as_deref(), &socket, may_fall_back) {
        Ok(filled) => filled,
        // What gh says of its configuration names the user's own file.
        Err(_) if may_fall_back => {
            drop(folder);
            return Err(real::become_gh(arguments, |_| ()));
        }
        Err(problem) => {
            let message = format!("gh's configuration cannot be read: {problem}.");
            return Err(Error::failed("gh_configuration", message));
        }
    };
    point(&mut command, &folder, &socket);
    give_login(&mut command, Login::of(users.as_deref()), may_fall_back);
    let proxy = own.as_ref().map(|(_, proxy)| Arc::clone(proxy));
    let serve =
        || own.into_iter().for_each(|(listener, proxy)| serving::serve(Listener::Socket(listener), proxy));
    let ended = child::run(&mut command, serve).map_err(|problem| real::not_started(&command, &problem))?;
    keep_changes(filled.as_ref(), output);
    if let Some(proxy) = proxy {
        report(&proxy, is_explained, output);
    }
    Ok(match ended {
        Ended::Exited(code) => Exit::OfProgram(code),
        Ended::BySignal(signal) => Exit::OfSignal(signal),
    })
}

/// A private folder with a door.
struct Opened {
    folder: Folder,
    socket: PathBuf,
    /// What serves the socket, unless a proxy runs already.
    own: Option<(UnixListener, Arc<Proxy>)>,
}

fn open(door: Door) -> io::Result<Opened> {
    let folder = Folder::create()?;
    let (socket, own) = match door {
        Door::Running(socket) => (socket, None),
        Door::Own(proxy) => {
            let listener = UnixListener::bind(folder.socket())?;
            (folder.socket(), Some((listener, Arc::new(*proxy))))
        }
    };
    Ok(Opened { folder, socket, own })
}

/// The user's own value of gh's variable, wherever a program is that reads it.
fn users_variable() -> OsString {
    let own = env::var_os(CONFIG_DIR).filter(|own| !config::is_private(own.as_ref()));
    let own = own.or_else(|| env::var_os(USERS_CONFIG)).filter(|own| !own.is_empty());
    own.map(|own| path::absolute(&own).map_or(own, PathBuf::into_os_string)).unwrap_or_default()
}

/// What gh and the programs that it starts have as their credentials.
fn give_login(command: &mut Command, login: Login, may_fall_back: bool) {
    match login {
        _ if !may_fall_back => {
            command.env("GH_TOKEN", NO_TOKEN).env("GH_ENTERPRISE_TOKEN", NO_TOKEN).env(HELD, "1");
            command.env_remove("GITHUB_TOKEN").env_remove("GITHUB_ENTERPRISE_TOKEN");
            hold_git(command);
        }
        Login::None => drop(command.env("GH_TOKEN", NO_TOKEN)),
        Login::Own | Login::OfATenant => {}
    }
}

/// git reads what is public without any credential. It is given none of the user's.
fn hold_git(command: &mut Command) {
    const COUNT: &str = "GIT_CONFIG_COUNT";
    let count = environment::variable(COUNT).and_then(|count| count.parse().ok()).unwrap_or(0_u32);
    // An empty value forgets the helpers of all configurations before it (gitcredentials(7)).
    command.env(format!("GIT_CONFIG_KEY_{count}"), "credential.helper");
    command.env(format!("GIT_CONFIG_VALUE_{count}"), "").env(COUNT, (count + 1).to_string());
    command.env("GIT_SSH_VARIANT", "ssh").env(
        "GIT_SSH_COMMAND",
        "echo 'octopool: OCTOPOOL_NO_FALLBACK forbids to use your own SSH key' >&2; false",
    );
}

/// gh has changed its configuration, or something that it has started.
fn keep_changes(filled: Option<&Filled<'_>>, output: &mut Output) {
    let Some(filled) = filled else { return };
    match filled.keep_changes() {
        Ok(conflicts) => {
            for path in conflicts {
                let path = path.display();
                output.note(&format!(
                    "octopool: gh changed its configuration while {path} was changed, too. That file stays as it is."
                ));
            }
        }
        Err(problem) => {
            output.note(&format!("octopool: gh changed its configuration, which cannot be kept: {problem}."));
        }
    }
}

/// The user's own way to GitHub, or a running `octopool proxy`. Nothing else leads where it does.
fn own_way(users: Option<&Path>) -> Option<PathBuf> {
    let own = config::users_socket(users)?;
    (!is_own_socket_passed_over() && !is_of_ended_proxy(&own)).then_some(own)
}

/// Leads gh, and what it starts, to the socket.
fn point(command: &mut Command, folder: &Folder, socket: &Path) {
    command.env(USERS_CONFIG, users_variable());
    command.env(CONFIG_DIR, folder.path()).env(SOCKET, socket);
    if let Some(programs) = folder.programs() {
        command.env("PATH", programs);
    }
}

/// Whether this is the socket of an `octopool proxy` that has ended: gh alone could not send
/// anything.
fn is_of_ended_proxy(socket: &Path) -> bool {
    socket.ends_with(OWN_SOCKET) && UnixStream::connect(socket).is_err()
}

/// What this command must not send with the user's own login another process cannot know.
fn is_own_socket_passed_over() -> bool {
    Switch::NoFallback.is_on().unwrap_or(true)
}

/// Nothing if there is no pool to go to, and gh's own login may be used.
fn door(name: String, users: Option<&Path>, is_explained: bool, output: &mut Output) -> Result<Option<Door>> {
    let (no_fallback, is_fresh) = (Switch::NoFallback.is_on()?, Switch::Fresh.is_on()?);
    // What this command asks for itself a proxy that runs already does not know.
    let running = environment::variable(PROXY_SOCKET).map(PathBuf::from);
    let running = running.filter(|_| !no_fallback && !is_fresh && !is_explained);
    if let Some(running) = running.filter(|socket| UnixStream::connect(socket).is_ok()) {
        return Ok(Some(Door::Running(running)));
    }
    let (server, pool) = match CallerArgs::default().server(output) {
        Ok(opened) => opened,
        Err(error) if !matches!(error.code(), "not_logged_in" | "no_server" | "proxy") => return Err(error),
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
        is_of_another: is_of_another(users, output),
        own_budget: OwnBudget::of(name),
    }))))
}

/// Whether gh's login is of another account than octopool's, as far as both are written down.
fn is_of_another(users: Option<&Path>, output: &mut Output) -> bool {
    if environment::variable(DEFAULT_TOKEN_VARIABLE).is_some() {
        return false;
    }
    let caller = auth_store::load(output).ok().flatten().map(|saved| saved.login);
    let (Some(caller), Some(own)) = (caller, config::account(users)) else { return false };
    !caller.is_empty() && !caller.eq_ignore_ascii_case(&own)
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

fn unusable(problem: &io::Error) -> Error {
    Error::failed("socket", format!("A private socket for gh cannot be made: {problem}."))
        .hint("Set TMPDIR to a folder in which you can write, on a file system that has sockets.")
}
