//! What GitHub's answers teach about the credential that asked.

use bytes::Bytes;
use http::HeaderMap;
use octopool_core::Timestamp;
use octopool_core::relay::{AnswerFacts, Feedback, RateHeaders, RefusalBody, Resource, Verdict, judge};

/// What an answer teaches about the credential that asked, and whether it is the answer to the
/// question. `owner` is whose single sign-on the question may have needed.
pub(super) fn judged(
    response: &http::Response<Bytes>,
    resource: &Resource,
    owner: Option<&str>,
    now: Timestamp,
) -> (Feedback, Verdict) {
    judge(&facts(response), resource, owner, now)
}

fn facts(response: &http::Response<Bytes>) -> AnswerFacts<'_> {
    let headers = response.headers();
    let status = response.status().as_u16();
    let is_refusal = matches!(status, 403 | 429 | 451);
    AnswerFacts {
        status,
        rate: RateHeaders {
            resource: text(headers, "x-ratelimit-resource"),
            limit: text(headers, "x-ratelimit-limit"),
            remaining: text(headers, "x-ratelimit-remaining"),
            reset: text(headers, "x-ratelimit-reset"),
        },
        retry_after: text(headers, "retry-after"),
        sso: headers.contains_key("x-github-sso"),
        body: if is_refusal { RefusalBody::read(response.body()) } else { RefusalBody::Other },
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
