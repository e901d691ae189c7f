//! Answers of a canned server to reads of GitHub.

use serde_json::{Value, json};

use super::canned::Answer;

pub(crate) const RELAY: &str = "POST /v1/github/request";

/// An envelope around a body, which is in it as it is.
pub(crate) fn envelope(status: u16, headers: &Value, body: &str, encoding: &str, relay: &Value) -> Answer {
    let text = format!(
        r#"{{"status":{status},"headers":{headers},"body":{body},"body_encoding":"{encoding}",
        "identity":{{"id":"mona","kind":"pat"}},"relay":{relay}}}"#
    );
    Answer::text(200, "application/json; charset=utf-8", &text)
}

pub(crate) fn relay(route_kind: &str, cache: &str) -> Value {
    json!({
        "pool": "saved-pool", "request_id": "r-1", "cacheable": true, "cache": cache, "stale_ok": cache == "stale",
        "route_kind": route_kind, "cache_expires_at": "2026-01-02T03:04:05Z", "lease_reason": "sticky",
    })
}

/// A JSON answer of GitHub's, from GitHub.
pub(crate) fn github(status: u16, body: &str) -> Answer {
    let headers = json!({"content-type": "application/json; charset=utf-8", "etag": "\"a\"", "x-ratelimit-limit": "5000"});
    envelope(status, &headers, body, "json", &relay("repo_view", "miss"))
}
