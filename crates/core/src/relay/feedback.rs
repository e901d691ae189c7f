//! What GitHub's answer says about the identity that asked.

use serde::{Deserialize, Serialize};

use super::quota::{RateHeaders, RateState, Resource};
use crate::Timestamp;

/// The parts of one answer that are judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnswerFacts<'a> {
    /// The status.
    pub status: u16,
    /// The rate limit headers.
    pub rate: RateHeaders<'a>,
    /// `Retry-After`, as received.
    pub retry_after: Option<&'a str>,
    /// Whether there is an `x-github-sso` header: the organization requires single sign-on.
    pub sso: bool,
    /// What the body of a refusal says.
    pub body: RefusalBody,
}

/// What the body of a 403, 429 or 451 says about its reason. GitHub distinguishes these by text
/// only.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RefusalBody {
    /// Nothing that is known.
    #[default]
    Other,
    /// A primary rate limit, which may come without headers
    /// (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors>).
    PrimaryLimit,
    /// A secondary rate limit, which may come without `Retry-After` (same page).
    SecondaryLimit,
    /// The object cannot be had by anybody: it is too large, or access to it is blocked.
    Object,
}

impl RefusalBody {
    /// Reads the body of a refusal. Only GitHub's own fields are looked at.
    pub fn read(body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Refusal {
            message: serde_json::Value,
            documentation_url: serde_json::Value,
            errors: serde_json::Value,
            block: serde_json::Value,
        }
        let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_ascii_lowercase();
        let (message, documentation) = (text(&refusal.message), text(&refusal.documentation_url));
        let secondary = ["secondary rate limit", "abuse detection", "secondary-rate-limit"];
        if secondary.iter().any(|phrase| message.contains(phrase) || documentation.contains(phrase)) {
            return Self::SecondaryLimit;
        }
        if message.contains("rate limit exceeded") {
            return Self::PrimaryLimit;
        }
        let errors = refusal.errors.as_array().map(Vec::as_slice).unwrap_or_default();
        let too_large = errors.iter().any(|error| error["code"] == "too_large");
        if too_large || refusal.block.is_object() || OBJECT_MESSAGES.iter().any(|part| message.contains(part))
        {
            return Self::Object;
        }
        Self::Other
    }
}

/// Parts of GitHub's messages, in lower case, that are about an object and not about who asks: a
/// file or a list that is too large
/// (<https://docs.github.com/en/rest/repos/contents#get-repository-content>,
/// <https://docs.github.com/en/rest/repos/repos#list-repository-contributors>), a repository that
/// GitHub blocked.
const OBJECT_MESSAGES: [&str; 2] = ["too large", "access blocked"];

/// What is not used for a while, and until when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cooldown {
    /// What.
    pub of: CooldownOf,
    /// Until when.
    pub until: Timestamp,
}

impl Cooldown {
    /// The rest of an identity whose refusal another identity disproved.
    pub fn disproved(route: String, now: Timestamp) -> Self {
        Self { of: CooldownOf::Route(route), until: after(now, DEFAULT_SECONDS) }
    }
}

/// What of an identity is not used for a while.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub enum CooldownOf {
    /// All of it.
    Identity,
    /// Requests that count against one budget.
    Resource(Resource),
    /// Requests about one owner (lower case): it lacks that organization's single sign-on.
    Owner(String),
    /// Requests about one repository (`owner/name` in lower case): it has no access.
    Repository(String),
    /// Requests of one kind of route about one repository: it lacks a permission.
    Route(String),
}

/// Why GitHub refused the identity; another one may serve.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Refusal {
    /// 401: the credential is not accepted.
    Unauthorized,
    /// A secondary limit, or a 429.
    RateLimited,
    /// The primary limit is used up.
    Depleted,
    /// 403: the organization requires single sign-on.
    Forbidden,
}

/// Whose answer it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// GitHub's answer to the question, for everybody who asks.
    Answer,
    /// About this identity only; another one may serve.
    Refused(Refusal),
    /// A 403 or 451 that does not say whether it is about the identity: one more identity is asked.
    Doubtful,
}

