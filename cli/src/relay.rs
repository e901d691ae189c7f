//! Reads of GitHub through the server: the request, the envelope around GitHub's response, and the
//! notice about a cached response.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use octopool_api_types::{BodyEncoding, CacheOutcome, Relay, RelayIdentity, RelayRequest, paths};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::environment::Switch;
use crate::error::{Error, Result};
use crate::http::Answer;
use crate::session::Session;

/// Reads whose responses people and programs act on: a state, a merge, the head of a branch. A
/// notice says if one of them comes from the cache.
const DECISIONS: [&str; 13] = [
    "branch_view",
    "commit_checks",
    "commit_status",
    "commit_view",
    "git_ref",
    "issue_list",
    "issue_view",
    "job_view",
    "pr_list",
    "pr_view",
    "run_jobs",
    "run_list",
    "run_view",
];

/// GitHub's response. The body stays as the server wrote it, so that what is printed is what GitHub
/// sent, with its order of keys and its spelling of numbers.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    body: Box<RawValue>,
    body_encoding: BodyEncoding,
    pub(crate) identity: Option<RelayIdentity>,
    pub(crate) relay: Relay,
}

/// One read. With `OCTOPOOL_FRESH` on it bypasses the cache, unless its headers say how old a
/// response may be.
pub(crate) fn request(
    session: &Session,
    path: &str,
    query: &[(String, String)],
    headers: &BTreeMap<String, String>,
) -> Result<RelayRequest> {
    let mut headers = headers.clone();
    if Switch::Fresh.is_on()? {
        headers.entry("cache-control".to_owned()).or_insert_with(|| "max-age=0".to_owned());
    }
    Ok(RelayRequest {
        pool: session.pool.clone(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: parameters(query),
        headers,
        route_hint: None,
    })
}

/// A key that is given several times becomes an array.
fn parameters(pairs: &[(String, String)]) -> BTreeMap<String, Value> {
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, value) in pairs {
        values.entry(key.clone()).or_default().push(value.as_str().into());
    }
    let only = |mut values: Vec<Value>| if values.len() == 1 { values.remove(0) } else { values.into() };
    values.into_iter().map(|(key, values)| (key, only(values))).collect()
}

/// Sends a read. A refusal has a hint with the pool's reason.
pub(crate) fn ask(session: &Session, request: &RelayRequest) -> Result<Answer> {
    let answer = session.server.post(paths::GITHUB_REQUEST, request);
    answer.map_err(|error| match error.detail("reason").map(str::to_owned) {
        Some(reason) => error.hint(format!("The pool's reason is {reason}.")),
        None => error,
    })
}

impl Envelope {
    /// GitHub's body as bytes; empty if there is none.
    pub(crate) fn body(&self) -> Result<Vec<u8>> {
        let raw = self.raw_body();
        match self.body_encoding {
            _ if raw == "null" => Ok(Vec::new()),
            BodyEncoding::Json => Ok(raw.into()),
            BodyEncoding::Text => text(raw).map(String::into_bytes),
            BodyEncoding::Base64 => STANDARD.decode(text(raw)?).map_err(|_| unexpected()),
        }
    }

    /// The body's form in the envelope, which is always JSON.
    pub(crate) fn raw_body(&self) -> &str {
        self.body.get()
    }

    /// The notice for a cached response that people or programs act on.
    pub(crate) fn notice(&self) -> Option<String> {
        let Relay { cache, route_kind, cache_expires_at, stale_reason, .. } = &self.relay;
        if !DECISIONS.contains(&route_kind.as_str()) {
            return None;
        }
        let refresh = match (cache_expires_at, stale_reason) {
            (Some(time), Some(reason)) => format!("it is out of date since {time} ({})", reason.as_str()),
            (Some(time), None) => format!("it is asked for anew after {time}"),
            (None, _) => String::new(),
        };
        notice(*cache, route_kind, &refresh)
    }
}

/// The notice for an answer from the cache about `what`, which people or programs act on; nothing
/// for an answer from GitHub. `refresh` says when it is replaced, if that is known.
pub(crate) fn notice(cache: CacheOutcome, what: &str, refresh: &str) -> Option<String> {
    let refresh = match cache {
        CacheOutcome::Miss | CacheOutcome::Bypass => return None,
        _ if !refresh.is_empty() => refresh,
        CacheOutcome::Hit => "it may be a little old",
        CacheOutcome::Stale => "it is out of date",
    };
    Some(format!(
        "octopool: this answer ({what}) is from the cache, {refresh}; OCTOPOOL_FRESH=1 asks GitHub now."
    ))
}

fn text(raw: &str) -> Result<String> {
    serde_json::from_str(raw).map_err(|_| unexpected())
}

fn unexpected() -> Error {
    Error::failed("unexpected_answer", "The body of the server's answer does not match its `body_encoding`.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Envelope, parameters};

    fn envelope(body: &str, encoding: &str, link: &str) -> Envelope {
        let relay = json!({
            "pool": "p", "request_id": "r", "cacheable": true, "cache": "miss", "stale_ok": false, "route_kind": "pr_view",
        });
        let text = format!(
            r#"{{"status":200,"headers":{{"content-type":"application/json; charset=utf-8","link":{}}},"body":{body},
            "body_encoding":"{encoding}","relay":{relay}}}"#,
            json!(link)
        );
        serde_json::from_str(&text).unwrap()
    }

    fn body(body: &str, encoding: &str) -> Option<Vec<u8>> {
        envelope(body, encoding, "").body().ok()
    }

    #[test]
    fn a_body_is_what_github_sent() {
        let json = r#"{"z": 1.50, "a":[1e2]}"#;
        assert_eq!(body(json, "json"), Some(json.into()));
        assert_eq!(body("null", "json"), Some(Vec::new()));
        assert_eq!(body(r#""a\u0000\n""#, "text"), Some(b"a\0\n".into()));
        assert_eq!(body(r#""AP8=""#, "base64"), Some(vec![0, 255]));
        assert_eq!(body(r#""?""#, "base64"), None);
        assert_eq!(body("7", "text"), None);
    }

    #[test]
    fn keys_that_are_given_twice_are_one_array() {
        let pairs =
            [("a", "1"), ("b", "x"), ("a", "2")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(json!(parameters(&pairs)), json!({"a": ["1", "2"], "b": "x"}));
    }
}
