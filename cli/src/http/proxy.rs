//! Which proxy a request takes, by the rules of curl or Go: `https_proxy`, `http_proxy`,
//! `all_proxy` and `no_proxy`, in capital letters too.

use std::net::IpAddr;

use ipnet::IpNet;
use ureq::{Proxy, ProxyProtocol};
use url::Host;

use crate::environment;
use crate::error::{Error, Result};
use crate::server_url::ServerUrl;

/// The proxy for a server, and the variable that names it.
#[derive(Clone)]
pub(super) struct Chosen {
    pub(super) proxy: Proxy,
    pub(super) variable: &'static str,
}

impl Chosen {
    /// Host and port, without the password.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.proxy.host(), self.proxy.port())
    }
}

/// Whose rules count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rules {
    OfCurl,
    /// Go, in which gh is written, does not know `all_proxy`.
    OfGo,
}

/// The proxy for a server, if there is one. A value that is no proxy is an error: a network that
/// needs one would otherwise be bypassed, or the server would be blamed.
pub(super) fn choose(base: &ServerUrl, rules: Rules) -> Result<Option<Chosen>> {
    // A proxy for plain http would see the tokens, which loopback sends unencrypted.
    if base.is_loopback() || is_bypassed(base) {
        return Ok(None);
    }
    let variables = if base.is_https() {
        ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else {
        ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    };
    let known = match rules {
        Rules::OfCurl => variables.len(),
        Rules::OfGo => 2,
    };
    let mut named = variables.into_iter().take(known);
    let named = named.find_map(|name| Some((name, environment::variable(name)?)));
    let Some((variable, value)) = named else { return Ok(None) };
    let proxy = Proxy::new(&value).ok().filter(|proxy| {
        matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) && !proxy.host().is_empty()
    });
    let Some(proxy) = proxy else {
        return Err(Error::usage(format!("{variable} in the environment is not the URL of an HTTP proxy."))
            .coded("proxy")
            .hint("A proxy looks like http://proxy.example.com:3128. octopool does not use SOCKS proxies."));
    };
    Ok(Some(Chosen { proxy, variable }))
}

fn is_bypassed(base: &ServerUrl) -> bool {
    let list = ["no_proxy", "NO_PROXY"].into_iter().find_map(environment::variable).unwrap_or_default();
    let Some(host) = base.host() else { return false };
    list.split([',', ' ', '\t']).map(str::trim).any(|entry| bypasses(entry, &host, base.port()))
}

/// Whether one entry of `NO_PROXY` matches: `*`, a network (`10.0.0.0/8`), an address, or a domain,
/// which includes its subdomains whether or not it begins with a dot. An address or a domain may
/// have a port.
fn bypasses(entry: &str, host: &Host<&str>, port: Option<u16>) -> bool {
    if entry == "*" {
        return true;
    }
    let address = match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::from(*address)),
        Host::Ipv6(address) => Some(IpAddr::from(*address)),
    };
    if let (Ok(network), Some(address)) = (entry.parse::<IpNet>(), address) {
        return network.contains(&address);
    }
    let (name, wanted) = without_port(entry);
    if wanted.is_some_and(|wanted| Some(wanted) != port) {
        return false;
    }
    match host {
        Host::Ipv4(_) | Host::Ipv6(_) => name.parse().ok() == address,
        Host::Domain(domain) => is_within(domain, name),
    }
}

/// `host:port`, `[address]:port`, `[address]`; an IPv6 address without brackets has no port.
fn without_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|entry| entry.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn is_within(domain: &str, parent: &str) -> bool {
    let normal = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let (domain, parent) = (normal(domain), normal(parent));
    let parent = parent.strip_prefix('*').unwrap_or(&parent);
    let parent = parent.strip_prefix('.').unwrap_or(parent);
    let before = domain.strip_suffix(parent).filter(|_| !parent.is_empty());
    before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::bypasses;
    use crate::server_url::ServerUrl;

    fn matches(entry: &str, url: &str) -> bool {
        let url = ServerUrl::parse(url).unwrap();
        bypasses(entry, &url.host().unwrap(), url.port())
    }

    #[test]
    fn entries_mean_what_they_mean_to_curl_and_go() {
        let server = "https://octopool.example.com";
        for entry in [
            "*",
            "octopool.example.com",
            "OCTOPOOL.Example.com.",
            "example.com",
            ".example.com",
            "*.example.com",
            "com",
            "octopool.example.com:443",
            ".example.com:443",
        ] {
            assert!(matches(entry, server), "{entry}");
        }
        for entry in [
            "",
            ".",
            "ample.com",
            "octopool.example.com:8443",
            "www.octopool.example.com",
            "10.0.0.0/8",
            "10.1.2.3",
            "octopool.example",
        ] {
            assert!(!matches(entry, server), "{entry}");
        }
        for (entry, url) in [
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.3", "https://10.1.2.3:8443"),
            ("10.1.2.3:8443", "https://10.1.2.3:8443"),
            ("fd00::/8", "https://[fd00::1]"),
            ("fd00::1", "https://[fd00::1]"),
            ("[fd00::1]:443", "https://[fd00::1]"),
        ] {
            assert!(matches(entry, url), "{entry}");
        }
        for (entry, url) in [
            ("10.0.0.0/8", "https://11.1.2.3"),
            ("10.1.2.3:443", "https://10.1.2.3:8443"),
            ("1.2.3", "https://10.1.2.3"),
            ("[fd00::1]:8443", "https://[fd00::1]"),
        ] {
            assert!(!matches(entry, url), "{entry}");
        }
    }
}
