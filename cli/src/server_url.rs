//! A server's base URL: `https` or `http`, with an optional path, in a normal form, so that two
//! URLs can be compared before a token is sent.

use std::fmt;

use url::{Host, Url};

use crate::error::{Error, Result};

/// A server's base URL; paths of the API are appended to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ServerUrl(Url);

impl ServerUrl {
    /// Parses what people type: the default scheme is `https`, and `http` for this machine, where
    /// `wrangler dev` and `npm start` do not speak TLS; a trailing slash, a query and a
    /// fragment are dropped. The messages do not repeat the input, which may hold a password.
    pub(crate) fn parse(input: &str) -> Result<Self> {
        let input = input.trim();
        let with_scheme = |scheme: &str| {
            let scheme = if has_scheme(input) { String::new() } else { format!("{scheme}://") };
            Url::parse(&(scheme + input))
        };
        let mut url = with_scheme("https").map_err(|problem| invalid(&problem.to_string()))?;
        if Self(url.clone()).is_loopback() {
            url = with_scheme("http").map_err(|problem| invalid(&problem.to_string()))?;
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("its scheme is neither https nor http"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("it holds a user name or password, which octopool does not use"));
        }
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL of one of the API's paths, which begin with a slash.
    pub(crate) fn endpoint(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// Scheme, host and port: credentials are never sent to another origin.
    pub(crate) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether the host is a loopback address or `localhost`; other names are not resolved.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The host.
    pub(crate) fn host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// The port, even if it is the scheme's own.
    pub(crate) fn port(&self) -> Option<u16> {
        self.0.port_or_known_default()
    }

    /// Whether the scheme is `https`.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether others cannot read the traffic: `https`, or loopback.
    pub(crate) fn is_private(&self) -> bool {
        self.is_https() || self.is_loopback()
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// `localhost:8787` would otherwise parse as a URL of the scheme `localhost`, and a URL within a
/// query would count as a scheme.
fn has_scheme(input: &str) -> bool {
    let is_scheme_character =
        |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
    let lower = input.to_ascii_lowercase();
    lower.starts_with("http:/")
        || lower.starts_with("https:/")
        || input.split_once("://").is_some_and(|(scheme, _)| scheme.chars().all(is_scheme_character))
}

fn invalid(problem: &str) -> Error {
    Error::usage(format!("The server's URL cannot be used: {problem}."))
        .hint("A URL looks like https://octopool.example.com.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ServerUrl;

    fn normal(input: &str) -> String {
        ServerUrl::parse(input).unwrap().to_string()
    }

    #[test]
    fn typed_urls_have_one_normal_form() {
        for (typed, expected) in [
            ("octopool.example.com", "https://octopool.example.com"),
            (" https://Octopool.Example.com/ ", "https://octopool.example.com"),
            ("https://octopool.example.com:443//?a=b#c", "https://octopool.example.com"),
            ("octopool.example.com/team/", "https://octopool.example.com/team"),
            ("http://localhost:8787", "http://localhost:8787"),
            ("localhost:8787", "http://localhost:8787"),
            ("127.0.0.1:8787/", "http://127.0.0.1:8787"),
            ("[::1]:8787", "http://[::1]:8787"),
            ("LOCALHOST", "http://localhost"),
            ("localhost.example.com", "https://localhost.example.com"),
            ("https://localhost:8787", "https://localhost:8787"),
            ("HTTP://[::1]:80/", "http://[::1]"),
            ("octopool.example.com/?next=http://a", "https://octopool.example.com"),
        ] {
            assert_eq!(normal(typed), expected, "{typed}");
        }
    }

    #[test]
    fn invalid_urls_are_refused_without_being_repeated() {
        for typed in
            ["", "   ", "ftp://example.com", "https://", "https://me:hunter2@example.com", "exa mple.com"]
        {
            let error = ServerUrl::parse(typed).unwrap_err();
            assert!(!error.headline().contains("hunter2"));
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "LOCALHOST"] {
            assert!(ServerUrl::parse(&format!("http://{host}:1")).unwrap().is_private(), "{host}");
        }
        for host in ["localhost.example.com", "128.0.0.1", "[::2]", "127.0.0.1.example.com", "10.0.0.1"] {
            assert!(!ServerUrl::parse(&format!("http://{host}:1")).unwrap().is_private(), "{host}");
        }
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(input in r"(https?://)?[a-zA-Z0-9.]{1,20}(:[0-9]{1,4})?(/[a-z/%?#]{0,12})?") {
            if let Ok(url) = ServerUrl::parse(&input) {
                let once = url.to_string();
                prop_assert_eq!(&ServerUrl::parse(&once).unwrap().to_string(), &once);
                prop_assert!(!once.ends_with('/') && !once.contains(['?', '#']));
            }
        }

        #[test]
        fn no_input_panics(input in any::<String>()) {
            drop(ServerUrl::parse(&input));
        }
    }
}
