//! Points in time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// Milliseconds since 1970-01-01T00:00:00Z, as in JavaScript. D1 stores times in this form.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time this many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as in JWTs and GitHub's rate limit headers.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole minutes since the epoch.
    pub const fn as_minutes(self) -> i64 {
        self.0.div_euclid(60_000)
    }

    /// The time this much later, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The time this much earlier, saturating.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Parses RFC 3339, which GitHub uses for `expires_at`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }

    /// Parses the date of an HTTP header (RFC 9110, 5.6.7), in the only form that servers may
    /// generate.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        // RFC 2822 includes this form; `GMT` is one of its obsolete zone names.
        let parsed = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }

    /// Parses the value of `github-authentication-token-expiration`: `2026-11-23 07:30:00 UTC`, or
    /// with an offset like `+0100`. GitHub sends both forms and documents neither.
    pub fn parse_token_expiration(text: &str) -> Option<Self> {
        let mut parts = text.split_ascii_whitespace();
        let (date, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
        let zone = match zone.split_at_checked(3) {
            Some(("UTC", "")) => "Z".to_owned(),
            Some((hours, minutes)) => format!("{hours}:{minutes}"),
            None => return None,
        };
        parts.next().is_none().then(|| Self::parse_rfc3339(&format!("{date}T{time}{zone}")))?
    }

    /// Formats as RFC 3339 in UTC; `None` after the year 9999.
    pub fn to_rfc3339(self) -> Option<String> {
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()?;
        time.format(&Rfc3339).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::Timestamp;

    #[test]
    fn rfc3339_both_ways() {
        let time = Timestamp::parse_rfc3339("2026-11-23T07:30:00Z").unwrap();
        assert_eq!(time.to_rfc3339().unwrap(), "2026-11-23T07:30:00Z");
        assert_eq!(Timestamp::parse_rfc3339("2026-11-23T08:30:00+01:00"), Some(time));
        assert_eq!(Timestamp::parse_rfc3339("tomorrow"), None);
    }

    #[test]
    fn http_dates() {
        let time = Timestamp::parse_http_date("Mon, 21 Sep 2026 14:14:30 GMT").unwrap();
        assert_eq!(time.to_rfc3339().unwrap(), "2026-09-21T14:14:30Z");
        assert_eq!(Timestamp::parse_http_date("tomorrow"), None);
    }

    #[test]
    fn ends_of_tokens() {
        let time = Timestamp::parse_rfc3339("2026-11-23T07:30:00Z");
        for text in ["2026-11-23 07:30:00 UTC", "2026-11-23 08:30:00 +0100", "2026-11-22 23:30:00 -0800"] {
            assert_eq!(Timestamp::parse_token_expiration(text), time, "{text}");
        }
        for bad in [
            "",
            "never",
            "2026-11-23",
            "2026-11-23 07:30:00",
            "2026-11-23 07:30:00 MST",
            "2026-11-23 07:30:00 UTC x",
        ] {
            assert_eq!(Timestamp::parse_token_expiration(bad), None, "{bad}");
        }
    }

    #[test]
    fn later_saturates() {
        assert_eq!(Timestamp::from_millis(5).plus(Duration::from_secs(1)).as_millis(), 1005);
        assert_eq!(Timestamp::from_millis(5).plus(Duration::MAX).as_millis(), i64::MAX);
        assert_eq!(Timestamp::from_millis(i64::MAX).to_rfc3339(), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in 0..=253_402_300_799_999_i64) {
            let time = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_rfc3339().unwrap()), Some(time));
        }
    }
}
