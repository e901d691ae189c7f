//! Answers as `gh api` prints them.

use serde_json::Value;
use ureq::http::StatusCode;

use super::api_call::{ApiCall, Pages};
use crate::error::{Exit, Result};
use crate::jq::{self, Layout};
use crate::output::Output;
use crate::printable;
use crate::relay::Envelope;

/// Prints the pages; GitHub's refusal is a line on stderr and exit code 1.
pub(super) fn show(call: &ApiCall, pages: &[Envelope], output: &mut Output) -> Result<Exit> {
    let mut out = Vec::new();
    let written = write(call, pages, Output::is_terminal(), &mut out);
    // What came before an error of jq's is printed, as gh does.
    output.coloured(&out)?;
    written?;
    let refusal = pages.last().map(refusal).transpose()?.flatten();
    let Some(refusal) = refusal else { return Ok(Exit::Done) };
    for (number, line) in refusal.lines().enumerate() {
        output.note(&if number == 0 { format!("gh: {line}") } else { line.to_owned() });
    }
    Ok(Exit::Failed)
}

fn write(call: &ApiCall, pages: &[Envelope], is_terminal: bool, out: &mut Vec<u8>) -> Result<()> {
    let is_slurped = call.pages == Pages::Slurped;
    for (number, page) in pages.iter().enumerate() {
        let (is_first, is_last) = (number == 0, number + 1 == pages.len());
        if is_slurped && !call.silent {
            out.push(if is_first { b'[' } else { b',' });
        }
        if call.include {
            let mut lines = Vec::new();
            head(page, &mut lines);
            out.extend_from_slice(&shown(lines, is_terminal));
        }
        if call.silent {
            continue;
        }
        let body = shown(page.body()?, is_terminal);
        match &call.filter {
            _ if page.status == 204 => {}
            Some(filter) if page.status < 300 => {
                let layout = if is_terminal { Layout::Indented } else { Layout::Compact };
                let mut results = Vec::new();
                let ran = filter.run(&body, layout, &mut results);
                out.extend_from_slice(&shown(results, is_terminal));
                ran?;
            }
            _ if is_terminal && !is_slurped && page.is_json() => for_people(&body, out),
            _ if call.pages == Pages::Joined && !call.include && page.is_json() => {
                joined(&body, is_first, is_last, out);
            }
            _ => out.extend_from_slice(&body),
        }
        if call.include && !is_last {
            out.push(b'\n');
        }
    }
    if is_slurped && !call.silent {
        out.push(b']');
    }
    Ok(())
}

/// What a terminal may get of GitHub's bytes; everything else gets all of them.
fn shown(bytes: Vec<u8>, is_terminal: bool) -> Vec<u8> {
    if is_terminal { printable::bytes(&bytes) } else { bytes }
}

fn for_people(body: &[u8], out: &mut Vec<u8>) {
    match jq::indented(body, true) {
        Some(text) => {
            out.extend_from_slice(&text);
            out.push(b'\n');
        }
        None => out.extend_from_slice(body),
    }
}

/// Pages that are arrays become one array, as in gh since 2.48; the bytes between the brackets
/// stay. Objects follow each other.
fn joined(body: &[u8], is_first: bool, is_last: bool, out: &mut Vec<u8>) {
    let mut body = body;
    if let Some(rest) = body.strip_prefix(b"[").filter(|_| !is_first) {
        out.push(if rest.starts_with(b"]") { b' ' } else { b',' });
        body = rest;
    }
    if let Some(rest) = body.strip_suffix(b"]").filter(|_| !is_last) {
        body = rest;
    }
    out.extend_from_slice(body);
}

/// The status and the headers that the relay passes on. The protocol is GitHub's.
fn head(page: &Envelope, out: &mut Vec<u8>) {
    let reason = StatusCode::from_u16(page.status).ok().and_then(|status| status.canonical_reason());
    let status = format!("HTTP/2.0 {} {}", page.status, reason.unwrap_or_default());
    out.extend_from_slice(format!("{}\n", status.trim_end()).as_bytes());
    for (name, value) in &page.headers {
        out.extend_from_slice(format!("{}: {value}\r\n", canonical(name)).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// `x-ratelimit-limit` as Go spells it: `X-Ratelimit-Limit`.
fn canonical(name: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

/// Why GitHub refuses, in gh's words.
fn refusal(page: &Envelope) -> Result<Option<String>> {
    if page.status < 300 {
        return Ok(None);
    }
    let bare = format!("HTTP {}", page.status);
    if page.status < 400 || !page.is_json() {
        return Ok(Some(bare));
    }
    let body: Value = serde_json::from_slice(&page.body()?).unwrap_or_default();
    let message = body["message"].as_str().filter(|message| !message.is_empty());
    let errors = match &body["errors"] {
        Value::String(text) if !text.is_empty() => {
            let message = message.map(|message| format!(" ({message})")).unwrap_or_default();
            return Ok(Some(format!("{text}{message}")));
        }
        Value::Array(errors) => {
            errors.iter().filter_map(|error| error["message"].as_str().or(error.as_str())).collect()
        }
        _ => Vec::new(),
    };
    Ok(Some(match message {
        Some(message) => format!("{message} ({bare})"),
        None if errors.is_empty() => bare,
        None => errors.join("\n"),
    }))
}

#[cfg(test)]
mod tests {
    use super::{canonical, joined};

    #[test]
    fn pages_of_arrays_are_one_array() {
        for (pages, expected) in [
            (vec!["[1, 2]"], "[1, 2]"),
            (vec!["[1]", "[2]", "[3]"], "[1,2,3]"),
            (vec!["[1]", "[]"], "[1 ]"),
            (vec!["[]"], "[]"),
            (vec!["{\"a\":[1]}", "{\"a\":[2]}"], "{\"a\":[1]}{\"a\":[2]}"),
        ] {
            let mut out = Vec::new();
            for (number, page) in pages.iter().enumerate() {
                joined(page.as_bytes(), number == 0, number + 1 == pages.len(), &mut out);
            }
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn header_names_are_gos() {
        assert_eq!(canonical("x-github-request-id"), "X-Github-Request-Id");
        assert_eq!(canonical("etag"), "Etag");
        assert_eq!(canonical("-é-"), "--");
    }
}
