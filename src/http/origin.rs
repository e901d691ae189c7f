//! The origin that a request was sent to.

use axum::extract::Request;
use http::{HeaderMap, Uri, header};

use crate::address::Address;

/// Scheme and authority of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Origin {
    scheme: String,
    /// Host and port as the client wrote them.
    pub(crate) authority: String,
}

impl Origin {
    /// Reads them from a whole request.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self::from_head(request.uri(), request.headers())
    }

    /// Reads them from the absolute URL that workerd gives, or else from the `Host` header of a
    /// plain server.
    pub(crate) fn from_head(uri: &Uri, headers: &HeaderMap) -> Self {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let authority = uri.authority().map(http::uri::Authority::as_str).or(host).unwrap_or("localhost");
        Self { scheme: uri.scheme_str().unwrap_or("http").to_owned(), authority: authority.to_owned() }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Whether credentials would cross a network unencrypted.
    pub(crate) fn is_insecure(&self) -> bool {
        !self.is_https() && !Address::parse(&self.to_string()).is_some_and(|address| address.is_loopback())
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}://{}", self.scheme, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Request;

    use super::Origin;

    fn origin(uri: &str, host: Option<&str>) -> Origin {
        let mut request = Request::builder().uri(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        Origin::of(&request.body(()).unwrap())
    }

    #[test]
    fn an_absolute_url_counts_more_than_the_host_header() {
        assert_eq!(origin("https://pool.example/x?y", Some("other")).to_string(), "https://pool.example");
        assert_eq!(origin("/x", Some("127.0.0.1:8787")).to_string(), "http://127.0.0.1:8787");
    }

    #[test]
    fn only_this_machine_may_be_reached_in_the_clear() {
        for secure in [
            "https://pool.example/",
            "http://localhost:8787/",
            "http://127.0.0.2/",
            "http://[::1]:1/",
            "http://pool.localhost/",
        ] {
            assert!(!origin(secure, None).is_insecure(), "{secure}");
        }
        for insecure in [
            "http://pool.example/",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "http://127.0.0.1.nip.io/",
        ] {
            assert!(origin(insecure, None).is_insecure(), "{insecure}");
        }
    }
}
