//! The stand-in's time.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// RFC 9110, 5.6.7.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
/// Not documented; what the header `github-authentication-token-expiration` is seen to hold.
const TOKEN_EXPIRATION: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");

/// Real time, moved by an offset.
///
/// A test moves it to let tokens and quota windows expire at once, or to see what a Worker does
/// whose clock is wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    /// Seconds this GitHub is ahead of the machine it runs on; negative when it is behind.
    pub offset: i64,
}

impl Clock {
    /// Seconds since 1970 for this GitHub.
    #[expect(clippy::disallowed_methods, reason = "a native program; nothing here is compiled to wasm32")]
    pub fn now(self) -> i64 {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX).saturating_add(self.offset)
    }
}

/// A time as GitHub writes it: `2026-11-23T07:24:00Z`.
pub(crate) fn rfc3339(seconds: i64) -> String {
    // Only a year past 9999 cannot be written; the empty string then fails the OpenAPI test, which
    // is what it should do.
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// A time as HTTP headers have it: `Mon, 23 Nov 2026 07:24:00 GMT`.
pub(crate) fn http_date(seconds: i64) -> String {
    formatted(seconds, HTTP_DATE)
}

/// A time as GitHub says when a token ends: `2026-11-23 07:24:00 UTC`.
pub(crate) fn token_expiration(seconds: i64) -> String {
    formatted(seconds, TOKEN_EXPIRATION)
}

fn formatted(seconds: i64, form: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(form).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_moves_the_time() {
        let behind = Clock { offset: -3600 };
        let difference = Clock::default().now() - behind.now();
        assert!((3600..=3601).contains(&difference), "{difference}");
    }

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(rfc3339(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(http_date(1_700_000_000), "Tue, 14 Nov 2023 22:13:20 GMT");
        assert_eq!(token_expiration(1_700_000_000), "2023-11-14 22:13:20 UTC");
    }
}
