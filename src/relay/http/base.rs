//! Where the REST form is: the base that a client was given, under which all addresses of GitHub's
//! API are that it gets to see.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::Uri;
use http::request::Parts;

use crate::http::origin::Origin;

/// The base that clients of GitHub's API are given.
const REST_BASE: &str = "/api/v3";

/// The first segments of GitHub's paths that are served at the root of the host, too: some clients
/// know a host and no base path. Those under numbers are not relayed; they are here because GitHub
/// writes them into its answers, and a client that follows one gets a refusal it can read.
const AT_ROOT: [&str; 13] = [
    "emojis",
    "gists",
    "gitignore",
    "licenses",
    "meta",
    "organizations",
    "orgs",
    "rate_limit",
    "repos",
    "repositories",
    "search",
    "user",
    "users",
];

/// The address of the REST form as the client knows it, without a slash at the end. For a request in
/// the other form it is the one under `/api/v3`.
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
        let path = if at_root(request.uri.path()) { "" } else { REST_BASE };
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

/// Whether errors at this path have GitHub's form: its clients read them, also those of a path or of
/// a method that does not exist.
pub(crate) fn is_rest(path: &str) -> bool {
    let below = path.strip_prefix(REST_BASE);
    at_root(path) || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn at_root(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    path.starts_with('/') && !path.starts_with("//") && AT_ROOT.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::{AT_ROOT, Base, is_rest, path_below};
    use crate::routes::{Auth, ROUTES};

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

    #[test]
    fn what_is_at_the_root_is_what_the_router_serves_there() {
        let served = ROUTES.iter().filter(|route| route.auth == Auth::Caller && is_rest(route.path));
        let mut served: Vec<_> =
            served.filter_map(|route| route.path.split('/').nth(1)).filter(|first| *first != "api").collect();
        served.sort_unstable();
        served.dedup();
        assert_eq!(served, AT_ROOT);
        for path in ["/", "/v1/github/request", "/api/v30", "/api", "/usersx", "//users", "/openapi.json"] {
            assert!(!is_rest(path), "{path}");
        }
    }
}
