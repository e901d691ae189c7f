//! An answer of GitHub's as it is kept and handed on.

use bytes::Bytes;
use http::HeaderMap;
use octopool_api_types::{BodyEncoding, CacheOutcome, FallbackReason};
use octopool_core::Timestamp;
use octopool_core::relay::{Cleaned, LeaseReason, Life, Route, Seen, clean, life, stale_seconds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

use super::error::Failure;
use crate::coordinator::Shared;
use crate::store::relay::ServingIdentity;

/// Headers of GitHub's that are handed on (contract, section 6); the rate limit's are beside them by their prefix.
const HEADERS: [&str; 6] =
    ["content-type", "etag", "last-modified", "link", "retry-after", "x-github-request-id"];
const RATE_LIMIT_PREFIX: &str = "x-ratelimit-";
/// GitHub's answer to who asks for what is not there, or not shown.
const NOT_FOUND: &[u8] =
    br#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}"#;

/// What kind of credential an identity has.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum IdentityKind {
    /// A personal access token.
    Pat,
    /// An installation of the App.
    App,
}

/// All of an answer but its body.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Head {
    /// GitHub's status.
    pub status: u16,
    /// Names in lower case and values, in GitHub's order.
    pub headers: Vec<(String, String)>,
    /// What the body is.
    pub encoding: BodyEncoding,
    /// Who asked.
    pub identity: (String, IdentityKind),
    /// Why it was who asked.
    pub lease_reason: LeaseReason,
    /// When GitHub was asked.
    pub fetched_at: Timestamp,
    /// Until when it is fresh; `None` if it is not shared.
    pub fresh_until: Option<Timestamp>,
    /// Until when it may be served while nobody can ask anew.
    pub stale_until: Timestamp,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// All but the body.
    pub head: Head,
    /// The body as it is handed on, byte for byte.
    pub body: Bytes,
}

/// An answer, and how it came about.
#[derive(Clone, Debug)]
pub struct Relayed {
    /// The answer.
    pub answer: Answer,
    /// Where it came from.
    pub cache: CacheOutcome,
    /// Whether another request had asked already.
    pub coalesced: bool,
    /// Why it is stale, if it is.
    pub stale_reason: Option<FallbackReason>,
    /// Why GitHub was asked and what it answered, if it was.
    pub forwarded: Option<(Forwarded, u16)>,
}

/// Why GitHub was asked (RFC 9211, 2.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forwarded {
    /// There was nothing.
    Miss,
    /// What there was is past its time.
    Stale,
    /// The caller wants a younger one.
    Request,
}

impl Head {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Who asked, when and for what.
pub(super) struct Asked<'a> {
    pub(super) route: &'a Route,
    pub(super) identity: &'a ServingIdentity,
    pub(super) lease_reason: LeaseReason,
    pub(super) at: Timestamp,
}

impl Answer {
    /// Reads what GitHub answered, and takes out what only the identity may see. What is not what GitHub's documentation says is no data, also
    /// with a status of 200: a proxy's or an incident's HTML page must not be taken for it.
    pub(super) fn read(response: http::Response<Bytes>, asked: &Asked<'_>) -> Result<Self, Failure> {
        let (parts, body) = response.into_parts();
        let mut answer = Self { head: head(parts.status.as_u16(), &parts.headers, asked), body };
        answer.head.encoding = encoding(&answer)?;
        let json = if answer.head.encoding == BodyEncoding::Json && !answer.body.is_empty() {
            Some(serde_json::from_slice::<Value>(&answer.body).map_err(|_| Failure::Invalid)?)
        } else {
            None
        };
        if parts.status.is_success() {
            answer.settle(json.unwrap_or(Value::Null), sso(&parts.headers), asked);
        }
        Ok(answer)
    }

