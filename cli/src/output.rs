//! The only module that writes to the terminal: results go to stdout, everything else to stderr, so
//! that a result can be piped. `anstream` removes colours with `NO_COLOR` and where there is no
//! terminal.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::builder::StyledStr;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::Value;
use terminal_size::Width;

use crate::error::{Error, Exit, Result};
use crate::pager::{self, Shown};
use crate::{printable, times};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();

/// Where a command writes.
pub(crate) struct Output {
    json: bool,
    stdout: AutoStream<io::Stdout>,
    stderr: AutoStream<io::Stderr>,
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { json: false, stdout: anstream::stdout(), stderr: anstream::stderr() }
    }

    pub(crate) fn set_json(&mut self, json: bool) {
        self.json = json;
    }

    /// Whether stdout has to be exactly one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line of the result.
    pub(crate) fn line(&mut self, text: &str) -> Result<Exit> {
        self.result(&printable::line(text))
    }

    /// A line of the result about a check that passed or failed.
    pub(crate) fn check(&mut self, is_good: bool, text: &str) -> Result<Exit> {
        let (style, mark) = if is_good { (GOOD, '✓') } else { (ERROR, '✗') };
        self.result(&format!("{style}{mark}{style:#} {}", printable::line(text)))
    }

    /// A line of the result about a check that passed with a warning.
    pub(crate) fn warning_line(&mut self, text: &str) -> Result<Exit> {
        self.result(&format!("{WARNING}!{WARNING:#} {}", printable::line(text)))
    }

    /// A result that is text already, such as a server's document. It is printed unchanged, but
    /// without control characters on a terminal.
    pub(crate) fn document(&mut self, text: &str) -> Result<Exit> {
        let text = text.trim_end();
        if Self::is_terminal() { self.result(&printable::document(text)) } else { self.result(text) }
    }

    /// The result as JSON.
    pub(crate) fn value(&mut self, value: &Value) -> Result<Exit> {
        self.result(&printable::json(&value.to_string()))
    }

    /// Bytes of a result that come from GitHub. A pipe or a file gets them unchanged; a terminal
    /// gets no control characters.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<Exit> {
        if Self::is_terminal() { self.coloured(&printable::bytes(bytes)) } else { self.coloured(bytes) }
    }

    /// The same for bytes that are harmless already and have our colours, which are removed on a
    /// terminal if they are not wanted.
    pub(crate) fn coloured(&mut self, bytes: &[u8]) -> Result<Exit> {
        let mut raw = io::stdout();
        let stdout: &mut dyn Write = if Self::is_terminal() { &mut self.stdout } else { &mut raw };
        unless_closed(stdout.write_all(bytes).and_then(|()| stdout.flush()))
    }

    /// Whether stdout is a terminal.
    pub(crate) fn is_terminal() -> bool {
        io::stdout().is_terminal()
    }

    /// How many columns the terminal has that stdout is; `None` if it is none. A terminal that does
    /// not say counts as 80 columns wide.
    pub(crate) fn columns() -> Option<usize> {
        if !Self::is_terminal() {
            return None;
        }
        let columns = terminal_size::terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns);
        Some(columns.filter(|columns| *columns > 0).map_or(80, usize::from))
    }

    /// A time of the server's: how far away it is for people, exactly in a pipe.
    pub(crate) fn time(text: &str) -> String {
        if Self::is_terminal() { times::from_now(text) } else { times::to_the_second(text) }
    }

    /// A line that is harmless already, with styles of ours.
    pub(crate) fn styled(&mut self, line: &str) -> Result<Exit> {
        self.result(line)
    }

    /// Lines like those of [`Self::styled`], in the user's pager if there is one.
    pub(crate) fn paged(&mut self, lines: &[String]) -> Result<Exit> {
        let mut text = lines.join("\n") + "\n";
        if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
            text = strip_str(&text).to_string();
        }
        match pager::show(&text) {
            Shown::InPager => Ok(Exit::Done),
            Shown::NoPager => self.coloured(text.as_bytes()),
            Shown::Failed(problem) => {
                self.warning(&problem);
                self.coloured(text.as_bytes())
            }
        }
    }

    /// A new secret, alone on its line. Here a closed pipe is an error, because the token is lost
    /// then.
    pub(crate) fn secret(&mut self, secret: &SecretString) -> Result<Exit> {
        written(writeln!(self.stdout, "{}", secret.expose_secret()).and_then(|()| self.stdout.flush()))
    }

    /// The help or the version.
    pub(crate) fn help(&mut self, text: &StyledStr) -> Result<Exit> {
        self.result(text.ansi().to_string().trim_end())
    }

    /// clap's message about invalid arguments.
    pub(crate) fn usage(&mut self, text: &StyledStr) {
        self.stderr_line(text.ansi().to_string().trim_end());
    }

    /// Information that is not part of the result.
    pub(crate) fn note(&mut self, text: &str) {
        self.stderr_line(&printable::line(text));
    }

    /// A question, with the cursor behind it.
    pub(crate) fn prompt(&mut self, question: &str) {
        drop(write!(self.stderr, "{}", printable::line(question)).and_then(|()| self.stderr.flush()));
    }

    /// Something that succeeded but may not be what the user wants.
    pub(crate) fn warning(&mut self, text: &str) {
        self.stderr_line(&format!("{WARNING}warning:{WARNING:#} {}", printable::line(text)));
    }

    /// Why the command failed: the message, the invalid fields, the request id, and hints.
    pub(crate) fn error(&mut self, error: &Error) {
        if self.json {
            return self.stderr_line(&printable::json(&error.to_json().to_string()));
        }
        self.stderr_line(&format!("{ERROR}error:{ERROR:#} {}", printable::line(&error.headline())));
        for field in error.fields() {
            self.stderr_line(&format!(
                "  {}: {}",
                printable::line(&field.field),
                printable::line(&field.problem)
            ));
        }
        if let Some(request_id) = error.request_id() {
            self.stderr_line(&format!("request id: {}", printable::line(request_id)));
        }
        for hint in error.hint_lines() {
            self.stderr_line(&format!("{HINT}hint:{HINT:#} {}", printable::line(hint)));
        }
    }

    fn result(&mut self, line: &str) -> Result<Exit> {
        unless_closed(writeln!(self.stdout, "{line}").and_then(|()| self.stdout.flush()))
    }

    /// A closed stderr is ignored: there is nowhere left to report it.
    fn stderr_line(&mut self, line: &str) {
        drop(writeln!(self.stderr, "{line}"));
    }
}

/// A closed pipe on stdout is not an error: `head` closes it when it has enough.
fn unless_closed(wrote: io::Result<()>) -> Result<Exit> {
    match wrote {
        Err(problem) if problem.kind() == ErrorKind::BrokenPipe => Ok(Exit::Done),
        wrote => written(wrote),
    }
}

fn written(wrote: io::Result<()>) -> Result<Exit> {
    wrote.map(|()| Exit::Done).map_err(|problem| {
        Error::failed("output", format!("The result could not be written: {}.", problem.kind()))
    })
}

/// A value as the API spells it, so that what is shown can be typed elsewhere.
pub(crate) fn spelled(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
