//! What an answer of GitHub says about the identity that asked.

use serde::{Deserialize, Serialize};

use super::quota::{RateHeaders, RateState, Resource};
use crate::Timestamp;

/// What is looked at of one answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnswerFacts<'a> {
    /// The status.
    pub status: u16,
    /// The rate limit headers.
    pub rate: RateHeaders<'a>,
    /// `Retry-After`, as it came.
    pub retry_after: Option<&'a str>,
    /// Whether the body is GitHub's message about a secondary limit, which may come without `Retry-After`.
    pub secondary_limit: bool,
}

/// What is taken out, and until when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cooldown {
    /// What.
    pub of: CooldownOf,
    /// Until when.
    pub until: Timestamp,
}

/// What of an identity is not used for a while.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum CooldownOf {
    /// All of it.
    Identity,
    /// Its requests that count against one budget.
    Resource(Resource),
    /// Its requests for one route: a permission or single sign-on that is missing says nothing of others.
    Route,
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
    /// 403 for anything else: permissions, single sign-on.
    Forbidden,
}

/// What was learned from an answer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Feedback {
    /// The budget that the request counted against and what is left of it, if the headers are well-formed.
    pub rate: Option<(Resource, RateState)>,
    /// What to leave alone.
    pub cooldown: Option<Cooldown>,
    /// Why the answer cannot be handed out, if it cannot.
    pub refusal: Option<Refusal>,
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
/// GitHub's limits last an hour at most. What claims more, up to 10^12 s, would take an identity out for good; after this it is
/// tried once more.
const LONGEST_SECONDS: i64 = 24 * 3600;

/// Judges one answer (contract, section 6, "Feedback per answer").
pub fn judge(facts: &AnswerFacts<'_>, now: Timestamp) -> Feedback {
    let rate = facts.rate.read(now);
    let retry_after = facts.retry_after.and_then(|text| retry_after_seconds(text, now));
    let limited = matches!(facts.status, 403 | 429);
    let depleted = limited
        && facts.rate.remaining.is_some_and(|left| !left.is_empty() && left.bytes().all(|b| b == b'0'));
    let resource = rate.as_ref().map_or_else(Resource::core, |(resource, _)| resource.clone());
    let wait = retry_after.unwrap_or(DEFAULT_SECONDS);
    let verdict = match facts.status {
        401 => Some((CooldownOf::Identity, wait, Refusal::Unauthorized)),
        403 | 429 if facts.secondary_limit => {
            let wait = retry_after.unwrap_or(SECONDARY_SECONDS).max(SECONDARY_SECONDS);
            Some((CooldownOf::Identity, wait, Refusal::RateLimited))
        }
        403 | 429 if facts.retry_after.is_some() => Some((CooldownOf::Identity, wait, Refusal::RateLimited)),
        // The reset says until when. Where it is malformed, a while must do.
        403 | 429 if depleted => Some((
            CooldownOf::Resource(resource),
            if rate.is_some() { 0 } else { DEFAULT_SECONDS },
            Refusal::Depleted,
        )),
        429 => Some((CooldownOf::Resource(resource), DEFAULT_SECONDS, Refusal::RateLimited)),
        403 => Some((CooldownOf::Route, DEFAULT_SECONDS, Refusal::Forbidden)),
        _ => None,
    };
    let cooldown = verdict
        .as_ref()
        .filter(|(_, wait, _)| *wait > 0)
        .map(|(of, wait, _)| Cooldown { of: of.clone(), until: after(now, *wait) });
    Feedback { rate, cooldown, refusal: verdict.map(|(_, _, refusal)| refusal) }
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

    use super::{AnswerFacts, CooldownOf, Feedback, RateHeaders, Refusal, Resource, judge};
    use crate::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn verdict(facts: &AnswerFacts<'_>) -> Option<(CooldownOf, i64, Refusal)> {
        let feedback = judge(facts, NOW);
        let cooldown = feedback.cooldown?;
        Some((cooldown.of, cooldown.until.as_seconds() - NOW.as_seconds(), feedback.refusal?))
    }

    #[test]
    fn the_table_of_the_contract() {
        let core = || CooldownOf::Resource(Resource::core());
        let date = "Mon, 21 Sep 2026 14:14:30 GMT";
        for (status, retry_after, secondary_limit, expected) in [
            (401, None, false, Some((CooldownOf::Identity, 120, Refusal::Unauthorized))),
            (401, Some("7"), false, Some((CooldownOf::Identity, 7, Refusal::Unauthorized))),
            (403, Some("30"), false, Some((CooldownOf::Identity, 30, Refusal::RateLimited))),
            (429, Some("30"), false, Some((CooldownOf::Identity, 30, Refusal::RateLimited))),
            (429, Some(date), false, Some((CooldownOf::Identity, 70, Refusal::RateLimited))),
            (429, Some("soon"), false, Some((CooldownOf::Identity, 120, Refusal::RateLimited))),
            (429, Some("1000000000000"), false, Some((CooldownOf::Identity, 86_400, Refusal::RateLimited))),
            (
                429,
                Some("99999999999999999999"),
                false,
                Some((CooldownOf::Identity, 86_400, Refusal::RateLimited)),
            ),
            (403, None, true, Some((CooldownOf::Identity, 60, Refusal::RateLimited))),
            (403, Some("5"), true, Some((CooldownOf::Identity, 60, Refusal::RateLimited))),
            (403, Some("300"), true, Some((CooldownOf::Identity, 300, Refusal::RateLimited))),
            (429, None, false, Some((core(), 120, Refusal::RateLimited))),
            (403, None, false, Some((CooldownOf::Route, 120, Refusal::Forbidden))),
            (404, Some("5"), false, None),
            (500, Some("5"), true, None),
            (200, None, false, None),
        ] {
            let facts = AnswerFacts { status, retry_after, secondary_limit, ..AnswerFacts::default() };
            assert_eq!(verdict(&facts), expected, "{status} {retry_after:?} {secondary_limit}");
        }
    }

    #[test]
    fn a_used_up_budget_is_its_resets_business() {
        let rate = RateHeaders { resource: Some("search"), remaining: Some("0"), reset: Some("1790000050") };
        let feedback = judge(&AnswerFacts { status: 403, rate, ..AnswerFacts::default() }, NOW);
        assert_eq!((feedback.cooldown, feedback.refusal), (None, Some(Refusal::Depleted)));
        let rate = RateHeaders { reset: Some("never"), ..rate };
        let facts = AnswerFacts { status: 429, rate, ..AnswerFacts::default() };
        assert_eq!(verdict(&facts), Some((CooldownOf::Resource(Resource::core()), 120, Refusal::Depleted)));
    }

    #[test]
    fn a_missing_secret_takes_the_identity_out() {
        let cooldown = Feedback::no_credential(NOW).cooldown.unwrap();
        assert_eq!((cooldown.of, cooldown.until.as_seconds()), (CooldownOf::Identity, 1_790_000_120));
    }

    proptest! {
        #[test]
        fn no_header_takes_an_identity_out_for_more_than_a_day(status in 100..600_u16, retry in ".{0,30}", left in ".{0,20}") {
            let rate = RateHeaders { remaining: Some(&left), reset: Some(&retry), resource: Some(&retry) };
            let facts = AnswerFacts { status, rate, retry_after: Some(&retry), secondary_limit: status % 2 == 0 };
            if let Some(cooldown) = judge(&facts, NOW).cooldown {
                prop_assert!(cooldown.until > NOW || retry.trim() == "0");
                prop_assert!(cooldown.until.as_seconds() <= NOW.as_seconds() + 86_400);
            }
        }
    }
}