/// What the coordinator learns from an answer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Feedback {
    /// The budget that the request counted against and what is left of it, if the headers are
    /// well-formed.
    pub rate: Option<(Resource, RateState)>,
    /// What must rest.
    pub cooldown: Option<Cooldown>,
}

impl Feedback {
    /// A secret that is missing or broken: nothing was asked (contract, section 6).
    pub fn no_credential(now: Timestamp) -> Self {
        let cooldown = Cooldown { of: CooldownOf::Identity, until: after(now, DEFAULT_SECONDS) };
        Self { cooldown: Some(cooldown), ..Self::default() }
    }
}

/// Seconds of a cooldown where GitHub names none (contract, section 6).
const DEFAULT_SECONDS: i64 = 120;
/// GitHub asks for a minute at least after a secondary limit
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>).
const SECONDARY_SECONDS: i64 = 60;
/// GitHub's limits last an hour at most. What claims more, up to 10^12 s, would take an identity
/// out for good; after this it is tried once more.
const LONGEST_SECONDS: i64 = 24 * 3600;

/// Judges one answer (contract, section 6, "Selection"). `resource` is the budget of the route. The
/// name in the headers is not believed: a limit under another name would block what is not limited,
/// and miss what is.
pub fn judge(
    facts: &AnswerFacts<'_>,
    resource: &Resource,
    owner: Option<&str>,
    now: Timestamp,
) -> (Feedback, Verdict) {
    let rate = facts.rate.read(now);
    let (cooldown, verdict) = match verdict(facts, resource, owner, rate, now) {
        Some((of, seconds, refusal)) => {
            let cooldown = (seconds > 0).then(|| Cooldown { of, until: after(now, seconds) });
            (cooldown, Verdict::Refused(refusal))
        }
        None if is_doubtful(facts) => (None, Verdict::Doubtful),
        None => (None, Verdict::Answer),
    };
    (Feedback { rate: rate.map(|state| (resource.clone(), state)), cooldown }, verdict)
}

/// What the identity must leave alone and for how many seconds, if the answer is about the
/// identity.
fn verdict(
    facts: &AnswerFacts<'_>,
    resource: &Resource,
    owner: Option<&str>,
    rate: Option<RateState>,
    now: Timestamp,
) -> Option<(CooldownOf, i64, Refusal)> {
    let retry_after = facts.retry_after.and_then(|text| retry_after_seconds(text, now));
    let wait = retry_after.unwrap_or(DEFAULT_SECONDS);
    let limited = || CooldownOf::Resource(resource.clone());
    let none_left =
        facts.rate.remaining.is_some_and(|left| !left.is_empty() && left.bytes().all(|b| b == b'0'));
    match facts.status {
        401 => Some((CooldownOf::Identity, wait, Refusal::Unauthorized)),
        403 | 429 if facts.body == RefusalBody::SecondaryLimit => {
            let wait = retry_after.unwrap_or(SECONDARY_SECONDS).max(SECONDARY_SECONDS);
            Some((CooldownOf::Identity, wait, Refusal::RateLimited))
        }
        403 | 429 if facts.retry_after.is_some() => Some((CooldownOf::Identity, wait, Refusal::RateLimited)),
        // The last request that the budget had can be the one that asks for a file that is too
        // large.
        403 | 429
            if facts.body == RefusalBody::PrimaryLimit || none_left && facts.body != RefusalBody::Object =>
        {
            // The reset says until when. Where it says nothing usable, a while must do.
            let told = rate.is_some_and(|state| state.is_depleted(now));
            Some((limited(), if told { 0 } else { DEFAULT_SECONDS }, Refusal::Depleted))
        }
        429 => Some((limited(), DEFAULT_SECONDS, Refusal::RateLimited)),
        403 if facts.sso => {
            owner.map(|owner| (CooldownOf::Owner(owner.to_owned()), DEFAULT_SECONDS, Refusal::Forbidden))
        }
        _ => None,
    }
}

