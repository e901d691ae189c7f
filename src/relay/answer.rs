//! An answer of GitHub's as it is kept and handed on.

use bytes::Bytes;
use http::HeaderMap;
use octopool_core::relay::{
    BodyEncoding, Budget, CacheOutcome, Cleaned, Form, Holds, LeaseReason, Life, Media, PoolRate, Seen,
    StaleReason, clean, form, life, stale_seconds,
};
use octopool_core::{IdentityKind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

use super::error::Failure;
use super::rest::Rest;
use super::sql::ServingIdentity;
use crate::ports::coordinator::Shared;

/// Headers of GitHub's that are handed on (contract, section 6); the rate limit's are beside them
/// by their prefix.
const HEADERS: [&str; 7] = [
    "content-type",
    "etag",
    "last-modified",
    "link",
    "retry-after",
    "x-github-request-id",
    "x-poll-interval",
];
const RATE_LIMIT_PREFIX: &str = "x-ratelimit-";
/// GitHub's answer to who asks for what is not there, or not shown.
const NOT_FOUND: &[u8] =
    br#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}"#;

/// All of an answer but its body.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Head {
    /// GitHub's status.
    pub status: u16,
    /// Names in lower case and values, in GitHub's order.
    pub headers: Vec<(String, String)>,
    /// What the body is.
    pub encoding: BodyEncoding,
    /// Who asked; nobody if GitHub was not asked.
    pub identity: Option<(String, IdentityKind)>,
    /// Why it was who asked.
    pub lease_reason: Option<LeaseReason>,
    /// When GitHub was asked.
    pub fetched_at: Timestamp,
    /// Until when it is fresh; `None` if it is not shared.
    pub fresh_until: Option<Timestamp>,
    /// Until when it may be served while nobody can ask anew.
    pub stale_until: Timestamp,
    /// The repositories that it shows and itself proves public, `owner/name` in lower case: those
    /// of a GraphQL query but the one that it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<String>,
    /// Those of them that were asked for by the ids of objects: the policy counts for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// All but the body.
    pub head: Head,
    /// The body as it is handed on, byte for byte.
    pub body: Bytes,
}

/// An answer, and how it came about.
#[derive(Clone, Debug)]
pub(crate) struct Relayed {
    /// The answer.
    pub answer: Answer,
    /// Where it came from.
    pub cache: CacheOutcome,
    /// Whether another request had asked already.
    pub coalesced: bool,
    /// Why it is stale, if it is.
    pub stale_reason: Option<StaleReason>,
    /// Why GitHub was asked and what it answered, if it was.
    pub forwarded: Option<(Forwarded, u16)>,
    /// What the pool has left of the budget that was spent, if something was. The coordinator
    /// knows; until it tells, the answer has no rate limit headers.
    pub pool_rate: Option<(Budget, PoolRate)>,
}

impl Relayed {
    /// An answer for which GitHub was not asked.
    pub(super) fn new(answer: Answer, cache: CacheOutcome) -> Self {
        Self { answer, cache, coalesced: false, stale_reason: None, forwarded: None, pool_rate: None }
    }
}

/// Why GitHub was asked (RFC 9211, 2.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forwarded {
    /// There was nothing.
    Miss,
    /// What there was is past its time.
    Stale,
    /// The caller wants a younger one.
    Request,
}

impl Head {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Who asked, and when.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) identity: &'a ServingIdentity,
    pub(super) lease_reason: LeaseReason,
    pub(super) at: Timestamp,
}

impl Answer {
    /// Reads what GitHub answered, and takes out what only the identity may see. What is not what
    /// GitHub's documentation says is no data, also with a status of 200: a proxy's or an
    /// incident's HTML page must not be taken for it.
    pub(super) fn read(
        response: http::Response<Bytes>,
        rest: &Rest<'_>,
        asked: &Asked<'_>,
    ) -> Result<Self, Failure> {
        let (parts, body) = response.into_parts();
        let answer = Self { head: head(parts.status.as_u16(), &parts.headers, asked), body };
        match parts.status.as_u16() {
            // Statistics that GitHub still computes may have a body or none.
            202 | 204 | 205 if answer.body.is_empty() => {
                answer.cleaned(Value::Null, sso(&parts.headers), rest)
            }
            200..=203 => answer.read_body(sso(&parts.headers), rest),
            // A part of something, or a body where there is none.
            204..=299 => Err(Failure::Invalid),
            _ => Ok(answer.without_private_parts()),
        }
    }

