//! The headers every answer has, and `ETag`s.
//!
//! <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>, "Checking the
//! status of your rate limit";
//! <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api>, "Use
//! conditional requests".

use http::{HeaderName, StatusCode, header};
use rsa::sha2::{Digest as _, Sha256};

use crate::call::Incoming;
use crate::call::answer::Answer;
use crate::call::caller::Caller;
use crate::model::clock;
use crate::model::principal::Principal;
use crate::model::quotas::{Quota, Resource};

/// The versions GitHub supports in late 2026, the default first.
///
/// <https://docs.github.com/rest/about-the-rest-api/api-versions>
const API_VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

const VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

/// "If you specify an API version that is no longer supported, you will receive a 400 error
/// response."
pub(super) fn refuse_version(incoming: &Incoming) -> Option<Answer> {
    let wanted = incoming.header(VERSION.as_str())?;
    if API_VERSIONS.contains(&wanted) {
        return None;
    }
    Some(Answer::refusal(StatusCode::BAD_REQUEST, format!("\"{wanted}\" is not a supported API version.")))
}

/// Gives a JSON answer its `ETag`, or answers 304 when the caller has this very body already.
pub(super) fn revalidate(answer: Answer, incoming: &Incoming, caller: &Caller) -> Answer {
    let readable = matches!(incoming.method.as_str(), "GET" | "HEAD");
    if !readable || answer.status != StatusCode::OK {
        return answer;
    }
    let etag = etag(caller, &answer.content().0);
    let known = match incoming.header("if-none-match") {
        Some(candidates) => candidates.split(',').any(|candidate| opaque(candidate.trim()) == opaque(&etag)),
        // RFC 9110, 13.1.3: counts only without `If-None-Match`. Clients send back the date they
        // were given.
        None => incoming.header("if-modified-since").is_some_and(|since| {
            answer.headers.iter().any(|(name, value)| *name == header::LAST_MODIFIED && value == since)
        }),
    };
    let answer = if known { Answer::empty(StatusCode::NOT_MODIFIED) } else { answer };
    answer.with_header(header::ETAG, etag)
}

/// Bound to the token: the same body has another `ETag` for another one.
fn etag(caller: &Caller, body: &[u8]) -> String {
    let digest =
        Sha256::new().chain_update(caller.etag_key()).chain_update([0]).chain_update(body).finalize();
    format!("W/\"{digest:x}\"")
}

/// `If-None-Match` compares weakly (RFC 9110, 13.1.2): `W/` does not count.
fn opaque(etag: &str) -> &str {
    etag.strip_prefix("W/").unwrap_or(etag)
}

/// What a classic token may do, and what would do for this route; both may be empty.
///
/// <https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>, "Available
/// scopes"
pub(super) fn with_scopes(answer: Answer, caller: &Caller, pattern: &str) -> Answer {
    // A fine-grained token has none of the header.
    let Some(scopes) = caller.named_scopes() else { return answer };
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let accepted = if pattern.starts_with("/repos/") { "repo" } else { "" };
    answer
        .with_header(HeaderName::from_static("x-oauth-scopes"), scopes.join(", "))
        .with_header(HeaderName::from_static("x-accepted-oauth-scopes"), accepted)
}

/// Adds what every answer has.
pub(super) fn complete(
    answer: Answer,
    incoming: &Incoming,
    caller: &Caller,
    quota: Quota,
    resource: Option<Resource>,
    serial: u64,
) -> Answer {
    let version = incoming.header(VERSION.as_str()).filter(|wanted| API_VERSIONS.contains(wanted));
    let cache = match caller.principal() {
        Principal::Anonymous => "public, max-age=60, s-maxage=60",
        _ => "private, max-age=60, s-maxage=60",
    };
    let text = HeaderName::from_static;
    let mut answer = answer
        .with_header(header::CACHE_CONTROL, cache)
        .with_header(header::VARY, "Accept, Authorization, Cookie, X-GitHub-OTP")
        .with_header(text("x-github-media-type"), "github.v3; format=json")
        .with_header(text("x-github-api-version-selected"), version.unwrap_or(API_VERSIONS[0]))
        .with_header(
            text("x-github-request-id"),
            format!("57A4:D1:{serial:X}:{:X}:{:08X}", serial * 31, quota.reset),
        )
        .with_header(text("x-ratelimit-limit"), quota.limit.to_string())
        .with_header(text("x-ratelimit-remaining"), quota.remaining.to_string())
        .with_header(text("x-ratelimit-used"), quota.used.to_string())
        .with_header(text("x-ratelimit-reset"), quota.reset.to_string())
        .with_header(text("x-ratelimit-resource"), resource.unwrap_or(Resource::Core).as_str());
    if let Some(end) = caller.expires_at {
        answer =
            answer.with_header(text("github-authentication-token-expiration"), clock::token_expiration(end));
    }
    answer
}
