//! The way around the pool: where the client sent it, with what the client sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::SendBody;
use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, PROXY_AUTHORIZATION};
use ureq::http::{self, HeaderMap, HeaderName, Method};

use super::wire::{Body, Reply, Request};
use crate::error::{Error, Result};
use crate::http::Straight;
use crate::server_url::ServerUrl;

/// What gh is given as its token where it has no login, so that it starts. It never leaves.
pub(crate) const NO_TOKEN: &str = "octopool-has-no-github-token";

/// What may hold a credential beside `Authorization`.
const OTHER_CREDENTIALS: [HeaderName; 2] = [COOKIE, PROXY_AUTHORIZATION];

/// The clients for the hosts that were asked, each with its open connections.
#[derive(Default)]
pub(crate) struct Direct(Mutex<HashMap<String, Arc<Straight>>>);

/// Whose rights a request uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rights {
    /// The user's own.
    Own,
    /// It has no credential.
    Nobodys,
    /// It has [`NO_TOKEN`] or a token of octopool, and needs one of GitHub's.
    Missing,
}

impl Rights {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get(AUTHORIZATION) {
            None if OTHER_CREDENTIALS.iter().any(|name| headers.contains_key(name)) => Self::Own,
            None => Self::Nobodys,
            Some(value) if is_no_login(value.as_bytes(), headers) => Self::Missing,
            Some(_) => Self::Own,
        }
    }
}

/// Whether a credential is none of GitHub's: [`NO_TOKEN`], or a token of octopool, which some give
/// to gh or a library so that it starts. Neither goes to GitHub.
fn is_no_login(value: &[u8], headers: &HeaderMap) -> bool {
    let token = value.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    // `Basic` has a name and a password.
    let decoded = BASE64_STANDARD.decode(token).unwrap_or_default();
    let password = decoded.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_octopools = [token, password].iter().any(|token| octopools(token));
    value.ends_with(NO_TOKEN.as_bytes()) || (is_octopools && is_githubs(host))
}

fn octopools(token: &[u8]) -> bool {
    token.starts_with(b"op_") || token.starts_with(b"opa_")
}

/// Any other host may be an octopool server that gh uses as its host.
fn is_githubs(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let domains = ["github.com", "githubusercontent.com", "ghe.com"];
    domains.iter().any(|domain| {
        name.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

impl Direct {
    /// Sends the request over TLS to the host that it names and returns the reply as it comes.
    pub(crate) fn send(&self, request: Request) -> Result<Reply> {
        let Request { method, target, mut headers, body, takes_chunks: _ } = request;
        let host = headers.remove(HOST);
        let host = host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or_default();
        let base = ServerUrl::parse(&format!("{}{host}", scheme(host)))?;
        let client = self.client(base)?;
        headers.remove(CONTENT_LENGTH);
        // GitHub wants a length of 0 where there may be a body, and not an empty one in chunks
        // (<https://docs.github.com/en/rest/activity/starring#star-a-repository-for-the-authenticated-user>).
        let has_length = [Method::PATCH, Method::POST, Method::PUT].contains(&method);
        let mut built = http::Request::builder().method(method).uri(client.url(&target));
        if let Some(length) = body.length().filter(|length| *length > 0 || has_length) {
            built = built.header(CONTENT_LENGTH, length);
        }
        if let Some(own) = built.headers_mut() {
            own.extend(headers);
        }
        let body =
            if body.is_empty() { SendBody::none() } else { SendBody::from_owned_reader(body.into_reader()) };
        let request =
            built.body(body).map_err(|_| Error::failed("internal", "The request cannot be passed on."))?;
        let (head, body) = client.send(request)?.into_parts();
        let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            body: Body::stream(length, body.into_reader()),
        })
    }

    fn client(&self, base: ServerUrl) -> Result<Arc<Straight>> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = base.origin();
        if let Some(client) = clients.get(&origin) {
            return Ok(client.clone());
        }
        let client = Arc::new(Straight::new(base)?);
        clients.insert(origin, client.clone());
        Ok(client)
    }
}

/// gh itself speaks plain http to a GitHub on this machine only, whose name is this one.
fn scheme(host: &str) -> &'static str {
    let name = host.split(':').next().unwrap_or_default();
    if name == "github.localhost" || name.ends_with(".github.localhost") { "http://" } else { "https://" }
}

#[cfg(test)]
mod tests {
    use ureq::http::HeaderMap;
    use ureq::http::header::{AUTHORIZATION, HOST, HeaderValue};

    use super::Rights;

    fn rights(authorization: &str, host: &str) -> Rights {
        let value = |text| HeaderValue::from_str(text).unwrap();
        Rights::of(&HeaderMap::from_iter([(AUTHORIZATION, value(authorization)), (HOST, value(host))]))
    }

    #[test]
    fn a_token_of_octopool_is_no_login_of_github() {
        let caller = "op_mjIpcIAJaMoMolYONuFjoWGJRmq2QYOKrI4evKFgRys";
        // `x-access-token:op_mjIp`
        let basic = "Basic eC1hY2Nlc3MtdG9rZW46b3BfbWpJcA==";
        for authorization in [
            format!("Bearer {caller}"),
            format!("token {caller}"),
            "token opa_x".to_owned(),
            basic.to_owned(),
        ] {
            for host in ["api.github.com", "API.GITHUB.COM:443", "uploads.github.com", "api.acme.ghe.com"] {
                assert_eq!(rights(&authorization, host), Rights::Missing, "{authorization} {host}");
            }
            for host in ["your-octopool.example", "notgithub.com"] {
                assert_eq!(rights(&authorization, host), Rights::Own, "{authorization} {host}");
            }
        }
        for own in ["token ghp_x", "Bearer gho_op_x", "Basic eDp5"] {
            assert_eq!(rights(own, "api.github.com"), Rights::Own, "{own}");
        }
    }
}
