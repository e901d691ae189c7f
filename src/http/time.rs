//! Times in requests and responses.

use std::fmt;

use octopool_core::{Timestamp, Violation};

/// A time in RFC 3339.
pub(crate) struct Moment(pub(crate) Timestamp);

impl Moment {
    /// Parses a time.
    pub(crate) fn parse(text: &str) -> Result<Self, Violation> {
        let moment = Timestamp::parse_rfc3339(text).map(Self);
        moment.ok_or_else(|| "must be a time like `2026-11-23T07:30:00Z` (RFC 3339)".into())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&rfc3339(self.0.as_millis()))
    }
}

/// Stored milliseconds in RFC 3339. A time after the year 9999 (edited SQL), which RFC 3339 cannot
/// represent, is shown as its last second.
pub(crate) fn rfc3339(millis: i64) -> String {
    Timestamp::from_millis(millis).to_rfc3339().unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
}
