//! The real gh: where it is.
//!
//! octopool may be installed as `gh`, as a link, as a copy or by a script that calls it, in any
//! number of folders of the PATH. None of them is gh. A link and a copy are recognized by what they
//! are; a script is asked.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::environment;
use crate::error::{Error, Result};

/// Set for a program that is asked what it is. octopool answers with [`ANSWER`] and does nothing
/// else.
const QUESTION: &str = "OCTOPOOL_ARE_YOU_IT";
const ANSWER: &str = "octopool-it-is";
/// A script that finds gh first may take a moment.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who started a program as gh, and as which process, and every path that was tried. A copy of
/// octopool in another version is not recognized; it sees by these that it was taken for gh, and
/// goes on behind them.
const STARTED_BY: &str = "OCTOPOOL_GH_STARTED_BY";
const TRIED: &str = "OCTOPOOL_GH_TRIED";
/// How often a call has been handed on already. gh's aliases and extensions call gh again, and
/// rightly; what leads back to octopool in a way that none of the above sees would do so for ever.
const DEPTH: &str = "OCTOPOOL_GH_DEPTH";
const MOST_DEPTH: u32 = 8;
const INSTALL: &str =
    "Install GitHub's command line (https://cli.github.com), or name it with OCTOPOOL_GH_PATH.";

/// The answer to [`QUESTION`], if this process is asked.
pub(crate) fn answer() -> Option<&'static str> {
    env::var_os(QUESTION).map(|_| ANSWER)
}

/// How a program becomes gh.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Start {
    /// In place of this process.
    Exec,
    /// Beside it.
    Spawn,
}

/// The command that starts the real gh with the environment as it is, but for octopool's tokens: gh
/// has no use for them.
pub(super) fn command(start: Start) -> Result<Command> {
    let depth = depth();
    if depth >= MOST_DEPTH {
        return Err(circle());
    }
    let mut tried: Vec<PathBuf> = if was_taken_for_gh() {
        env::split_paths(&env::var_os(TRIED).unwrap_or_default()).collect()
    } else {
        Vec::new()
    };
    let path = find(&tried)?;
    let mut command = Command::new(&path);
    tried.push(path);
    let started_by = match start {
        Start::Exec => format!("exec:{}", process::id()),
        Start::Spawn => format!("spawn:{}", process::id()),
    };
    command.env(DEPTH, (depth + 1).to_string()).env(STARTED_BY, started_by);
    command.env(TRIED, env::join_paths(&tried).unwrap_or_default());
    for name in ["OCTOPOOL_TOKEN", "OCTOPOOL_ADMIN_TOKEN"] {
        command.env_remove(name);
    }
    Ok(command)
}

fn depth() -> u32 {
    environment::variable(DEPTH).and_then(|depth| depth.parse().ok()).unwrap_or(0)
}

/// The real gh cannot be started.
pub(super) fn not_started(command: &Command, problem: &io::Error) -> Error {
    let path = Path::new(command.get_program()).display();
    Error::failed("gh_not_found", format!("{path} cannot be run: {problem}.")).hint(INSTALL)
}

/// Whether octopool started this process as gh. What gh itself starts has another parent.
fn was_taken_for_gh() -> bool {
    let started_by = environment::variable(STARTED_BY).unwrap_or_default();
    started_by == format!("exec:{}", process::id()) || started_by == format!("spawn:{}", parent_id())
}

#[cfg(unix)]
fn parent_id() -> u32 {
    std::os::unix::process::parent_id()
}

/// No process has this number, so there a copy in another version is not recognized.
#[cfg(not(unix))]
fn parent_id() -> u32 {
    u32::MAX
}

/// The gh that is meant: the one that is named, or the first on the PATH that is not octopool.
fn find(tried: &[PathBuf]) -> Result<PathBuf> {
    let own = env::current_exe().and_then(|path| path.canonicalize()).ok();
    let is_octopool =
        |path: &Path| tried.iter().any(|tried| tried == path) || is_octopool(path, own.as_deref());
    let mut name = OsString::from(format!("gh{}", env::consts::EXE_SUFFIX));
    if let Some(named) = environment::variable("OCTOPOOL_GH_PATH").map(PathBuf::from) {
        if named.components().count() > 1 {
            return if is_octopool(&named) { Err(circle()) } else { Ok(named) };
        }
        // A name alone is looked for as a shell does.
        name = named.into_os_string();
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    // An empty entry means the current folder, where anybody may have put a gh.
    let folders = env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty());
    let mut candidates = folders.map(|folder| folder.join(&name)).filter(|path| is_executable(path));
    candidates.find(|path| !is_octopool(path)).ok_or_else(|| {
        let name = name.to_string_lossy();
        Error::failed("gh_not_found", format!("There is no other `{name}` on the PATH to hand this to."))
            .hint(INSTALL)
    })
}

fn circle() -> Error {
    Error::failed("gh_circle", "What is called gh here leads back to octopool.")
        .hint("Name GitHub's own command line with OCTOPOOL_GH_PATH.")
}

fn is_octopool(path: &Path, own: Option<&Path>) -> bool {
    let Some(own) = own else { return false };
    path.canonicalize().is_ok_and(|path| path == own)
        || same_content(path, own).unwrap_or(false)
        || is_script(path) && says_octopool(path)
}

/// A copy. gh is much larger, so hardly anything is ever read.
fn same_content(one: &Path, other: &Path) -> io::Result<bool> {
    if fs::metadata(one)?.len() != fs::metadata(other)?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let both = left.len().min(right.len());
        if left.get(..both) != right.get(..both) {
            return Ok(false);
        }
        if both == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        one.consume(both);
        other.consume(both);
    }
}

fn is_script(path: &Path) -> bool {
    let mut start = [0; 2];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"#!"
}

/// Asks a script. One that does not answer in time is not octopool.
fn says_octopool(path: &Path) -> bool {
    let mut command = Command::new(path);
    command.arg("--version").env(QUESTION, "1").env(DEPTH, (depth() + 1).to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    let Some(stdout) = child.stdout.take() else { return false };
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        drop(BufReader::new(stdout.take(1024)).read_line(&mut line));
        sender.send(line)
    });
    let line = receiver.recv_timeout(PATIENCE).unwrap_or_default();
    drop(child.kill());
    drop(child.wait());
    line.trim_end() == ANSWER
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Gives gh the arguments, and this process with them: its exit code and its signals are gh's.
/// Comes back only if that fails.
#[cfg(unix)]
pub(super) fn become_gh(arguments: &[OsString], set: impl FnOnce(&mut Command)) -> Error {
    use std::os::unix::process::CommandExt as _;
    let mut command = match command(Start::Exec) {
        Ok(command) => command,
        Err(error) => return error,
    };
    command.args(arguments);
    set(&mut command);
    let problem = command.exec();
    not_started(&command, &problem)
}

/// Where a process cannot become another one it waits for it, and ends as it does.
#[cfg(not(unix))]
pub(super) fn become_gh(arguments: &[OsString], set: impl FnOnce(&mut Command)) -> Error {
    let mut command = match command(Start::Spawn) {
        Ok(command) => command,
        Err(error) => return error,
    };
    command.args(arguments);
    set(&mut command);
    // Ctrl-C is gh's, too, which decides how both end.
    drop(ctrlc::set_handler(|| ()));
    match command.status() {
        Ok(status) => process::exit(status.code().unwrap_or(1)),
        Err(problem) => not_started(&command, &problem),
    }
}
