//! `GET /api/v3/…`: GitHub's REST API as any client of it expects, at another address.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use octopool_api_types::CacheOutcome;
use octopool_core::{CallerToken, PoolId, Timestamp};

use super::conditional::is_not_modified;
use crate::app::App;
use crate::error::ApiError;
use crate::http::extract::{github_token, missing_or_invalid};
use crate::http::fields::Fields;
use crate::http::origin::Origin;
use crate::http::refusals::rest_refusal;
use crate::http::relay::REST_BASE;
use crate::relay::{Forwarded, Question, Relayed, choose_pool, read};

/// Names the pool; without it the caller's only grant counts, or the default login pool.
const POOL: &str = "x-octopool-pool";

/// Reads GitHub through a pool and hands the answer on. Errors of ours have GitHub's form here (`edge.rs`).
pub(in crate::http) async fn read_github(
    State(app): State<App>,
    request: Parts,
) -> Result<Response, ApiError> {
    let (app, uri, headers) = (&app, &request.uri, &request.headers);
    let bearer = github_token(headers);
    let token = bearer
        .as_deref()
        .and_then(CallerToken::parse)
        .ok_or_else(|| missing_or_invalid(bearer.as_deref()))?;
    let question = question(app, &token, uri, headers).await?;
    let path = question.path.as_str().to_owned();
    let served = read(app, &token, question).await;
    let relayed = served.result.map_err(rest_refusal)?;
    let base = format!("{}{REST_BASE}{path}", Origin::from_head(uri, headers));
    Ok(answer(&relayed, served.route_kind, &base, headers, app.now()))
}

async fn question(
    app: &App,
    token: &CallerToken,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Question, ApiError> {
    let mut fields = Fields::new(serde_json::Map::new());
    let path = super::path(&mut fields, uri.path().strip_prefix(REST_BASE).unwrap_or_default());
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let query = super::query(&mut fields, pairs);
    let pool = match headers.get(POOL) {
        None => Some(choose_pool(app, token).await?),
        Some(name) => {
            let parsed = PoolId::parse(name.to_str().unwrap_or_default());
            parsed.map_err(|violation| fields.problem(POOL, &violation.to_string())).ok()
        }
    };
    let question = pool.zip(path).zip(query).map(|((pool, path), query)| Question {
        pool,
        path,
        query,
        accept: super::passed(headers, "accept"),
        api_version: super::passed(headers, "x-github-api-version"),
        max_age: super::max_age(headers),
        pr_head: None,
    });
    fields.finish(question)
}

fn answer(relayed: &Relayed, route_kind: &str, base: &str, request: &HeaderMap, now: Timestamp) -> Response {
    let head = &relayed.answer.head;
    let not_modified = is_not_modified(request, head);
    let body = if not_modified { Body::empty() } else { Body::from(relayed.answer.body.clone()) };
    let mut response = Response::new(body);
    let status = if not_modified { 304 } else { head.status };
    // GitHub's status was one, so it still is.
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let link = head.header("link").map(|link| rewritten(link, base));
    let own = [
        ("x-octopool-cache", relayed.cache.as_str().to_owned()),
        ("x-octopool-identity", head.identity.0.clone()),
        ("x-octopool-route", route_kind.to_owned()),
        ("cache-status", cache_status(relayed, now)),
    ];
    let stale = relayed.stale_reason.map(|reason| ("x-octopool-stale-reason", reason.as_str().to_owned()));
    let passed = head.headers.iter().filter(|(name, _)| name != "link");
    let all = passed
        .map(|(name, value)| (name.as_str(), value.clone()))
        .chain(link.map(|link| ("link", link)))
        .chain(own)
        .chain(stale);
    for (name, value) in all {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("Accept, Authorization, X-Octopool-Pool"));
    response
}

/// The targets of a `link` header at our address. GitHub writes pages of a repository under its number, which is no route here; a page differs
/// from the one that was asked for by its query only.
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
    let Some((why, status)) = relayed.forwarded else { return format!("octopool; hit{ttl}{detail}") };
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
