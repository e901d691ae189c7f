//! `octopool gh …`, also under the name `gh`: the real gh, with all its traffic through a private
//! socket. What comes there is served by [`crate::proxy`].
//!
//! gh's own arguments are gh's: none of them is an option of ours but `--octopool-explain`, which
//! gh never sees.

#[cfg(unix)]
mod child;
mod command;
mod config;
#[cfg(unix)]
mod folder;
mod real;
#[cfg(unix)]
mod through_socket;

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::environment::{self, Switch};
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::proxy::direct::NO_TOKEN;

use command::Command;
pub(crate) use real::answer;

/// Lists what happened to each request.
const EXPLAIN: &str = "--octopool-explain";
/// The user's own value of gh's variable, for what a gh behind the socket starts.
const USERS_CONFIG: &str = "OCTOPOOL_GH_USERS_CONFIG";
/// The socket that this process is behind already.
const SOCKET: &str = "OCTOPOOL_GH_SOCKET";
/// Set if nothing goes out with the user's own login behind that socket.
const HELD: &str = "OCTOPOOL_GH_HELD";
/// Every variable that is set for gh alone.
const OURS: [&str; 3] = [USERS_CONFIG, SOCKET, HELD];

/// What gh is to be given, if this process was started as `gh` or as `octopool gh`.
pub(crate) fn arguments(mut all: impl Iterator<Item = OsString>) -> Option<Vec<OsString>> {
    let name = all.next()?;
    if is_gh(&name) {
        return Some(all.collect());
    }
    (all.next()? == "gh").then(|| all.collect())
}

fn is_gh(name: &OsStr) -> bool {
    let file = Path::new(name).file_name().and_then(OsStr::to_str).unwrap_or_default();
    if cfg!(windows) {
        file.eq_ignore_ascii_case("gh.exe") || file.eq_ignore_ascii_case("gh")
    } else {
        file == "gh"
    }
}

/// Runs gh, or becomes it where nothing of it can go through a pool.
pub(crate) fn run(arguments: &[OsString], output: &mut Output) -> Result<Exit> {
    environment::check_switches()?;
    let (arguments, is_explained) = without_explain(arguments);
    let command = Command::of(&arguments, |name| config::alias(config::users_folder().as_deref(), name));
    if command.is_set_up() {
        return set_up(&command, &arguments);
    }
    if is_behind_a_socket()? {
        return Err(real::become_gh(&arguments, |_| ()));
    }
    on_this_system(&arguments, command.name(), is_explained || Switch::Explain.is_on()?, output)
}

fn without_explain(arguments: &[OsString]) -> (Vec<OsString>, bool) {
    let kept: Vec<_> = arguments.iter().filter(|argument| *argument != EXPLAIN).cloned().collect();
    let is_explained = kept.len() < arguments.len();
    (kept, is_explained)
}

/// gh's set-up is the user's real one.
fn set_up(command: &Command, arguments: &[OsString]) -> Result<Exit> {
    let is_held = Switch::NoFallback.is_on()?;
    if is_held && !command.is_local() {
        let line: Vec<_> = arguments.iter().take(2).map(|word| word.to_string_lossy()).collect();
        return Err(Error::failed(
            "no_fallback",
            format!("`gh {}` uses your own credential, which OCTOPOOL_NO_FALLBACK forbids.", line.join(" ")),
        )
        .hint("Run it without OCTOPOOL_NO_FALLBACK."));
    }
    Err(real::become_gh(arguments, |command| {
        if let Some(users) = env::var_os(USERS_CONFIG) {
            if users.is_empty() {
                command.env_remove(config::CONFIG_DIR);
            } else {
                command.env(config::CONFIG_DIR, users);
            }
        }
        for name in ["GH_TOKEN", "GH_ENTERPRISE_TOKEN"] {
            if env::var_os(name).is_some_and(|token| token == NO_TOKEN) {
                command.env_remove(name);
            }
        }
        if is_held {
            command.env("GH_NO_UPDATE_NOTIFIER", "1");
        }
        for name in OURS {
            command.env_remove(name);
        }
    }))
}

/// Whether a gh around this process has a socket already that does what this one is to do, and its
/// configuration is still in use.
fn is_behind_a_socket() -> Result<bool> {
    let Some(socket) = env::var_os(SOCKET) else { return Ok(false) };
    if Switch::NoFallback.is_on()? && env::var_os(HELD).is_none() {
        return Ok(false);
    }
    let configuration = env::var_os(config::CONFIG_DIR).unwrap_or_default();
    let socket = Path::new(&socket);
    let is_named = config::users_socket(Some(Path::new(&configuration))).as_deref() == Some(socket);
    Ok(is_named && socket.exists())
}

/// Ends this process by the signal that ended gh, if it may; otherwise returns.
#[cfg(unix)]
pub(crate) fn end_by(signal: i32) {
    child::end_by(signal);
}

/// A process here ends with a code.
#[cfg(not(unix))]
pub(crate) fn end_by(_: i32) {}

#[cfg(unix)]
fn on_this_system(
    arguments: &[OsString],
    name: String,
    is_explained: bool,
    output: &mut Output,
) -> Result<Exit> {
    through_socket::run(arguments, name, is_explained, output)
}

/// gh's setting needs Unix sockets.
#[cfg(not(unix))]
fn on_this_system(
    arguments: &[OsString],
    _: String,
    is_explained: bool,
    output: &mut Output,
) -> Result<Exit> {
    if Switch::NoFallback.is_on()? {
        return Err(Error::failed("no_fallback", "On this system gh can only use your own credential."));
    }
    if is_explained {
        output.note("octopool: gh cannot be routed through the pool on this system; it runs on its own.");
    }
    Err(real::become_gh(arguments, |_| ()))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{arguments, without_explain};

    #[test]
    fn gh_is_recognized_by_its_name_or_as_the_first_word() {
        let given = |line: &str| {
            let given = arguments(line.split(' ').map(OsString::from))?;
            Some(given.join(&OsString::from(" ")).into_string().unwrap())
        };
        assert_eq!(given("/usr/bin/gh --help"), Some("--help".to_owned()));
        assert_eq!(given("gh"), Some(String::new()));
        assert_eq!(given("octopool gh api --json /x"), Some("api --json /x".to_owned()));
        for line in ["octopool", "octopool help gh", "/gh/octopool health", "ghx api"] {
            assert_eq!(given(line), None, "{line}");
        }
    }

    #[test]
    fn gh_never_sees_our_option() {
        let given = ["--octopool-explain", "pr", "list"].map(OsString::from);
        assert_eq!(without_explain(&given), (["pr", "list"].map(OsString::from).to_vec(), true));
        assert_eq!(without_explain(&given[1..]), (["pr", "list"].map(OsString::from).to_vec(), false));
    }
}
