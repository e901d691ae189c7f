//! The GitHub token that a login sends to the server: from the environment, or from GitHub's own
//! command line.

use std::io::{self, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use crate::environment;
use crate::error::{Error, Result};
use crate::token::is_token;

/// gh may ask the system's keyring, which may ask the user.
const GH_TIMEOUT: Duration = Duration::from_secs(15);
/// A token has a few dozen characters.
const MOST_OUTPUT: u64 = 4096;
/// In gh's own order of precedence.
const VARIABLES: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];

/// Where a token came from, which decides what to do when GitHub refuses it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    Variable(&'static str),
    Gh,
}

impl Source {
    /// What to do about a token that GitHub refused.
    pub(crate) fn renewal(self) -> String {
        match self {
            Self::Variable(name) => {
                format!("The token comes from {name}: renew it there, or unset {name} to use gh's token.")
            }
            Self::Gh => "Run `gh auth refresh --hostname github.com`, then log in again.".to_owned(),
        }
    }
}

/// A GitHub token of the account that logs in.
pub(crate) struct GitHubToken {
    pub(crate) secret: SecretString,
    pub(crate) source: Source,
}

/// Reads the environment first, then asks gh.
pub(crate) fn find(gh_path: Option<&str>) -> Result<GitHubToken> {
    for name in VARIABLES {
        if let Some(secret) = environment::token(name)? {
            return Ok(GitHubToken { secret, source: Source::Variable(name) });
        }
    }
    let path = gh_path.map(str::to_owned).or_else(|| environment::variable("OCTOPOOL_GH_PATH"));
    let path = path.unwrap_or_else(|| "gh".to_owned());
    Ok(GitHubToken { secret: from_gh(&path, GH_TIMEOUT)?, source: Source::Gh })
}

fn from_gh(path: &str, timeout: Duration) -> Result<SecretString> {
    let mut child = start(path).map_err(|problem| not_started(path, &problem))?;
    let text = output(&mut child, timeout);
    // It has ended or timed out.
    drop(child.kill());
    let status = child.wait();
    let text = text.ok_or_else(|| {
        Error::failed(
            "gh_timeout",
            format!("`{path} auth token` did not answer in {} seconds.", timeout.as_secs()),
        )
        .hint(
            "Run `gh auth token --hostname github.com` yourself to see what it is waiting \
             for, or set GH_TOKEN.",
        )
    })?;
    let token = text.trim();
    if is_token(token) && status.is_ok_and(|status| status.success()) {
        return Ok(SecretString::from(token));
    }
    Err(Error::auth("gh_not_logged_in", "gh has no token for github.com.")
        .hint("Run `gh auth login --hostname github.com`, then log in to octopool again; or set GH_TOKEN."))
}

/// gh gets no token of octopool: it does not need one, and it may be a third-party wrapper.
fn start(path: &str) -> io::Result<Child> {
    let mut command = Command::new(path);
    command.args(["auth", "token", "--hostname", "github.com"]);
    for name in ["OCTOPOOL_TOKEN", "OCTOPOOL_ADMIN_TOKEN"].iter().chain(&VARIABLES) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// The child's output, or nothing if it takes too long. A separate thread reads it: a grandchild
/// can hold the pipe open after the child has ended.
fn output(child: &mut Child, timeout: Duration) -> Option<String> {
    let deadline = Instant::now() + timeout;
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.take(MOST_OUTPUT).read_to_string(&mut text);
        sender.send(read.map_or_else(|_| String::new(), |_| text))
    });
    let text = receiver.recv_timeout(timeout).ok()?;
    while child.try_wait().ok()?.is_none() {
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Some(text)
}

fn not_started(path: &str, problem: &io::Error) -> Error {
    Error::failed("gh_not_found", format!("`{path}` cannot be run: {problem}.")).hint(
        "Install GitHub's command line (https://cli.github.com), name it with `--gh-path`, or set GH_TOKEN.",
    )
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use secrecy::ExposeSecret as _;

    use super::from_gh;

    /// Runs a shell script in place of gh. Another process writes it: if this one did, a fork of a
    /// test that runs at the same time could still hold it open for writing ("text file busy").
    fn run(script: &str, timeout: Duration) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gh");
        let write = r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#;
        assert!(
            Command::new("sh").args(["-c", write, "sh"]).arg(&path).arg(script).status().unwrap().success()
        );
        let token = from_gh(path.to_str().unwrap(), timeout);
        token.map(|token| token.expose_secret().to_owned()).map_err(|error| error.code().to_owned())
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn the_token_is_the_output() {
        assert_eq!(run("echo gho_abc", LONG), Ok("gho_abc".into()));
    }

    #[test]
    fn a_failing_gh_has_no_token() {
        assert_eq!(run("echo gho_abc; exit 1", LONG), Err("gh_not_logged_in".into()));
        assert_eq!(run("true", LONG), Err("gh_not_logged_in".into()));
        assert_eq!(run("echo 'please log in'", LONG), Err("gh_not_logged_in".into()));
        assert_eq!(from_gh("/nonexistent/gh", LONG).err().unwrap().code(), "gh_not_found");
    }

    #[test]
    fn a_hanging_gh_is_ended() {
        let start = Instant::now();
        assert_eq!(run("sleep 30 & sleep 30", Duration::from_millis(200)), Err("gh_timeout".into()));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