    /// Reads the body of a success by what it is.
    fn read_body(mut self, sso: Option<&str>, rest: &Rest<'_>) -> Result<Self, Failure> {
        let form = form(rest.route.holds, rest.media, self.head.header("content-type"));
        match form.ok_or(Failure::Invalid)? {
            Form::Json => {
                self.head.encoding = BodyEncoding::Json;
                let json = document(&self.body).ok_or(Failure::Invalid)?;
                self.cleaned(json, sso, rest)
            }
            Form::Other(_) => {
                let is_text = std::str::from_utf8(&self.body).is_ok();
                self.head.encoding = if is_text { BodyEncoding::Text } else { BodyEncoding::Base64 };
                self.keep(&Value::Null, sso, rest);
                Ok(self)
            }
        }
    }

    /// The result of a GraphQL query, checked: its body as it is handed on, and for how long it
    /// counts.
    pub(super) fn of_query(headers: &HeaderMap, body: Vec<u8>, life: Life, asked: &Asked<'_>) -> Self {
        let mut answer = Self { head: head(200, headers, asked), body: body.into() };
        answer.head.encoding = BodyEncoding::Json;
        // What GitHub's body would have is not what this one has.
        answer.head.headers.retain(|(name, _)| name != "etag");
        answer.count_for(life);
        answer
    }

    /// GitHub's refusal of a GraphQL query: an error status, with GitHub's body.
    pub(super) fn refusal(response: http::Response<Bytes>, asked: &Asked<'_>) -> Self {
        let (parts, body) = response.into_parts();
        Self { head: head(parts.status.as_u16(), &parts.headers, asked), body }.without_private_parts()
    }

    /// What says that there is no answer: its body is JSON that everybody may see, or nothing.
    fn without_private_parts(mut self) -> Self {
        let is_json = form(Holds::Facts, Media::Json, self.head.header("content-type")) == Some(Form::Json);
        let text = std::str::from_utf8(&self.body).ok().filter(|_| is_json && document(&self.body).is_some());
        let left = text.map(|text| clean(Holds::Facts, None, text));
        self.body = match left {
            Some(Cleaned::Unchanged) => self.body,
            Some(Cleaned::Changed(left)) => left.into(),
            Some(Cleaned::Unshared(_) | Cleaned::Hidden | Cleaned::Private | Cleaned::Invalid) | None => {
                Bytes::new()
            }
        };
        if self.body.is_empty() {
            self.head.headers.retain(|(name, _)| name != "content-type");
        } else {
            self.head.encoding = BodyEncoding::Json;
        }
        self
    }

    /// GitHub's redirect to this address, which has been judged. It is signed, so nobody else may
    /// have it.
    pub(super) fn redirect(headers: &HeaderMap, location: &str, asked: &Asked<'_>) -> Self {
        let mut head = head(302, headers, asked);
        // What the body of a redirect is, if it has one, is of no use to anybody.
        head.headers.retain(|(name, _)| name != "content-type" && name != "etag");
        head.headers.push(("location".to_owned(), location.to_owned()));
        Self { head, body: Bytes::new() }
    }

    /// An answer that GitHub was not asked for.
    pub(super) fn of_ours(status: u16, headers: Vec<(String, String)>, body: &Value, now: Timestamp) -> Self {
        Self::of_pool(status, headers, body.to_string().into(), now)
    }

    /// The same with a body that is written already.
    pub(super) fn of_pool(status: u16, headers: Vec<(String, String)>, body: Bytes, now: Timestamp) -> Self {
        let json = ("content-type".to_owned(), "application/json; charset=utf-8".to_owned());
        let head = Head {
            status,
            headers: std::iter::once(json).chain(headers).collect(),
            encoding: BodyEncoding::Json,
            identity: None,
            lease_reason: None,
            fetched_at: now,
            fresh_until: None,
            stale_until: now,
            proven: Vec::new(),
            told: Vec::new(),
        };
        Self { head, body }
    }