/// A refusal that may be about the identity or about the object.
fn is_doubtful(facts: &AnswerFacts<'_>) -> bool {
    matches!(facts.status, 403 | 451) && facts.body != RefusalBody::Object
}

fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.plus(std::time::Duration::from_secs(seconds.clamp(0, LONGEST_SECONDS).unsigned_abs()))
}

/// `Retry-After` as seconds or as a date (RFC 9110, 10.2.3); `None` if it is neither.
fn retry_after_seconds(text: &str, now: Timestamp) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time, too.
        return Some(text.parse().unwrap_or(LONGEST_SECONDS));
    }
    Timestamp::parse_http_date(text).map(|date| (date.as_seconds() - now.as_seconds()).max(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        AnswerFacts, CooldownOf, Feedback, RateHeaders, Refusal, RefusalBody, Resource, Verdict, judge,
    };
    use crate::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn search() -> Resource {
        Resource::parse("search").unwrap()
    }

    fn judged(facts: &AnswerFacts<'_>) -> (Option<(CooldownOf, i64)>, Verdict) {
        let (feedback, verdict) = judge(facts, &search(), Some("acme"), NOW);
        let cooldown = feedback.cooldown.map(|it| (it.of, it.until.as_seconds() - NOW.as_seconds()));
        (cooldown, verdict)
    }

    #[test]
    fn the_table_of_the_contract() {
        let identity = |seconds| Some((CooldownOf::Identity, seconds));
        let resource = Some((CooldownOf::Resource(search()), 120));
        let refused = Verdict::Refused;
        let date = "Mon, 21 Sep 2026 14:14:30 GMT";
        let (other, secondary) = (RefusalBody::Other, RefusalBody::SecondaryLimit);
        for (status, retry_after, body, cooldown, verdict) in [
            (401, None, other, identity(120), refused(Refusal::Unauthorized)),
            (401, Some("7"), other, identity(7), refused(Refusal::Unauthorized)),
            (403, Some("30"), other, identity(30), refused(Refusal::RateLimited)),
            (429, Some("30"), other, identity(30), refused(Refusal::RateLimited)),
            (429, Some(date), other, identity(70), refused(Refusal::RateLimited)),
            (429, Some("soon"), other, identity(120), refused(Refusal::RateLimited)),
            (429, Some("1000000000000"), other, identity(86_400), refused(Refusal::RateLimited)),
            (429, Some("99999999999999999999"), other, identity(86_400), refused(Refusal::RateLimited)),
            (403, None, secondary, identity(60), refused(Refusal::RateLimited)),
            (403, Some("5"), secondary, identity(60), refused(Refusal::RateLimited)),
            (403, Some("300"), secondary, identity(300), refused(Refusal::RateLimited)),
            (429, None, other, resource.clone(), refused(Refusal::RateLimited)),
            (403, None, RefusalBody::PrimaryLimit, resource.clone(), refused(Refusal::Depleted)),
            (429, None, RefusalBody::PrimaryLimit, resource, refused(Refusal::Depleted)),
            (403, None, other, None, Verdict::Doubtful),
            (451, None, other, None, Verdict::Doubtful),
            (403, None, RefusalBody::Object, None, Verdict::Answer),
            (451, None, RefusalBody::Object, None, Verdict::Answer),
            (404, Some("5"), other, None, Verdict::Answer),
            (500, Some("5"), secondary, None, Verdict::Answer),
            (200, None, other, None, Verdict::Answer),
        ] {
            let facts = AnswerFacts { status, retry_after, body, ..AnswerFacts::default() };
            assert_eq!(judged(&facts), (cooldown, verdict), "{status} {retry_after:?} {body:?}");
        }
    }

    #[test]
    fn single_sign_on_is_about_the_owner() {
        let facts = AnswerFacts { status: 403, sso: true, ..AnswerFacts::default() };
        let owner = Some((CooldownOf::Owner("acme".to_owned()), 120));
        assert_eq!(judged(&facts), (owner, Verdict::Refused(Refusal::Forbidden)));
        assert_eq!(judge(&facts, &search(), None, NOW).1, Verdict::Doubtful, "about no owner");
    }

    #[test]
    fn a_used_up_budget_lasts_until_its_reset_and_is_the_budget_of_the_route() {
        for named in [Some("search"), Some("core"), Some("new_name"), Some("Not a name;"), None] {
            let rate = RateHeaders {
                resource: named,
                remaining: Some("0"),
                reset: Some("1790000050"),
                ..RateHeaders::default()
            };
            let (feedback, verdict) =
                judge(&AnswerFacts { status: 403, rate, ..AnswerFacts::default() }, &search(), None, NOW);
            assert_eq!((feedback.cooldown, verdict), (None, Verdict::Refused(Refusal::Depleted)));
            assert_eq!(feedback.rate.unwrap().0, search(), "{named:?}");
        }
        for reset in ["never", "1789999999", "1790000000"] {
            let rate = RateHeaders { remaining: Some("0"), reset: Some(reset), ..RateHeaders::default() };
            let facts = AnswerFacts { status: 429, rate, ..AnswerFacts::default() };
            let resource = Some((CooldownOf::Resource(search()), 120));
            assert_eq!(judged(&facts), (resource, Verdict::Refused(Refusal::Depleted)), "{reset}");
        }
    }

    #[test]
    fn refusals_are_told_apart_by_their_bodies() {
        for (body, expected) in [
            (
                r#"{"message":"You have exceeded a secondary rate limit. Please wait"}"#,
                RefusalBody::SecondaryLimit,
            ),
            (
                r#"{"message":"You have triggered an abuse detection mechanism."}"#,
                RefusalBody::SecondaryLimit,
            ),
            (r#"{"message":"API rate limit exceeded for user ID 1."}"#, RefusalBody::PrimaryLimit),
            (
                r#"{"message":"This API returns blobs up to 1 MB in size.","errors":[{"resource":"Blob","field":"data","code":"too_large"}]}"#,
                RefusalBody::Object,
            ),
            (
                r#"{"message":"The history or contributor list is too large to list contributors for this repository via the API."}"#,
                RefusalBody::Object,
            ),
            (r#"{"message":"Repository access blocked","block":{"reason":"tos"}}"#, RefusalBody::Object),
            (
                r#"{"message":"Repository unavailable due to DMCA takedown.","block":{"reason":"dmca"}}"#,
                RefusalBody::Object,
            ),
            (r#"{"message":"Resource not accessible by integration"}"#, RefusalBody::Other),
            (r#"{"message":7,"errors":"x","block":null}"#, RefusalBody::Other),
            ("<html>secondary rate limit", RefusalBody::Other),
            ("", RefusalBody::Other),
        ] {
            assert_eq!(RefusalBody::read(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_missing_secret_takes_the_identity_out() {
        let cooldown = Feedback::no_credential(NOW).cooldown.unwrap();
        assert_eq!((cooldown.of, cooldown.until.as_seconds()), (CooldownOf::Identity, 1_790_000_120));
    }

    proptest! {
        #[test]
        fn no_header_takes_an_identity_out_for_more_than_a_day(status in 100..600_u16, retry in ".{0,30}", left in ".{0,20}") {
            let rate = RateHeaders { remaining: Some(&left), reset: Some(&retry), resource: Some(&retry), limit: Some(&left) };
            let body = if status % 2 == 0 { RefusalBody::SecondaryLimit } else { RefusalBody::Other };
            let facts = AnswerFacts { status, rate, retry_after: Some(&retry), sso: false, body };
            if let Some(cooldown) = judge(&facts, &search(), None, NOW).0.cooldown {
                prop_assert!(cooldown.until > NOW || retry.trim() == "0");
                prop_assert!(cooldown.until.as_seconds() <= NOW.as_seconds() + 86_400);
            }
        }
    }
}
