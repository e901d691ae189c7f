//! The real gh: where it is, and becoming it.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::environment;
use crate::error::{Error, Exit, Result};

/// How often a call has been handed on already. gh's aliases and extensions call gh again, and
/// rightly; a wrapper script that calls octopool in gh's name would do so for ever.
const DEPTH: &str = "OCTOPOOL_GH_DEPTH";
const MOST_DEPTH: u32 = 8;

/// Gives gh the arguments, the standard streams and the environment as they are, but for octopool's
/// tokens: gh has no use for them. On unix this process becomes gh, and so its exit code and its
/// signals are gh's.
pub(super) fn hand_over(arguments: &[OsString], because: Option<&Error>) -> Result<Exit> {
    let explained = |error: Error| match because {
        Some(reason) => error
            .hint(format!("octopool did not serve the read: {}", reason.headline()))
            .hints(reason.hint_lines().iter().cloned()),
        None => error,
    };
    let depth = environment::variable(DEPTH).and_then(|depth| depth.parse().ok()).unwrap_or(0);
    if depth >= MOST_DEPTH {
        return Err(explained(circle()));
    }
    let path = find().map_err(explained)?;
    let mut command = Command::new(&path);
    command.args(arguments).env(DEPTH, (depth + 1).to_string());
    for name in ["OCTOPOOL_TOKEN", "OCTOPOOL_ADMIN_TOKEN"] {
        command.env_remove(name);
    }
    let problem = replace(&mut command);
    Err(explained(
        Error::failed("gh_not_found", format!("{} cannot be run: {problem}.", path.display())).hint(INSTALL),
    ))
}

const INSTALL: &str =
    "Install GitHub's command line (https://cli.github.com), or name it with OCTOPOOL_GH_PATH.";

/// The gh that is meant: the one that is named, or the first on the PATH that is not this program.
fn find() -> Result<PathBuf> {
    let own = env::current_exe().and_then(|path| path.canonicalize()).ok();
    let is_other = |path: &Path| own.is_none() || path.canonicalize().ok() != own;
    if let Some(named) = environment::variable("OCTOPOOL_GH_PATH").map(PathBuf::from) {
        return if is_other(&named) { Ok(named) } else { Err(circle()) };
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    let name = format!("gh{}", env::consts::EXE_SUFFIX);
    // An empty entry means the current folder, where anybody may have put a gh.
    let folders = env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty());
    let found = folders.map(|folder| folder.join(&name)).find(|path| is_executable(path) && is_other(path));
    found.ok_or_else(|| {
        Error::failed("gh_not_found", "There is no other `gh` on the PATH to hand this to.").hint(INSTALL)
    })
}

fn circle() -> Error {
    Error::failed("gh_circle", "What is called gh here leads back to octopool.")
        .hint("Name GitHub's own command line with OCTOPOOL_GH_PATH.")
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

/// Comes back only if it fails.
#[cfg(unix)]
fn replace(command: &mut Command) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

/// Where a process cannot become another one it waits for it, and ends as it does.
#[cfg(not(unix))]
fn replace(command: &mut Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(problem) => problem,
    }
}
