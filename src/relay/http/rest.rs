//! `GET /api/v3/…`, and the same paths at the root of the host: GitHub's REST API as any client of
//! it expects, at another address.

use std::borrow::Cow;

use axum::Extension;
use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use octopool_api_types::{BodyEncoding, CacheOutcome};
use octopool_core::relay::{Budget, PoolRate, with_addresses_at};
use octopool_core::{CallerToken, PoolId, Timestamp};

use super::base::{Base, path_below};
use super::conditional::is_not_modified;
use super::refusals::refused_in_rest;
use super::root;
use crate::access;
use crate::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{github_token, missing_or_invalid};
use crate::http::fields::Fields;
use crate::relay::{Forwarded, Head, Question, Relayed, Served, choose_pool, read};

/// Names the pool; without it the caller's only grant counts, or the default login pool.
const POOL: &str = "x-octopool-pool";

/// Reads GitHub through a pool and hands the answer on. Errors of ours have GitHub's form here
/// (`edge.rs`).
pub(crate) async fn read_github(
    Extension(app): Extension<App>,
    request: Parts,
) -> Result<Response, ApiError> {
    let (app, uri, headers) = (&app, &request.uri, &request.headers);
    let base = Base::of(&request);
    let bearer = github_token(headers);
    let token = bearer
        .as_deref()
        .and_then(CallerToken::parse)
        .ok_or_else(|| missing_or_invalid(bearer.as_deref()))?;
    if path_below(uri) == "/" {
        let mut fields = Fields::new(serde_json::Map::new());
        let pool = pool(app, &token, headers, &mut fields).await?;
        let pool = fields.finish(pool)?;
        access::authenticate(app, bearer.as_deref(), &pool).await?;
        return Ok(root::document(base.as_str()));
    }
    let question = question(app, &token, uri, headers).await?;
    let (path, is_meta) = (question.path.as_str().to_owned(), question.path.as_str() == "/meta");
    let served = read(app, &token, question).await;
    let holds = served.holds;
    let Served { route_kind, result, .. } = served;
    let relayed = result.map_err(|error| refused_in_rest(error, app.now()))?;
    let github = &app.config.github_api_url;
    let mut body = match (relayed.answer.head.encoding, holds) {
        // Kept as GitHub wrote it, and read by clients that follow its addresses.
        (BodyEncoding::Json, Some(holds)) => {
            with_addresses_at(&relayed.answer.body, github, base.as_str(), holds)
        }
        (BodyEncoding::Json | BodyEncoding::Text | BodyEncoding::Base64, _) => {
            Cow::Borrowed(relayed.answer.body.as_ref())
        }
    };
    if is_meta && relayed.answer.head.status == 200 {
        body = Cow::Owned(root::with_version(&body));
    }
    // What was not rewritten is not copied either.
    let body = match body {
        Cow::Borrowed(_) => relayed.answer.body.clone(),
        Cow::Owned(bytes) => bytes.into(),
    };
    let form = Form { request: headers, route_kind, base: &base, github, path: &path, now: app.now() };
    Ok(form.answer(&relayed, body))
}

async fn pool(
    app: &App,
    token: &CallerToken,
    headers: &HeaderMap,
    fields: &mut Fields,
) -> Result<Option<PoolId>, ApiError> {
    let Some(name) = headers.get(POOL) else { return Ok(Some(choose_pool(app, token).await?)) };
    let parsed = PoolId::parse(name.to_str().unwrap_or_default());
    Ok(parsed.map_err(|violation| fields.problem(POOL, &violation.to_string())).ok())
}

async fn question(
    app: &App,
    token: &CallerToken,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Question, ApiError> {
    let mut fields = Fields::new(serde_json::Map::new());
    let path = super::path(&mut fields, path_below(uri));
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let query = super::query(&mut fields, pairs);
    let api_version = super::api_version(&mut fields, headers);
    let pool = pool(app, token, headers, &mut fields).await?;
    let question = pool.zip(path).zip(query).map(|((pool, path), query)| Question {
        pool,
        path,
        query,
        accept: super::passed(headers, "accept"),
        api_version,
        max_age: super::max_age(headers),
        pr_head: None,
    });
    fields.finish(question)
}

/// All that the form of an answer depends on beside the answer.
struct Form<'a> {
    request: &'a HeaderMap,
    route_kind: &'a str,
    base: &'a Base,
    /// GitHub's base.
    github: &'a str,
    /// The path that was asked for, below the base.
    path: &'a str,
    now: Timestamp,
}

impl Form<'_> {
    fn answer(&self, relayed: &Relayed, body: bytes::Bytes) -> Response {
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
            .map(|(name, value)| (name.as_str(), self.header(name, value, head)));
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

    /// A header of GitHub's as it is here.
    fn header(&self, name: &str, value: &str, head: &Head) -> String {
        match name {
            "link" => rewritten(value, &format!("{}{}", self.base.as_str(), self.path)),
            "location" => self.base.location(self.github, head.status, value),
            // The same content has other addresses in it at another base, byte for byte.
            "etag" if head.encoding == BodyEncoding::Json && !value.starts_with("W/") => format!("W/{value}"),
            _ => value.to_owned(),
        }
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

/// The targets of a `link` header at our address. GitHub writes pages of a repository under its
/// number, which is no route here; a page differs from the one that was asked for by its query
/// only.
fn rewritten(link: &str, base: &str) -> String {
    let rewrite = |part: &str| -> Option<String> {
        let (url, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        let query = url.split_once('?').map_or(String::new(), |(_, query)| format!("?{query}"));
        Some(format!("<{base}{query}>{parameters}"))
    };
    // A comma within a URL stands between its brackets: every part begins with one.
    let parts: Vec<_> = link
        .split(", <")
        .enumerate()
        .map(|(index, part)| if index == 0 { part.to_owned() } else { format!("<{part}") })
        .collect();
    parts.iter().filter_map(|part| rewrite(part)).collect::<Vec<_>>().join(", ")
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

#[cfg(test)]
mod tests {
    use super::rewritten;

    #[test]
    fn links_lead_here() {
        let link = "<https://api.github.com/repositories/1/issues?labels=a,b&page=2>; rel=\"next\", <https://api.github.com/repositories/1/issues?page=9>; rel=\"last\"";
        assert_eq!(
            rewritten(link, "https://pool.example/api/v3/repos/acme/rocket/issues"),
            "<https://pool.example/api/v3/repos/acme/rocket/issues?labels=a,b&page=2>; rel=\"next\", <https://pool.example/api/v3/repos/acme/rocket/issues?page=9>; rel=\"last\""
        );
        assert_eq!(rewritten("nonsense", "https://pool.example"), "");
    }
}
