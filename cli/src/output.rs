//! The only place that writes to the terminal: results go to stdout, everything else to stderr, so
//! that a result can be piped. Colours appear on a terminal only and never under `NO_COLOR`;
//! `anstream` takes them out elsewhere.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::builder::StyledStr;
use secrecy::{ExposeSecret as _, SecretString};
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

    /// Whether stdout is to hold exactly one JSON document and nothing else.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// A line of the result.
    pub(crate) fn line(&mut self, text: &str) -> Result<Exit> {
        self.result(&printable(text))
    }

    /// A line of the result about something that is well or not.
    pub(crate) fn check(&mut self, is_good: bool, text: &str) -> Result<Exit> {
        let (style, mark) = if is_good { (GOOD, '✓') } else { (ERROR, '✗') };
        self.result(&format!("{style}{mark}{style:#} {}", printable(text)))
    }

    /// A line of the result about something that works but could be safer.
    pub(crate) fn warning_line(&mut self, text: &str) -> Result<Exit> {
        self.result(&format!("{WARNING}!{WARNING:#} {}", printable(text)))
    }

    /// The result as JSON. A server's document goes out as it came in.
    pub(crate) fn document(&mut self, text: &str) -> Result<Exit> {
        self.result(text.trim_end())
    }

    /// The result as JSON.
    pub(crate) fn value(&mut self, value: &Value) -> Result<Exit> {
        self.result(&value.to_string())
    }

    /// Bytes of a result that are somebody else's. A pipe or a file gets every one of them; on a terminal the colours
    /// that were put into them are taken out if they are not wanted.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<Exit> {
        let mut raw = io::stdout();
        let stdout: &mut dyn Write = if Self::is_terminal() { &mut self.stdout } else { &mut raw };
        quietly_closed(stdout.write_all(bytes).and_then(|()| stdout.flush()))
    }

    /// Whether a person looks at stdout.
    pub(crate) fn is_terminal() -> bool {
        io::stdout().is_terminal()
    }

    /// A secret that was made for the person who asked, alone on its line. Here a closed pipe is an
    /// error, because nobody has the token then.
    pub(crate) fn secret(&mut self, secret: &SecretString) -> Result<Exit> {
        written(writeln!(self.stdout, "{}", secret.expose_secret()).and_then(|()| self.stdout.flush()))
    }

    /// The help or the version that was asked for.
    pub(crate) fn help(&mut self, text: &StyledStr) -> Result<Exit> {
        self.result(text.ansi().to_string().trim_end())
    }

    /// clap's own words about arguments that make no sense.
    pub(crate) fn usage(&mut self, text: &StyledStr) {
        self.say(text.ansi().to_string().trim_end());
    }

    /// Something worth knowing that is not the result.
    pub(crate) fn note(&mut self, text: &str) {
        self.say(&printable(text));
    }

    /// Something that went as asked but may not be as wanted.
    pub(crate) fn warning(&mut self, text: &str) {
        self.say(&format!("{WARNING}warning:{WARNING:#} {}", printable(text)));
    }

    /// Why the command ended: the message, the fields it is about, the request id, what to do.
    pub(crate) fn error(&mut self, error: &Error) {
        if self.json {
            return self.say(&error.to_json().to_string());
        }
        self.say(&format!("{ERROR}error:{ERROR:#} {}", printable(&error.headline())));
        for field in error.fields() {
            self.say(&format!("  {}: {}", printable(&field.field), printable(&field.problem)));
        }
        if let Some(request_id) = error.request_id() {
            self.say(&format!("request id: {}", printable(request_id)));
        }
        for hint in error.hint_lines() {
            self.say(&format!("{HINT}hint:{HINT:#} {}", printable(hint)));
        }
    }

    fn result(&mut self, line: &str) -> Result<Exit> {
        quietly_closed(writeln!(self.stdout, "{line}").and_then(|()| self.stdout.flush()))
    }

    /// If stderr is gone there is nobody left to tell.
    fn say(&mut self, line: &str) {
        drop(writeln!(self.stderr, "{line}"));
    }
}

/// A closed pipe on stdout is how `head` says that it has seen enough.
fn quietly_closed(wrote: io::Result<()>) -> Result<Exit> {
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

/// What a server sends must not move the cursor or recolour the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\r\nc ✓"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c ✓");
    }
}
