//! The proxy on a port of this machine, where programs expect GitHub's API at another base URL
//! (`GITHUB_API_URL`).

use std::io;
use std::net::{IpAddr, SocketAddr};

use ureq::http::StatusCode;
use ureq::http::header::{HOST, HeaderValue, LINK, LOCATION, ORIGIN};

use super::question::API_HOST;
use super::wire::{Reply, Request};
use super::{Proxy, refusal};

/// Sent by browsers: what kind of page sends the request.
const SEC_FETCH_SITE: &str = "sec-fetch-site";
const HTTP_PORT: u16 = 80;
/// Clients that take every other host for an Enterprise Server put these before the path.
const ENTERPRISE: [(&str, &str); 2] = [("/api/v3/", "/"), ("/api/graphql", "/graphql")];

/// Answers a program on this machine.
///
/// Every web page can send requests to a port of the machine it is shown on, and under a name that
/// its owner chose and points there (DNS rebinding). So a request has to name the address itself,
/// and must not come from a page.
pub(super) fn answer(proxy: &Proxy, address: SocketAddr, mut request: Request) -> io::Result<Reply> {
    let host = request.header(HOST).unwrap_or_default().to_ascii_lowercase();
    let names = names(address);
    let is_from_a_page = request.headers.contains_key(ORIGIN)
        || request.headers.get(SEC_FETCH_SITE).is_some_and(|site| site != "none");
    if !names.contains(&host) || is_from_a_page {
        let message =
            "octopool: this port is for programs that use its address as their base URL, not for browsers";
        return Ok(refusal(StatusCode::FORBIDDEN, message));
    }
    for (prefix, replacement) in ENTERPRISE {
        if let Some(rest) = request.target.strip_prefix(prefix) {
            request.target = format!("{replacement}{rest}");
        }
    }
    request.headers.insert(HOST, HeaderValue::from_static(API_HOST));
    let mut reply = proxy.answer(request)?;
    // A client that follows these has to come here again.
    for name in [LINK, LOCATION] {
        let here = reply
            .headers
            .get(&name)
            .and_then(|value| value.to_str().ok())
            .map(|value| value.replace(&format!("https://{API_HOST}/"), &format!("http://{host}/")));
        if let Some(here) = here.and_then(|here| HeaderValue::try_from(here).ok()) {
            reply.headers.insert(name, here);
        }
    }
    Ok(reply)
}

/// How programs name the address in `Host`. The port of `http` is left out.
fn names(address: SocketAddr) -> Vec<String> {
    let host = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let hosts = [host, "localhost".to_owned()];
    let mut names: Vec<_> = hosts.iter().map(|host| format!("{host}:{}", address.port())).collect();
    if address.port() == HTTP_PORT {
        names.extend(hosts);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn the_port_of_http_may_be_left_out_and_no_other() {
        for (address, expected) in [
            ("127.0.0.1:8999", vec!["127.0.0.1:8999", "localhost:8999"]),
            ("[::1]:80", vec!["[::1]:80", "localhost:80", "[::1]", "localhost"]),
        ] {
            assert_eq!(names(address.parse().unwrap()), expected);
        }
    }
}
