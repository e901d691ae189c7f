//! What the tests of the command line share: an unconfigured machine, and servers with canned
//! answers.

pub(crate) mod canned;
pub(crate) mod relay;
#[cfg(unix)]
pub(crate) mod straight;
#[cfg(unix)]
pub(crate) mod terminal;
pub(crate) mod transcript;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// An empty home folder. Commands that run in it are isolated from this machine: no environment, no
/// login, no proxy.
pub(crate) struct Home {
    folder: Arc<TempDir>,
}

/// A command to run. It keeps its home folder alive.
pub(crate) struct Invocation {
    command: Command,
    home: Arc<TempDir>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: Arc::new(tempfile::tempdir().unwrap()) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where a login is saved.
    pub(crate) fn auth_file(&self) -> PathBuf {
        let base = if cfg!(target_os = "macos") { "Library/Application Support" } else { "config" };
        self.path().join(base).join("octopool").join("auth.json")
    }

    /// The saved login as JSON.
    pub(crate) fn saved_login(&self) -> Value {
        serde_json::from_slice(&fs::read(self.auth_file()).unwrap()).unwrap()
    }

    /// Saves a login, as an earlier command would have.
    pub(crate) fn save_login(&self, url: &str, token: &str) {
        self.write_auth_file(
            &serde_json::json!({
                "url": url, "pool": "saved-pool", "token": token, "login": "mia", "client": "laptop",
                "created_at": "2026-01-02T03:04:05Z",
            })
            .to_string(),
        );
    }

    pub(crate) fn write_auth_file(&self, text: &str) {
        let path = self.auth_file();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        set_mode(&path, 0o600);
    }

    /// The command with these arguments, separated by spaces.
    pub(crate) fn octopool(&self, arguments: &str) -> Invocation {
        self.program(env!("CARGO_BIN_EXE_octopool").as_ref(), arguments)
    }

    /// Another program with these arguments.
    pub(crate) fn program(&self, path: &Path, arguments: &str) -> Invocation {
        let mut command = Command::new(path);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("USERPROFILE", self.path())
            .env("APPDATA", self.path().join("config"))
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .args(arguments.split_whitespace());
        Invocation { command, home: Arc::clone(&self.folder) }
    }

    /// An executable shell script. Another process writes it: if this one did, a fork of a
    /// neighbouring test could still hold it open for writing, and it would be "text file busy".
    #[cfg(unix)]
    pub(crate) fn script(&self, name: &str, body: &str) -> PathBuf {
        let path = self.path().join(name);
        let write = r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#;
        let mut command = Command::new("sh");
        assert!(command.args(["-c", write, "sh"]).arg(&path).arg(body).status().unwrap().success());
        path
    }
}

impl Invocation {
    /// One more argument, which may hold spaces.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// More arguments, separated by spaces.
    pub(crate) fn args(mut self, arguments: &str) -> Self {
        self.command.args(arguments.split_whitespace());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    /// The arguments, as a person would type them.
    pub(crate) fn command_line(&self) -> String {
        let arguments: Vec<_> = self.command.get_args().map(OsStr::to_string_lossy).collect();
        arguments.join(" ")
    }

    /// The command, to be run in another way.
    #[cfg(unix)]
    pub(crate) fn into_command(self) -> (Command, Arc<TempDir>) {
        (self.command, self.home)
    }

    pub(crate) fn run(self) -> Outcome {
        self.run_with(Stdio::piped(), |_| ())
    }

    /// Starts it, to talk with it while it runs.
    pub(crate) fn start(mut self) -> Running {
        let mut child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Running { child, lines, said: String::new() }
    }

    /// Runs it with another stdout, and calls `meanwhile` while it runs.
    pub(crate) fn run_with(mut self, stdout: impl Into<Stdio>, meanwhile: impl FnOnce(&Child)) -> Outcome {
        let child = self.command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        // The parent's end of the pipe would keep it open.
        self.command.stdout(Stdio::null());
        meanwhile(&child);
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        Outcome {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

/// A command that still runs, with what it says on stderr line by line.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Running {
    /// Waits for a line with this text on stderr and returns it.
    #[track_caller]
    pub(crate) fn line(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_mins(1));
            assert!(line.is_ok(), "stderr lacks {text:?}: {}", self.said);
            let line = line.unwrap();
            self.said.extend([line.as_str(), "\n"]);
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Ends it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Outcome {
        self.said.extend(self.lines.iter().map(|line| line + "\n"));
        let Output { status, stdout, .. } = self.child.wait_with_output().unwrap();
        Outcome { code: status.code(), stdout: String::from_utf8(stdout).unwrap(), stderr: self.said }
    }
}

impl Outcome {
    /// Fails the test, and prints the whole outcome, if the exit code is another.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Stdout, which has to be exactly one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert!(self.stdout.ends_with('\n'), "{self:#?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error's envelope: one line on stderr, and nothing on stdout.
    #[track_caller]
    pub(crate) fn json_error(&self) -> Value {
        assert_eq!(self.stdout, "", "{self:#?}");
        let envelope: Value = serde_json::from_str(self.stderr.trim_end()).unwrap();
        assert!(!envelope["error"]["code"].as_str().unwrap().is_empty());
        envelope["error"].clone()
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "stdout lacks {text:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn never_shows(self, secret: &str) -> Self {
        assert!(!self.stdout.contains(secret) && !self.stderr.contains(secret), "{self:#?}");
        self
    }
}

/// Sets the permission bits; does nothing where files have none.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}

/// The permission bits of a file or folder.
#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
