//! GitHub's rate limit headers
//! (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>).

use http::HeaderMap;
use serde_json::{Map, Value};

/// The rate limit headers of one response, as text. Only values of the documented form are kept,
/// because they are shown to the person who logs in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RateLimitHeaders {
    /// Names in `details` (`github_…`) and their values.
    values: Vec<(&'static str, String)>,
    /// Whether GitHub says in words that a limit was reached, for which it does not always send
    /// headers.
    said: bool,
}

/// Whether a value has the form that is documented for its header.
type Form = fn(&str) -> bool;

/// Header, name in the `details` of an error, and the form of the value.
const HEADERS: [(&str, &str, Form); 6] = [
    ("x-ratelimit-limit", "github_rate_limit_limit", is_number),
    ("x-ratelimit-remaining", "github_rate_limit_remaining", is_number),
    ("x-ratelimit-reset", "github_rate_limit_reset", is_number),
    ("x-ratelimit-resource", "github_rate_limit_resource", is_resource),
    ("x-ratelimit-used", "github_rate_limit_used", is_number),
    ("retry-after", "github_retry_after", is_number),
];

impl RateLimitHeaders {
    /// Reads the well-formed headers.
    pub fn read(headers: &HeaderMap) -> Self {
        let values = HEADERS.iter().filter_map(|(header, detail, is_well_formed)| {
            let value = headers.get(*header)?.to_str().ok()?.trim();
            is_well_formed(value).then(|| (*detail, value.to_owned()))
        });
        Self { values: values.collect(), said: false }
    }

    /// The same, and whether the body or the status says that a limit was reached.
    #[must_use]
    pub fn reached(self, said: bool) -> Self {
        Self { said, ..self }
    }

    /// The headers as `details` of an error. They are strings, because older clients decode
    /// strings.
    pub fn to_details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        for (name, value) in &self.values {
            details.insert((*name).to_owned(), value.as_str().into());
        }
        details
    }

    /// Whether a limit was reached: nothing remains, or GitHub sent `retry-after` or says so.
    pub fn is_exhausted(&self) -> bool {
        self.said
            || self.values.iter().any(|(name, value)| {
                *name == "github_retry_after"
                    || *name == "github_rate_limit_remaining" && value.bytes().all(|digit| digit == b'0')
            })
    }
}

/// 1 to 19 digits, as an `i64` has.
fn is_number(value: &str) -> bool {
    (1..=19).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// GitHub's resource names: `core`, `code_search`, `integration_manifest`.
fn is_resource(value: &str) -> bool {
    (1..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::json;

    use super::RateLimitHeaders;

    fn read(headers: &[(&'static str, &'static str)]) -> RateLimitHeaders {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        RateLimitHeaders::read(&map)
    }

    #[test]
    fn well_formed_headers_become_string_details() {
        let limits = read(&[
            ("x-ratelimit-limit", "5000"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-ratelimit-resource", "core"),
            ("x-ratelimit-used", "5000"),
            ("retry-after", "60"),
        ]);
        assert_eq!(
            serde_json::Value::Object(limits.to_details()),
            json!({
                "github_rate_limit_limit": "5000", "github_rate_limit_remaining": "0",
                "github_rate_limit_reset": "1790000000", "github_rate_limit_resource": "core",
                "github_rate_limit_used": "5000", "github_retry_after": "60",
            })
        );
        assert!(limits.is_exhausted());
    }

    #[test]
    fn anything_else_is_dropped() {
        let limits = read(&[
            ("x-ratelimit-limit", "<b>5000</b>"),
            ("x-ratelimit-remaining", "-1"),
            ("x-ratelimit-reset", "99999999999999999999"),
            ("x-ratelimit-resource", "core; drop"),
            ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ]);
        assert_eq!(limits, RateLimitHeaders::default());
        assert!(!limits.is_exhausted());
        assert!(!read(&[("x-ratelimit-remaining", "10")]).is_exhausted());
    }
}