    /// Cleans a success and says for how long it counts.
    fn settle(&mut self, mut json: Value, sso: Option<&str>, asked: &Asked<'_>) {
        match clean(asked.route.holds, &mut json) {
            Cleaned::Unchanged => {}
            // A Value always serializes.
            Cleaned::Changed => self.body = serde_json::to_vec(&json).unwrap_or_default().into(),
            Cleaned::Unshared => return,
            Cleaned::Hidden => {
                // As GitHub says it to who must not see it.
                let kept = |name: &str| ["content-type", "x-github-request-id"].contains(&name);
                self.head.status = 404;
                self.head.headers.retain(|(name, _)| kept(name) || name.starts_with(RATE_LIMIT_PREFIX));
                self.body = Bytes::from_static(NOT_FOUND);
                return;
            }
        }
        let (fresh, stale) =
            match life(asked.route.freshness, &Seen { status: self.head.status, sso, body: &json }) {
                Life::Unshared => return,
                Life::Provisional(seconds) => (seconds, seconds),
                Life::Fresh(seconds) => (seconds, stale_seconds(seconds)),
            };
        self.head.fresh_until = Some(later(asked.at, fresh));
        self.head.stale_until = later(asked.at, stale);
    }

    /// The same answer after GitHub said that it still holds.
    pub(super) fn confirmed(mut self, headers: &HeaderMap, asked: &Asked<'_>) -> Self {
        let mut news = head(self.head.status, headers, asked);
        // What a 304 does not repeat still holds (RFC 9110, 15.4.5).
        for (name, value) in std::mem::take(&mut self.head.headers) {
            let repeated = news.headers.iter().any(|(known, _)| *known == name);
            if !repeated && !name.starts_with(RATE_LIMIT_PREFIX) {
                news.headers.push((name, value));
            }
        }
        news.encoding = self.head.encoding;
        self.head = news;
        let json = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        self.settle(json, sso(headers), asked);
        self
    }

    /// As it travels to those who waited, and into the caches.
    pub(super) fn to_shared(&self) -> Shared {
        // A head is text and numbers; should it ever not serialize, the empty one reads as a miss.
        Shared { head: serde_json::to_string(&self.head).unwrap_or_default(), body: self.body.clone() }
    }

    /// Reads what travelled; nothing if it is damaged.
    pub(super) fn from_shared(shared: Shared) -> Option<Self> {
        let head: Head = serde_json::from_slice(shared.head.as_bytes()).ok()?;
        Some(Self { head, body: shared.body })
    }
}

/// Whether the identity saw all that there is (<https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api>).
fn sso(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-github-sso")?.to_str().ok()
}

fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.plus(Duration::from_secs(seconds.unsigned_abs()))
}

fn head(status: u16, headers: &HeaderMap, asked: &Asked<'_>) -> Head {
    let passed = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        let wanted = HEADERS.contains(&name) || name.starts_with(RATE_LIMIT_PREFIX);
        Some((name.to_owned(), value.to_str().ok().filter(|_| wanted)?.to_owned()))
    });
    Head {
        status,
        headers: passed.collect(),
        encoding: BodyEncoding::Text,
        identity: (asked.identity.id.clone(), kind(asked.identity)),
        lease_reason: asked.lease_reason,
        fetched_at: asked.at,
        fresh_until: None,
        stale_until: asked.at,
    }
}

fn kind(identity: &ServingIdentity) -> IdentityKind {
    if identity.installation_id.is_some() { IdentityKind::App } else { IdentityKind::Pat }
}

fn encoding(answer: &Answer) -> Result<BodyEncoding, Failure> {
    let content_type = answer.head.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence == "text/html" && answer.head.status < 400 {
        return Err(Failure::Invalid);
    }
    // A file's own bytes come as `application/vnd.github.raw+json`, whatever is in the file.
    let is_file = essence.contains(".raw");
    if answer.body.is_empty() || essence == "application/json" || essence.ends_with("+json") && !is_file {
        return Ok(BodyEncoding::Json);
    }
    Ok(if std::str::from_utf8(&answer.body).is_ok() { BodyEncoding::Text } else { BodyEncoding::Base64 })
}
