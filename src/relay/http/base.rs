//! Where the REST form is: the base that a client was given, under which all addresses of GitHub's
//! API are that it gets to see.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::Uri;
use http::request::Parts;
use octopool_api_types::paths::{REST_BASE, is_rest_at_root};

use crate::http::origin::Origin;

/// The address of the REST form as the client knows it, without a slash at the end. For a request
/// in the other form it is the one under `/api/v3`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Base(String);

impl<S: Send + Sync> FromRequestParts<S> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl Base {
    /// Reads it from the head of a request.
    pub(crate) fn of(request: &Parts) -> Self {
        let origin = Origin::from_head(&request.uri, &request.headers);
        let path = if is_rest_at_root(request.uri.path()) { "" } else { REST_BASE };
        Self(format!("{origin}{path}"))
    }

    /// The base.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// An address below GitHub's base at this one. Every other address stays as it is.
    pub(crate) fn instead_of(&self, github: &str, address: &str) -> String {
        let rest =
            address.strip_prefix(github).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        rest.map_or_else(|| address.to_owned(), |rest| format!("{}{rest}", self.0))
    }

    /// Where a redirect leads, for a client of this base. A download (302) is at a host for content
    /// and its address is signed, so it stays as it is, also where that host is the API's own. A
    /// repository that has moved is in GitHub's API, so it is here.
    pub(crate) fn location(&self, github: &str, status: u16, address: &str) -> String {
        if status == 302 { address.to_owned() } else { self.instead_of(github, address) }
    }
}

/// The path below the base, beginning with `/`.
pub(crate) fn path_below(uri: &Uri) -> &str {
    match uri.path().strip_prefix(REST_BASE) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => uri.path(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, path_below};

    #[test]
    fn the_base_is_where_the_client_came_in() {
        for (uri, base, path) in [
            ("https://pool.example/api/v3/repos/a/b?x", "https://pool.example/api/v3", "/repos/a/b"),
            ("https://pool.example/api/v3", "https://pool.example/api/v3", "/"),
            ("https://pool.example/api/v3/", "https://pool.example/api/v3", "/"),
            ("https://pool.example/repos/a/b", "https://pool.example", "/repos/a/b"),
            ("https://pool.example/user", "https://pool.example", "/user"),
            ("https://pool.example/v1/github/request", "https://pool.example/api/v3", "/v1/github/request"),
        ] {
            let (parts, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
            assert_eq!((Base::of(&parts).as_str(), path_below(&parts.uri)), (base, path), "{uri}");
        }
    }

    #[test]
    fn only_addresses_below_githubs_base_move() {
        let base = Base("https://pool.example".to_owned());
        let moved = |address| base.instead_of("https://api.github.com", address);
        assert_eq!(moved("https://api.github.com/repos/a/b?x=1"), "https://pool.example/repos/a/b?x=1");
        for other in ["https://api.github.com.evil.example/", "https://codeload.github.com/x", ""] {
            assert_eq!(moved(other), other);
        }
        let download = "https://api.github.com/_content/x?sig=y";
        assert_eq!(base.location("https://api.github.com", 302, download), download);
        let renamed = "https://api.github.com/repositories/1";
        assert_eq!(
            base.location("https://api.github.com", 301, renamed),
            "https://pool.example/repositories/1"
        );
    }
}
