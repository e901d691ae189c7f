//! The only module that writes to the terminal: results go to stdout, everything else to stderr, so
//! that a result can be piped. `anstream` removes colours with `NO_COLOR` and where there is no
//! terminal.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::builder::StyledStr;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Exit, Result};

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
        self.result(&printable(text))
    }

    /// A line of the result about a check that passed or failed.
    pub(crate) fn check(&mut self, is_good: bool, text: &str) -> Result<Exit> {
        let (style, mark) = if is_good { (GOOD, '✓') } else { (ERROR, '✗') };
        self.result(&format!("{style}{mark}{style:#} {}", printable(text)))
    }

    /// A line of the result about a check that passed with a warning.
    pub(crate) fn warning_line(&mut self, text: &str) -> Result<Exit> {
        self.result(&format!("{WARNING}!{WARNING:#} {}", printable(text)))
    }

    /// A result that is text already, such as a server's document, which is printed unchanged.
    pub(crate) fn document(&mut self, text: &str) -> Result<Exit> {
        self.result(text.trim_end())
    }

    /// The result as JSON.
    pub(crate) fn value(&mut self, value: &Value) -> Result<Exit> {
        self.result(&value.to_string())
    }

    /// Bytes of a result that come from GitHub. A pipe or a file gets them unchanged; on a terminal
    /// colours are removed if they are not wanted.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<Exit> {
        let mut raw = io::stdout();
        let stdout: &mut dyn Write = if Self::is_terminal() { &mut self.stdout } else { &mut raw };
        unless_closed(stdout.write_all(bytes).and_then(|()| stdout.flush()))
    }

    /// Whether stdout is a terminal.
    pub(crate) fn is_terminal() -> bool {
        io::stdout().is_terminal()
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
        self.stderr_line(&printable(text));
    }

    /// Something that succeeded but may not be what the user wants.
    pub(crate) fn warning(&mut self, text: &str) {
        self.stderr_line(&format!("{WARNING}warning:{WARNING:#} {}", printable(text)));
    }

    /// Why the command failed: the message, the invalid fields, the request id, and hints.
    pub(crate) fn error(&mut self, error: &Error) {
        if self.json {
            return self.stderr_line(&error.to_json().to_string());
        }
        self.stderr_line(&format!("{ERROR}error:{ERROR:#} {}", printable(&error.headline())));
        for field in error.fields() {
            self.stderr_line(&format!("  {}: {}", printable(&field.field), printable(&field.problem)));
        }
        if let Some(request_id) = error.request_id() {
            self.stderr_line(&format!("request id: {}", printable(request_id)));
        }
        for hint in error.hint_lines() {
            self.stderr_line(&format!("{HINT}hint:{HINT:#} {}", printable(hint)));
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

/// Replaces control characters: what a server sends must not control the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

/// A value as the API spells it, so that what is shown can be typed elsewhere.
pub(crate) fn spelled(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\r\nc ✓"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c ✓");
    }
}
