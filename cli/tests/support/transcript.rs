//! Whole outputs of several commands as one text, for snapshots. To write them anew:
//! `INSTA_UPDATE=always cargo test -p octopool-cli`; the diff shows what users will see.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::{Invocation, Outcome};

/// Commands with everything that they printed, as a person would see it in a terminal.
#[derive(Default)]
pub(crate) struct Transcript(String);

impl Transcript {
    /// Runs a command and appends what it printed, and its exit code if that is not 0.
    pub(crate) fn run(&mut self, invocation: Invocation) -> Outcome {
        let command = invocation.command_line();
        let outcome = invocation.run();
        let _ = writeln!(self.0, "$ octopool {}", redacted(&command));
        self.0.push_str(&narrow(&redacted(&outcome.stdout)));
        for line in redacted(&outcome.stderr).lines() {
            let _ = writeln!(self.0, "stderr: {line}");
        }
        if outcome.code != Some(0) {
            let _ = writeln!(self.0, "exit code: {:?}", outcome.code.unwrap());
        }
        self.0.push('\n');
        outcome
    }

    pub(crate) fn text(&self) -> &str {
        self.0.trim_end()
    }
}

/// A table with times has columns of another width in each run, because a time has no zeros at its
/// end: leaves two spaces between its columns. Other tables stay as they are.
fn narrow(text: &str) -> String {
    if !text.contains("[time]") {
        return text.to_owned();
    }
    let mut narrow = text.to_owned();
    while narrow.contains("   ") {
        narrow = narrow.replace("   ", "  ");
    }
    narrow
}

/// Replaces what differs between runs. A word is hidden only if all of it has the form that it
/// should have; everything else stays, and the snapshot fails.
pub(crate) fn redacted(text: &str) -> String {
    let is_of_word = |character: char| character.is_ascii_alphanumeric() || "-_:./+".contains(character);
    let mut redacted = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_of_word) {
        redacted.push_str(&rest[..start]);
        let word = &rest[start..];
        let word = &word[..word.find(|character| !is_of_word(character)).unwrap_or(word.len())];
        redacted.push_str(&redacted_word(word));
        rest = &rest[start + word.len()..];
    }
    redacted + rest
}

fn redacted_word(word: &str) -> String {
    let bare = word.trim_end_matches(['.', ':', '/']);
    let after = &word[bare.len()..];
    let is_token = |secret: &str| secret.len() > 40 && !secret.contains([':', '.', '/', '+']);
    if let Some(rest) = bare.strip_prefix("http://127.0.0.1:") {
        let (port, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        assert!(port.parse::<u16>().is_ok(), "{word}");
        return format!("[server]{path}{after}");
    }
    let placeholder = if Uuid::parse_str(bare).is_ok_and(|uuid| uuid.get_version_num() == 4) {
        "[uuid]"
    } else if is_recent(bare) {
        "[time]"
    } else if URL_SAFE_NO_PAD.decode(bare).is_ok_and(|digest| digest.len() == 32) {
        "[digest]"
    } else if ["op_", "opa_"].iter().any(|prefix| bare.strip_prefix(prefix).is_some_and(is_token)) {
        "[token]"
    } else {
        bare
    };
    format!("{placeholder}{after}")
}

/// Whether this is a time in UTC at which the test can have run. Its clock may have been moved by
/// an hour.
fn is_recent(word: &str) -> bool {
    let age = OffsetDateTime::parse(word, &Rfc3339).map(|time| OffsetDateTime::now_utc() - time);
    word.ends_with('Z') && age.is_ok_and(|age| age.abs() <= time::Duration::HOUR)
}
