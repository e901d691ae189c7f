//! Reading the file. What is wrong with it is said with its line, and never by quoting a value: somebody may have written a
//! secret where its name goes, or named the wrong file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use octopool_api_types::StateDocument;

use crate::error::{Error, Result};

/// What a server takes. TOML of this size is no more as JSON.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Reads a document; `-` is stdin.
///
/// A file that cannot be used is a failure like others and not a wrong argument: the exit code of those means something else
/// to a plan.
pub(in crate::commands::admin) fn read(file: &Path) -> Result<StateDocument> {
    let name = file.display();
    let text = read_text(file).map_err(|problem| {
        Error::failed("invalid_file", format!("{name} cannot be read: {}.", problem.kind()))
    })?;
    let text = text.ok_or_else(|| Error::failed("invalid_file", format!("{name} is larger than 4 MiB.")))?;
    parse(&text).map_err(|problem| {
        Error::failed("invalid_file", format!("{name} is not a document of octopool: {problem}."))
            .hint("`octopool admin export` writes one.")
    })
}

/// The text, if it is not too large.
fn read_text(file: &Path) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let most = LARGEST_FILE + 1;
    if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LARGEST_FILE {
        return Ok(None);
    }
    String::from_utf8(bytes).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Reads the text, or says where and what is wrong with it. What a name or a number means is the server's to judge; unknown and
/// repeated keys show here.
pub(super) fn parse(text: &str) -> std::result::Result<StateDocument, String> {
    toml::from_str(text).map_err(|problem| {
        let what = without_values(problem.message());
        let place = problem.span().map(|span| place(text, span.start));
        place.map_or_else(|| what.clone(), |(line, column)| format!("line {line} column {column}: {what}"))
    })
}

/// serde quotes the value that it did not expect.
fn without_values(message: &str) -> String {
    let quotes = ["invalid ", "unknown variant"].iter().any(|beginning| message.starts_with(beginning));
    match message.rsplit_once("expected ") {
        Some((_, expected)) if quotes => format!("expected {expected}"),
        _ if quotes => "this value does not fit".to_owned(),
        _ => message.to_owned(),
    }
}

/// Line and column, counted from 1, of a place in the text.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_without_values() {
        for (text, place, what) in [
            ("[pool.x]", "line 1 column 2", "unknown field `pool`"),
            ("[pools.x]\nweight = 1", "line 2 column 1", "unknown field `weight`"),
            ("[pools.x.identities.p]\nlogin = \"a\"", "line 1 column 1", "missing field `secret_ref`"),
            ("[pools.x]\n[pools.x]", "line 2", "duplicate key"),
            ("[pools.x.identities.p]\nlogin = \"a\"\nlogin = \"b\"", "line 3 column 1", "duplicate key"),
            ("[callers.1]\ngithub_login = \"a\"\n\n[callers.1]", "line 4", "duplicate key"),
            ("[callers.1]\ngithub_login = 1.5e300", "line 2 column 16", "expected a string"),
            (
                "[callers.1]\ngithub_login = \"ü\"\nstatus = \"canary\"",
                "line 3 column 10",
                "expected `active` or `disabled`",
            ),
            ("[pools.x.identities.p]\nweight = \"canary\"", "line 2 column 10", "expected i64"),
            (
                "[pools.x.identities.p]\nscopes = [{ owner = \"a\", alow_private = true }]",
                "line 2 column 26",
                "unknown field `alow_private`",
            ),
            ("pools = \"canary\"", "line 1 column 9", "expected a map"),
            ("canary", "line 1", "key with no value"),
            ("a = [", "line 1", ""),
        ] {
            let problem = parse(text).unwrap_err();
            assert!(problem.starts_with(place) && problem.contains(what), "{text}: {problem}");
            assert!(!problem.contains("canary"), "{problem}");
        }
    }

    #[test]
    fn nesting_ends_before_the_stack_does() {
        for text in [
            format!("a = {}", "[".repeat(1_000_000)),
            format!("a = {}", "{ a = ".repeat(500_000)),
            format!("[{}a]", "a.".repeat(1_000_000)),
            format!("{}a = 1", "a.".repeat(1_000_000)),
        ] {
            assert!(parse(&text).is_err());
        }
    }
}
