//! One request as a responder sees it: what was sent, who sent it, which repository it is about,
//! what may be answered.
//!
//! Views and responders stand on this; it knows nothing of them or of routes.

pub(crate) mod answer;
pub(crate) mod caller;
pub(crate) mod pages;
pub(crate) mod search;
pub(crate) mod site;
pub(crate) mod urls;

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use caller::Caller;
use urls::Urls;

/// Path segments by the name they have in the pattern.
pub(crate) type Params = Vec<(&'static str, String)>;

/// What came over the wire, read once.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    /// Percent-encoded as sent, without the Enterprise Server prefix.
    pub(crate) path: String,
    pub(crate) enterprise: bool,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: bytes::Bytes,
}

impl Incoming {
    pub(crate) fn new(parts: &http::request::Parts, body: bytes::Bytes) -> Self {
        let (path, enterprise) = without_prefix(parts.uri.path());
        Self {
            method: parts.method.as_str().to_owned(),
            path: path.to_owned(),
            enterprise,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Enterprise Server serves REST under `/api/v3` and GraphQL at `/api/graphql`.
///
/// <https://docs.github.com/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api>
fn without_prefix(path: &str) -> (&str, bool) {
    if let Some(rest) = path.strip_prefix("/api/v3").filter(|rest| rest.starts_with('/')) {
        return (rest, true);
    }
    if path == "/api/graphql" { ("/graphql", true) } else { (path, false) }
}

/// A request that found its route and whose caller is known.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) params: Params,
    /// Percent-encoded as sent.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) accept: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) caller: &'a Caller,
    pub(crate) urls: &'a Urls,
    pub(crate) now: i64,
}

impl Call<'_> {
    /// The path segment that stands where the pattern has `{name}`, decoded once.
    pub(crate) fn param(&self, name: &str) -> String {
        let raw = self.params.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        percent_decode_str(raw).decode_utf8_lossy().into_owned()
    }

    /// A path segment that is an id; nothing when it is not a number.
    pub(crate) fn id(&self, name: &str) -> Option<u64> {
        self.param(name).parse().ok()
    }

    /// Whether the caller wants bytes and not JSON: `application/vnd.github.raw+json`, or one of
    /// its older names such as `application/vnd.github.v3.raw`, which Octokit sends.
    ///
    /// <https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api>, "Media
    /// types"
    pub(crate) fn wants_raw(&self) -> bool {
        self.accepts("raw")
    }

    /// Whether the caller asks for a format of GitHub's own: `diff`, `patch`, `sha` or `raw`.
    ///
    /// <https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api>, "Media
    /// types"
    pub(crate) fn accepts(&self, format: &str) -> bool {
        let media_types =
            self.accept.split(',').filter_map(|it| it.trim().strip_prefix("application/vnd.github."));
        media_types.flat_map(|rest| rest.split(['.', '+', ';'])).any(|part| part == format)
    }

    /// A value in the query.
    pub(crate) fn query_text(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A number in the query, if it is one.
    pub(crate) fn query_number(&self, name: &str) -> Option<usize> {
        self.query_text(name)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::without_prefix;

    #[test]
    fn an_enterprise_base_is_taken_off() {
        assert_eq!(without_prefix("/api/v3/user"), ("/user", true));
        assert_eq!(without_prefix("/api/graphql"), ("/graphql", true));
        assert_eq!(without_prefix("/user"), ("/user", false));
        assert_eq!(without_prefix("/api/v3000"), ("/api/v3000", false));
    }
}