    /// The same answer for nobody but who asked.
    pub(super) fn unshared(mut self) -> Self {
        self.head.fresh_until = None;
        self.head.stale_until = self.head.fetched_at;
        self
    }

    /// Cleans a success and says for how long it counts.
    fn cleaned(mut self, mut json: Value, sso: Option<&str>, rest: &Rest<'_>) -> Result<Self, Failure> {
        if !self.body.is_empty() && self.head.encoding == BodyEncoding::Json {
            let text = std::str::from_utf8(&self.body).map_err(|_| Failure::Invalid)?;
            match clean(rest.route.holds, rest.route.repository.as_ref(), text) {
                Cleaned::Unchanged => {}
                Cleaned::Changed(left) => {
                    json = document(left.as_bytes()).ok_or(Failure::Invalid)?;
                    self.body = left.into();
                }
                Cleaned::Unshared(left) => {
                    self.body = left.map_or(self.body, Bytes::from);
                    return Ok(self);
                }
                Cleaned::Hidden => return Ok(self.hidden()),
                Cleaned::Private => return Err(Failure::NotPublic),
                Cleaned::Invalid => return Err(Failure::Invalid),
            }
        }
        self.keep(&json, sso, rest);
        Ok(self)
    }

    /// As GitHub says it to who must not see it.
    pub(super) fn hidden(mut self) -> Self {
        let kept = |name: &str| name == "x-github-request-id";
        self.head.status = 404;
        self.head.headers.retain(|(name, _)| kept(name) || name.starts_with(RATE_LIMIT_PREFIX));
        self.head.headers.push(("content-type".to_owned(), "application/json; charset=utf-8".to_owned()));
        self.head.encoding = BodyEncoding::Json;
        self.head.fresh_until = None;
        self.body = Bytes::from_static(NOT_FOUND);
        self
    }

    /// Says for how long it counts.
    fn keep(&mut self, json: &Value, sso: Option<&str>, rest: &Rest<'_>) {
        let seen = Seen { status: self.head.status, sso, body: json };
        self.count_for(life(rest.route.freshness, &seen));
    }

    /// For how long it counts, from when GitHub was asked.
    fn count_for(&mut self, life: Life) {
        let (fresh, stale) = match life {
            Life::Unshared => return,
            Life::Provisional(seconds) => (seconds, seconds),
            Life::Fresh(seconds) => (seconds, stale_seconds(seconds)),
        };
        let asked_at = self.head.fetched_at;
        self.head.fresh_until = Some(later(asked_at, fresh));
        self.head.stale_until = later(asked_at, stale);
    }

    /// The same answer after GitHub said that it still holds.
    pub(super) fn confirmed(
        mut self,
        headers: &HeaderMap,
        rest: &Rest<'_>,
        asked: &Asked<'_>,
    ) -> Result<Self, Failure> {
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
        let json = crate::json::from_slice(&self.body).unwrap_or(Value::Null);
        self.cleaned(json, sso(headers), rest)
    }

    /// As it travels to those who waited, and into the caches.
    pub(super) fn to_shared(&self) -> Shared {
        // A head is text and numbers; should it ever not serialize, the empty one reads as a miss.
        Shared { head: serde_json::to_string(&self.head).unwrap_or_default(), body: self.body.clone() }
    }

    /// Reads what travelled; nothing if it is damaged.
    pub(super) fn from_shared(shared: Shared) -> Option<Self> {
        let head: Head = crate::json::from_slice(shared.head.as_bytes()).ok()?;
        Some(Self { head, body: shared.body })
    }
}

/// Whether the identity saw all that there is
/// (<https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api>).
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
        identity: Some((asked.identity.id.clone(), asked.identity.spec.credential.kind())),
        lease_reason: Some(asked.lease_reason),
        fetched_at: asked.at,
        fresh_until: None,
        stale_until: asked.at,
        proven: Vec::new(),
        told: Vec::new(),
    }
}

/// The JSON that routes promise: an object or a list.
fn document(body: &[u8]) -> Option<Value> {
    crate::json::from_slice::<Value>(body).ok().filter(|json| json.is_object() || json.is_array())
}
