//! Conditional reads: whether the caller has the answer already (RFC 9110, 13.1).

use http::{HeaderMap, header};
use octopool_core::Timestamp;

use crate::relay::Head;

/// Whether the answer is what the caller says it has. `If-None-Match` counts alone where both are
/// there.
pub(crate) fn is_not_modified(request: &HeaderMap, head: &Head) -> bool {
    if head.status != 200 {
        return false;
    }
    if request.contains_key(header::IF_NONE_MATCH) {
        let Some(etag) = head.header("etag") else { return false };
        let lines = request.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|line| line.to_str().ok());
        return lines
            .flat_map(|line| line.split(','))
            .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag));
    }
    let since = request.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let time = |text: &str| Timestamp::parse_http_date(text);
    let modified = head.header("last-modified").and_then(time);
    modified.zip(since.and_then(time)).is_some_and(|(modified, since)| modified <= since)
}

/// The tag without its mark of weakness, which this comparison does not look at (RFC 9110,
/// 8.8.3.2).
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}
