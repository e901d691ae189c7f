//! Paths and queries as callers send them, in one spelling and free of everything that GitHub, a
//! proxy or a parser in between could read as another path.

use std::fmt::Write as _;

/// The longest path; GitHub itself answers 414 to much longer ones.
const MAX_PATH_BYTES: usize = 4096;
/// How many query parameters there may be, and how long they may be together.
const MAX_PARAMETERS: usize = 64;
const MAX_QUERY_BYTES: usize = 8192;

/// The path is none that the relay takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPath(pub &'static str);

/// A parameter is none that the relay takes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidQuery(pub &'static str);

/// A path below GitHub's REST base, beginning with `/`, in canonical percent-encoding: what needs
/// no escape has none, what does has one in capitals. Two spellings of one path are one value, and
/// so one cache entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelayPath(String);

impl RelayPath {
    /// Reads a path (contract, section 6).
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        if !text.starts_with('/') {
            return Err(InvalidPath("must start with `/`"));
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(InvalidPath("is too long"));
        }
        if text.contains("://") || text.contains(['\\', '?', '#']) {
            return Err(InvalidPath("must not contain `://`, `\\`, `?` or `#`"));
        }
        let segments: Result<Vec<_>, _> = text[1..].split('/').map(canonical_segment).collect();
        Ok(Self(format!("/{}", segments?.join("/"))))
    }

    /// The path, to be put behind GitHub's base.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, still percent-encoded.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0[1..].split('/')
    }

    /// A path of segments that are canonical already.
    pub(super) fn of_segments<'a>(segments: impl IntoIterator<Item = &'a str>) -> Self {
        let segments = segments.into_iter().fold(String::new(), |path, segment| path + "/" + segment);
        Self(segments)
    }
}

/// Decodes a segment once, refuses what it must not be, and encodes it again.
fn canonical_segment(segment: &str) -> Result<String, InvalidPath> {
    let decoded = decode(segment).ok_or(InvalidPath("must be percent-encoded UTF-8"))?;
    if decoded.chars().any(char::is_control) {
        return Err(InvalidPath("must not contain control characters"));
    }
    if matches!(decoded.as_str(), "." | "..") || decoded.contains('\\') {
        return Err(InvalidPath("must not contain `.` or `..` segments, `%2e` or `%5c`"));
    }
    // A second decoding on the way must not find what is refused here.
    let lower = [segment.to_ascii_lowercase(), decoded.to_ascii_lowercase()];
    if lower.iter().any(|text| ["%2e", "%5c"].iter().any(|escape| text.contains(escape))) {
        return Err(InvalidPath("must not contain `.` or `..` segments, `%2e` or `%5c`"));
    }
    // `a%2F..%2Fb` is one segment here and three for a reader that decodes before it splits.
    if decoded.split('/').any(|part| matches!(part, "." | "..")) && decoded.contains('/') {
        return Err(InvalidPath("must not contain `.` or `..` segments, `%2e` or `%5c`"));
    }
    Ok(encode(&decoded, is_plain_in_path))
}

/// RFC 3986's pchar without the escapes.
fn is_plain_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

/// What stands for itself in a query's keys and values; `+` does not, it would be a space.
fn is_plain_in_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn encode(text: &str, plain: fn(u8) -> bool) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// Percent-decodes once; `None` for a `%` that begins no escape and for what is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' { hex(bytes.next()?)? << 4 | hex(bytes.next()?)? } else { byte });
    }
    String::from_utf8(out).ok()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The parameters of a read, sorted by key, so that their order is no part of what is asked. Values
/// of one key keep theirs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RelayQuery(Vec<(String, String)>);

/// Keys that would carry a credential into logs and caches of others.
const SECRET_KEYS: [&str; 8] =
    ["token", "secret", "password", "passwd", "api_key", "apikey", "access_key", "private_key"];

/// Parameters that are numbers from 1.
const PAGING: [&str; 2] = ["page", "per_page"];

/// The most items that GitHub puts on a page
/// (<https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api#changing-the-number-of-items-per-page>).
const LARGEST_PAGE: u32 = 100;

/// A number without leading zeros, of at most nine digits.
fn page_number(text: &str) -> Option<&str> {
    let digits = text.trim_start_matches('0');
    let good = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    good.then_some(digits)
}

