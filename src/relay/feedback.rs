//! What GitHub's answers teach about the credential that asked.

use bytes::Bytes;
use http::HeaderMap;
use octopool_core::Timestamp;
use octopool_core::relay::{
    AnswerFacts, Cooldown, Feedback, RateHeaders, Refusal, RefusalBody, Resource, Verdict, judge,
};
use serde::Deserialize;
use serde_json::Value;

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

/// Why the GraphQL API refuses a credential, with the status 200.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum QueryRefusal {
    /// A limit, primary or secondary: the message says which
    /// (<https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>).
    Limit,
    /// The organization requires single sign-on.
    SingleSignOn,
}

/// What must rest after such a refusal, and what it is: the same as after a 403 of the REST API
/// with that reason.
pub(super) fn judged_query(
    response: &http::Response<Bytes>,
    refused: QueryRefusal,
    (resource, owner): (&Resource, Option<&str>),
    now: Timestamp,
) -> (Option<Cooldown>, Refusal) {
    let (sso, body) = match refused {
        QueryRefusal::Limit => (false, limit(response.body())),
        QueryRefusal::SingleSignOn => (true, RefusalBody::Other),
    };
    let facts = AnswerFacts { status: 403, sso, body, ..facts(response) };
    let (feedback, verdict) = judge(&facts, resource, owner, now);
    match verdict {
        Verdict::Refused(refusal) => (feedback.cooldown, refusal),
        // Single sign-on of an organization that the query does not name.
        Verdict::Answer | Verdict::Doubtful => (None, Refusal::Forbidden),
    }
}

/// Which limit the messages of GraphQL errors are about.
fn limit(body: &[u8]) -> RefusalBody {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Errors {
        errors: Vec<Value>,
    }
    let body: Errors = crate::json::from_slice(body).unwrap_or_default();
    let read = |error: &Value| RefusalBody::read(error.to_string().as_bytes());
    let known = body.errors.iter().map(read).find(|read| *read != RefusalBody::Other);
    known.unwrap_or(RefusalBody::PrimaryLimit)
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
