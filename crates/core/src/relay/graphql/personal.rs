//! What is only known where an answer is handed out: who asks, and what is left of the budget. An
//! answer has a blank in its place, so that callers share it.
//!
//! A blank is an object with a key that no answer can have: keys of answers are GraphQL's names,
//! and inside of strings the quotes are escaped.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::Personal;
use super::plan::{Selection, collect};
use super::table::{TypeId, row};

/// How a blank begins; a name, or a login in quotes, and [`END`] follow.
const BLANK: &str = "{\"octopool:blank\":\"";
/// How a blank begins that is true for one account: its login, as JSON.
const IS: &str = "{\"octopool:is\":";
const BEGIN: &str = "{\"octopool:";

/// Writes an object of the caller or of the budget.
pub(super) fn write_blanks(sets: &[&[Selection]], ty: TypeId, out: &mut String) -> Option<()> {
    out.push('{');
    for (index, (key, fields)) in collect(sets, ty)?.iter().enumerate() {
        let _ = write!(out, "{}\"{key}\":", if index > 0 { "," } else { "" });
        let _ = match fields.first()?.name() {
            "__typename" => write!(out, "\"{}\"", row(ty).name.text()),
            name => write!(out, "{BLANK}{name}\"}}"),
        };
    }
    out.push('}');
    Some(())
}

/// Writes whether this account, whose login is JSON, is the caller.
pub(super) fn write_is(login: Option<&str>, out: &mut String) {
    let _ = match login {
        Some(login) => write!(out, "{IS}{login}}}"),
        None => write!(out, "false"),
    };
}

/// Fills the blanks of a body; `None` if it has none.
pub(super) fn fill(body: &[u8], personal: &Personal<'_>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.contains(BEGIN))?;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, blank)) = rest.split_once(BEGIN) {
        out.push_str(before);
        // A login has no braces.
        let Some((blank, after)) = blank.split_once('}') else { break };
        let (kind, value) = blank.split_once("\":").unwrap_or_default();
        let value = value.trim_matches('"');
        match kind {
            "is" => out.push_str(if value.eq_ignore_ascii_case(personal.caller.login.as_str()) {
                "true"
            } else {
                "false"
            }),
            _ => out.push_str(&known(value, personal).to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out.into_bytes())
}

fn known(name: &str, personal: &Personal<'_>) -> Json {
    let rate = personal.rate;
    match name {
        "login" => personal.caller.login.as_str().into(),
        "databaseId" => personal.caller.id.get().into(),
        // An answer of the pool costs its caller nothing.
        "cost" | "nodeCount" => 0.into(),
        "limit" => rate.map(|(limit, ..)| limit).into(),
        "remaining" => rate.map(|(_, remaining, _)| remaining).into(),
        "used" => rate.map(|(limit, remaining, _)| limit.saturating_sub(remaining)).into(),
        "resetAt" => rate.map(|(.., reset)| reset).into(),
        _ => Json::Null,
    }
}