impl RelayQuery {
    /// Takes decoded parameters (contract, section 6).
    pub fn parse(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, InvalidQuery> {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let length: usize = pairs.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
        if pairs.len() > MAX_PARAMETERS || length > MAX_QUERY_BYTES {
            return Err(InvalidQuery("has too many or too long parameters"));
        }
        for (key, value) in &pairs {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
            if key.is_empty() || !key.bytes().all(plain) {
                return Err(InvalidQuery("keys must be of `a-z`, `0-9`, `_`, `.` and `-`"));
            }
            if SECRET_KEYS.iter().any(|secret| key.replace(['-', '.'], "_").contains(secret)) {
                return Err(InvalidQuery("must not carry a credential"));
            }
            if value.chars().any(char::is_control) {
                return Err(InvalidQuery("values must not contain control characters"));
            }
        }
        Ok(Self::sorted(pairs))
    }

    fn sorted(mut pairs: Vec<(String, String)>) -> Self {
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self(pairs)
    }

    /// The value of a key. Of several values the last one counts, as GitHub reads them.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// All values.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }

    /// The same with these parameters only, each once. GitHub ignores all others, and what it
    /// ignores must not make cache entries. Pages are numbers: GitHub takes its defaults for what
    /// is not, so that is dropped, too.
    #[must_use]
    pub(super) fn only(&self, parameters: &[&str]) -> Self {
        let pair = |key: &&str| {
            let value = self.get(key)?;
            let value = if PAGING.contains(key) { page_number(value)? } else { value };
            // What is more than GitHub gives is as much as it gives, in one spelling.
            let is_more = *key == "per_page" && value.parse::<u32>().is_ok_and(|items| items > LARGEST_PAGE);
            let value = if is_more { "100" } else { value };
            Some(((*key).to_owned(), value.to_owned()))
        };
        Self::sorted(parameters.iter().filter_map(pair).collect())
    }

    /// The same with one value for a key.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let mut pairs: Vec<_> = self.0.iter().filter(|(name, _)| name != key).cloned().collect();
        pairs.push((key.to_owned(), value.to_owned()));
        Self::sorted(pairs)
    }

    /// `a=1&b=2`, percent-encoded, without the `?`.
    pub fn encoded(&self) -> String {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(key, value)| {
                format!("{}={}", encode(key, is_plain_in_query), encode(value, is_plain_in_query))
            })
            .collect();
        pairs.join("&")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{RelayPath, RelayQuery, decode};

