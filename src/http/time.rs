//! Times as they are answered.

use octopool_core::Timestamp;

/// Stored milliseconds as RFC 3339. What an operator's own SQL put past the year 9999, which RFC 3339 cannot say, is shown as
/// the last second that it can.
pub(super) fn rfc3339(millis: i64) -> String {
    Timestamp::from_millis(millis).to_rfc3339().unwrap_or_else(|| "9999-12-31T23:59:59Z".to_owned())
}
