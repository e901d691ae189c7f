//! The response to a client of GitHub's API: GitHub's status and headers, and how the pool served
//! it.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use octopool_api_types::CacheOutcome;
use octopool_core::Timestamp;
use octopool_core::relay::{Budget, PoolRate};

use super::conditional::is_not_modified;
use crate::relay::{Forwarded, Relayed};

/// All that a response depends on beside the answer.
pub(crate) struct Shown<'a> {
    /// The headers of the request.
    pub(crate) request: &'a HeaderMap,
    /// The kind of the route.
    pub(crate) route_kind: &'a str,
    /// The time.
    pub(crate) now: Timestamp,
}

impl Shown<'_> {
    /// The response with this body. `header` says what a header of GitHub's, by name and value, is
    /// here.
    pub(crate) fn response(
        &self,
        relayed: &Relayed,
        body: Bytes,
        header: impl Fn(&str, &str) -> String,
    ) -> Response {
        let head = &relayed.answer.head;
        let not_modified = is_not_modified(self.request, head);
        let mut response = Response::new(if not_modified { Body::empty() } else { Body::from(body) });
        let status = if not_modified { 304 } else { head.status };
        // GitHub's status was one, so it still is.
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        let stale = relayed.stale_reason.map(|reason| reason.as_str().to_owned());
        let own = [
            ("x-octopool-cache", Some(relayed.cache.as_str().to_owned())),
            ("x-octopool-identity", head.identity.as_ref().map(|(id, _)| id.clone())),
            ("x-octopool-route", Some(self.route_kind.to_owned())),
            ("x-octopool-stale-reason", stale),
            ("cache-status", Some(cache_status(relayed, self.now))),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let passed = head
            .headers
            .iter()
            // Those are one identity's. What the caller may know is the pool's.
            .filter(|(name, _)| !name.starts_with("x-ratelimit-"))
            .map(|(name, value)| (name.as_str(), header(name, value)));
        for (name, value) in passed.chain(own).chain(rate_headers(relayed.pool_rate)) {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
            .headers_mut()
            .insert(header::VARY, HeaderValue::from_static("Accept, Authorization, X-Octopool-Pool"));
        response
    }
}

/// The rate limit headers of the pool. On a hit nothing was spent, and there are none: the numbers
/// of an answer from the cache are those of a window long past.
///
/// `pool_rate` is what the coordinator tells with a lease (`Relayed::pool_rate`).
fn rate_headers<'a>(pool_rate: Option<(Budget, PoolRate)>) -> impl Iterator<Item = (&'a str, String)> {
    let headers = pool_rate.map(|(budget, rate)| {
        [
            ("x-ratelimit-limit", rate.limit.to_string()),
            ("x-ratelimit-remaining", rate.remaining.to_string()),
            ("x-ratelimit-used", rate.used.to_string()),
            ("x-ratelimit-reset", rate.reset.to_string()),
            ("x-ratelimit-resource", budget.resource().as_str().to_owned()),
        ]
    });
    headers.into_iter().flatten()
}

/// How the cache took part (RFC 9211).
fn cache_status(relayed: &Relayed, now: Timestamp) -> String {
    let ttl =
        relayed.answer.head.fresh_until.map(|until| (until.as_millis() - now.as_millis()).div_euclid(1000));
    let ttl = ttl.map_or(String::new(), |ttl| format!("; ttl={ttl}"));
    let detail = relayed.stale_reason.map_or(String::new(), |reason| format!("; detail={}", reason.as_str()));
    let Some((why, status)) = relayed.forwarded else {
        // What the pool answers itself comes neither from the cache nor from GitHub.
        let how = if relayed.cache == CacheOutcome::Bypass { "fwd=bypass" } else { "hit" };
        return format!("octopool; {how}{ttl}{detail}");
    };
    let why = match (relayed.cache, why) {
        (CacheOutcome::Bypass, _) => "bypass",
        (_, Forwarded::Miss) => "miss",
        (_, Forwarded::Stale) => "stale",
        (_, Forwarded::Request) => "request",
    };
    let stored = if relayed.cache == CacheOutcome::Miss { "; stored" } else { "" };
    let collapsed = if relayed.coalesced { "; collapsed" } else { "" };
    format!("octopool; fwd={why}; fwd-status={status}{stored}{collapsed}{ttl}")
}