    fn query(pairs: &[(&str, &str)]) -> Result<RelayQuery, super::InvalidQuery> {
        RelayQuery::parse(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn paths_have_one_spelling() {
        for (given, canonical) in [
            ("/repos/acme/rocket", "/repos/acme/rocket"),
            ("/repos/acme/rocket/labels/good first issue", "/repos/acme/rocket/labels/good%20first%20issue"),
            (
                "/repos/acme/rocket/labels/good%20first%20issue",
                "/repos/acme/rocket/labels/good%20first%20issue",
            ),
            ("/repos/acme/rocket/branches/feature%2fx", "/repos/acme/rocket/branches/feature%2Fx"),
            ("/repos/acme/rocket/contents/%61.md", "/repos/acme/rocket/contents/a.md"),
            ("/repos/acme/rocket/contents/ä", "/repos/acme/rocket/contents/%C3%A4"),
            ("/repos/acme/rocket/contents/.github/..a/a..", "/repos/acme/rocket/contents/.github/..a/a.."),
            ("/repos/a/b/compare/main...x@y:z", "/repos/a/b/compare/main...x@y:z"),
        ] {
            assert_eq!(RelayPath::parse(given).unwrap().as_str(), canonical);
        }
    }

    #[test]
    fn other_paths_in_disguise_are_refused() {
        for bad in [
            "",
            "repos/a/b",
            "https://evil.example/",
            "//evil.example://x",
            "/repos/a/b/../c",
            "/repos/a/b/./c",
            "/repos/a/b/..",
            "/repos/a/b/%2e%2e/c",
            "/repos/a/b/%2E./c",
            "/repos/a/b/.%2e/c",
            "/repos/a/b/%252e%252e/c",
            "/repos/a/b/x%2F..%2Fc",
            "/repos/a/b/..%2Fc",
            "/repos/a/b\\c",
            "/repos/a/b%5cc",
            "/repos/a/b%255cc",
            "/repos/a/b?x=1",
            "/repos/a/b#x",
            "/repos/a/b\r\nX: y",
            "/repos/a/b%0d%0aX",
            "/repos/a/b%00",
            "/repos/a/b%7f",
            "/repos/a/b%",
            "/repos/a/b%zz",
            "/repos/a/b%ff",
            "/repos/a/\u{85}b",
        ] {
            assert!(RelayPath::parse(bad).is_err(), "{bad:?}");
        }
        assert!(RelayPath::parse(&format!("/{}", "a".repeat(5000))).is_err());
    }

    #[test]
    fn queries_are_sorted_and_escaped() {
        let sorted =
            query(&[("per_page", "100"), ("labels", "bug,good first issue"), ("page", "2")]).unwrap();
        assert_eq!(sorted.encoded(), "labels=bug%2Cgood%20first%20issue&page=2&per_page=100");
        assert_eq!(sorted.get("page"), Some("2"));
        assert_eq!(query(&[("ref", "a"), ("ref", "b")]).unwrap().get("ref"), Some("b"), "the last counts");
        assert_eq!(
            query(&[("q", "repo:a/b is:pr&x=1#+")]).unwrap().encoded(),
            "q=repo%3Aa%2Fb%20is%3Apr%26x%3D1%23%2B"
        );
    }

    #[test]
    fn only_what_github_reads_is_left() {
        let sent = query(&[
            ("x", "1"),
            ("state", "open"),
            ("state", "all"),
            ("page", "02"),
            ("per_page", "many"),
            ("empty", ""),
        ]);
        let left = sent.unwrap().only(&["state", "per_page", "page", "empty"]);
        assert_eq!(left.encoded(), "empty=&page=2&state=all");
        for number in ["", "0", "000", "-1", "+1", "1.5", "1e3", "1234567890", " 1"] {
            assert_eq!(query(&[("page", number)]).unwrap().only(&["page"]).encoded(), "", "{number:?}");
        }
    }

    #[test]
    fn queries_that_carry_something_else_are_refused() {
        for (key, value) in [
            ("", "x"),
            ("Page", "1"),
            ("a b", "1"),
            ("a&b", "1"),
            ("access_token", "x"),
            ("access-token", "x"),
            ("client_secret", "x"),
            ("password", "x"),
            ("api.key", "x"),
            ("q", "a\r\nb"),
            ("q", "a\0"),
        ] {
            assert!(query(&[(key, value)]).is_err(), "{key}={value:?}");
        }
        assert!(RelayQuery::parse((0..65).map(|n| (format!("k{n}"), String::new()))).is_err());
        assert!(query(&[("q", &"x".repeat(9000))]).is_err());
    }

    proptest! {
        #[test]
        fn a_path_that_is_taken_names_nothing_else(text in "/[ -~é/.%2eE5cC\\\\]{0,40}") {
            if let Ok(path) = RelayPath::parse(&text) {
                let path = path.as_str();
                prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert!(!path.contains(['\\', '?', '#']));
                for segment in path.split('/') {
                    let once = decode(segment).unwrap();
                    let twice = decode(&once).unwrap_or_else(|| once.clone());
                    for spelling in [segment, once.as_str(), twice.as_str()] {
                        prop_assert!(!spelling.split('/').any(|part| part == "." || part == ".."), "{}", path);
                    }
                }
                let again = RelayPath::parse(path).unwrap();
                prop_assert_eq!(again.as_str(), path);
            }
        }

        #[test]
        fn no_input_panics(text in any::<String>(), key in any::<String>(), value in any::<String>()) {
            let _ = RelayPath::parse(&text);
            let _ = RelayQuery::parse([(key, value)]);
        }

        #[test]
        fn the_order_of_keys_does_not_count(mut pairs in prop::collection::btree_map("[a-j]{1,3}", "[ -~]{0,5}", 0..6)) {
            let forward = RelayQuery::parse(pairs.clone()).unwrap();
            let mut backward: Vec<_> = std::mem::take(&mut pairs).into_iter().collect();
            backward.reverse();
            prop_assert_eq!(forward, RelayQuery::parse(backward).unwrap());
        }
    }
}
