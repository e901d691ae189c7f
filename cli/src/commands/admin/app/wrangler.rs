//! Cloudflare's command line, which puts the App's key into the Worker.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::environment;
use crate::error::{Error, Result};

/// Without the App's key an attempt cannot be repeated later, so that a failure of the network must
/// not be the end of it.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(2);
/// How much of wrangler's output a message shows.
const SHOWN_LINES: usize = 4;

/// The wrangler of this machine.
pub(super) struct Wrangler {
    words: Vec<String>,
}

#[derive(Deserialize)]
struct Secret {
    name: String,
}

impl Wrangler {
    /// The wrangler that is named by the option or by `OCTOPOOL_WRANGLER`, or the checkout's.
    pub(super) fn find(named: Option<&str>) -> Self {
        let named = named.map(str::to_owned).or_else(|| environment::variable("OCTOPOOL_WRANGLER"));
        let words = match named {
            // A path may hold blanks; otherwise they separate arguments.
            Some(path) if Path::new(&path).is_file() => vec![path],
            Some(command) => command.split_whitespace().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        // Where there is none, npx would install the newest instead of this checkout's.
        let npx = || ["npx", "--no-install", "wrangler"].map(str::to_owned).to_vec();
        Self { words: if words.is_empty() { npx() } else { words } }
    }

    /// The names of the Worker's secrets. It also proves that wrangler runs, is logged in, and
    /// finds the Worker.
    pub(super) fn secrets(&self) -> Result<Vec<String>> {
        let ran = self.run(&["secret", "list"], None).map_err(|problem| self.not_run(&problem))?;
        if !ran.status.success() {
            return Err(Error::failed(
                "wrangler_failed",
                format!("`{} secret list` failed: {}", self.words.join(" "), said(&ran, None)),
            )
            .hint("Nothing was created. Run this command in the checkout that the Worker was deployed from.")
            .hint(
                "`npx wrangler login` logs in to Cloudflare; CLOUDFLARE_API_TOKEN does without a browser.",
            ));
        }
        let text = String::from_utf8_lossy(&ran.stdout);
        let list = text.find('[').zip(text.rfind(']')).and_then(|(from, to)| text.get(from..=to));
        let secrets: Vec<Secret> = list.and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default();
        Ok(secrets.into_iter().map(|secret| secret.name).collect())
    }

    /// Puts a secret. Its value goes to wrangler's stdin by a pipe, and nowhere else.
    ///
    /// # Errors
    /// What wrangler said, without the value.
    pub(super) fn put(&self, name: &str, value: &SecretString) -> std::result::Result<(), String> {
        let mut problem = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(PAUSE);
            }
            match self.run(&["secret", "put", name], Some(value)) {
                Ok(ran) if ran.status.success() => return Ok(()),
                Ok(ran) => problem = said(&ran, Some(value)),
                Err(error) => problem = error.to_string(),
            }
        }
        Err(problem)
    }

    fn run(&self, arguments: &[&str], stdin: Option<&SecretString>) -> io::Result<Output> {
        let (program, words) = self.words.split_first().ok_or(io::ErrorKind::NotFound)?;
        // Windows runs scripts only under their whole name.
        let program = if cfg!(windows) && program == "npx" { "npx.cmd" } else { program };
        let mut command = Command::new(program);
        command
            .args(words)
            .args(arguments)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in ["OCTOPOOL_TOKEN", "OCTOPOOL_ADMIN_TOKEN"] {
            command.env_remove(name);
        }
        let Some(value) = stdin else { return command.stdin(Stdio::null()).output() };
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let pipe = child.stdin.take();
        // A wrangler that ends early closes the pipe; its exit code says why.
        drop(pipe.map(|mut pipe| pipe.write_all(value.expose_secret().as_bytes())));
        child.wait_with_output()
    }

    fn not_run(&self, problem: &io::Error) -> Error {
        let program = self.words.first().map_or("npx", String::as_str);
        Error::failed("wrangler_not_found", format!("`{program}` cannot be run: {problem}.")).hint(
            "Nothing was created. Run this command in the checkout of octopool after `npm ci`, or name wrangler \
             with `--wrangler COMMAND`.",
        )
    }
}

/// The last lines of what wrangler printed, without the secret.
fn said(ran: &Output, secret: Option<&SecretString>) -> String {
    let mut text =
        [&ran.stdout, &ran.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).join("\n");
    for line in secret.iter().flat_map(|secret| secret.expose_secret().lines()).filter(|line| line.len() > 8)
    {
        text = text.replace(line, "[redacted]");
    }
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let shown = lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES)).copied().collect::<Vec<_>>();
    if shown.is_empty() { ended(ran.status) } else { shown.join(" ") }
}

fn ended(status: ExitStatus) -> String {
    format!("it ended with {status} and said nothing")
}
