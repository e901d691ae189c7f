//! Times as they are sent and answered.

use std::fmt;

use octopool_core::{Timestamp, Violation};

/// A time as RFC 3339 says it.
pub(crate) struct Moment(pub(crate) Timestamp);

impl Moment {
    /// Reads a time.
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

/// Stored milliseconds as RFC 3339. What an operator's own SQL put past the year 9999, which RFC 3339 cannot say, is shown as
/// the last second that it can.
pub(crate) fn rfc3339(millis: i64) -> String {
    Timestamp::from_millis(millis).to_rfc3339().unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
}
