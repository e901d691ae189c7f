//! Addresses of other hosts that the deployment has to check.
//!
//! `http::Uri` parses them. It is linked anyway, and is stricter than browsers: no backslashes,
//! spaces, control characters or non-ASCII letters. The `url` crate would add the tables of
//! international domain names, a fifth of the upload.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

/// An absolute `http` or `https` URL without credentials and fragment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Address(Uri);

impl Address {
    /// Parses an address; `None` if it is not such a URL.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // `http::Uri` silently drops a fragment.
        let uri: Uri = text.parse().ok().filter(|_| !text.contains('#'))?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let named = uri.host().is_some_and(|host| !host.is_empty());
        (known && plain && named).then_some(Self(uri))
    }

    /// Whether what is sent there is encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// The host, in lower case.
    pub(crate) fn host(&self) -> String {
        self.0.host().unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether it names a port.
    pub(crate) fn has_port(&self) -> bool {
        self.0.port().is_some()
    }

    /// Whether it has a query.
    pub(crate) fn has_query(&self) -> bool {
        self.0.query().is_some()
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host();
        let v6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
            || v6.and_then(|text| text.parse().ok()).is_some_and(|address: Ipv6Addr| address.is_loopback())
    }

    /// Whether scheme, host and port are the same.
    pub(crate) fn is_same_origin(&self, other: &Self) -> bool {
        let authority = |address: &Self| address.0.authority().map(|part| part.as_str().to_ascii_lowercase());
        self.0.scheme() == other.0.scheme() && authority(self) == authority(other)
    }

    /// The address for a request.
    pub(crate) fn as_uri(&self) -> &Uri {
        &self.0
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn ambiguous_addresses_are_refused() {
        for bad in [
            "",
            "ghe.example",
            "//ghe.example/",
            "ftp://ghe.example",
            "https://",
            "https:///path",
            "https://:443/",
            "https://user@ghe.example",
            "https://user:pw@ghe.example",
            "https://good.example\\@evil.example",
            "https://good.example\t.evil.example",
            " https://ghe.example",
            "https://ghe.example/#x",
            "https://ghe.exämple",
        ] {
            assert_eq!(Address::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn this_machine() {
        for here in [
            "http://localhost",
            "http://LOCALHOST:1/x",
            "http://a.localhost",
            "http://127.0.0.1:8787",
            "http://127.9.9.9",
            "http://[::1]:1",
        ] {
            assert!(Address::parse(here).unwrap().is_loopback(), "{here}");
        }
        for elsewhere in [
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://128.0.0.1",
            "http://[::2]",
            "http://xlocalhost",
        ] {
            assert!(!Address::parse(elsewhere).unwrap().is_loopback(), "{elsewhere}");
        }
    }

    #[test]
    fn origins() {
        let origin = |text: &str| Address::parse(text).unwrap();
        assert!(origin("http://A.example:1/x").is_same_origin(&origin("http://a.example:1/y?z")));
        for other in ["https://a.example:1", "http://a.example:2", "http://a.example", "http://b.example:1"] {
            assert!(!origin("http://a.example:1").is_same_origin(&origin(other)), "{other}");
        }
    }
}
