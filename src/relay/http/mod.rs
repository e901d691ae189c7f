//! Reads of GitHub: `POST /v1/github/request` wraps the answer in an envelope, `GET /api/v3/…`
//! hands it on as it is.

mod base;
mod conditional;
mod envelope;
mod graphql;
mod refusals;
mod rest;
mod root;
mod shown;

use std::time::Duration;

use http::HeaderMap;
use octopool_api_types::ErrorCode;
use octopool_core::relay::{ApiVersion, RelayPath, RelayQuery};
use octopool_core::{CallerToken, PoolId};

use envelope::request_github;
use graphql::query_github;
use rest::read_github;

use crate::app::App;
use crate::http::error::ApiError;
use crate::http::fields::Fields;
use crate::http::route::{Route, route};
use crate::relay::choose_pool;

/// The routes of the relay.
pub(crate) const ROUTES: &[Route] = &[
    route!(REQUEST_GITHUB, request_github),
    route!(READ_GITHUB, read_github),
    route!(QUERY_GITHUB, query_github),
    route!(QUERY_GITHUB_AT_ROOT, query_github),
    route!(READ_GITHUB_ROOT, read_github),
    route!(READ_GITHUB_ROOT_WITH_SLASH, read_github),
    route!(READ_GITHUB_EMOJIS, read_github),
    route!(READ_GITHUB_GISTS, read_github),
    route!(READ_GITHUB_GITIGNORE, read_github),
    route!(READ_GITHUB_LICENSES, read_github),
    route!(READ_GITHUB_LICENSE, read_github),
    route!(READ_GITHUB_META, read_github),
    route!(READ_GITHUB_ORGANIZATIONS, read_github),
    route!(READ_GITHUB_ORGS, read_github),
    route!(READ_GITHUB_RATE_LIMIT, read_github),
    route!(READ_GITHUB_REPOS, read_github),
    route!(READ_GITHUB_REPOSITORIES, read_github),
    route!(READ_GITHUB_SEARCH, read_github),
    route!(READ_GITHUB_USER, read_github),
    route!(READ_GITHUB_OF_USER, read_github),
    route!(READ_GITHUB_USERS, read_github),
];

const API_VERSION: &str = "x-github-api-version";
/// Names the pool; without it the caller's only grant counts, or the default login pool.
const POOL: &str = "x-octopool-pool";

/// The pool that a request names, or that of the caller.
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

/// Reads the path; what is wrong with it has a code of its own.
fn path(fields: &mut Fields, text: &str) -> Option<RelayPath> {
    let mut refuse = |problem: &str| fields.refuse(ErrorCode::InvalidPath, "path", problem);
    RelayPath::parse(text).map_err(|invalid| refuse(invalid.0)).ok()
}

/// Reads the parameters, in the same way.
fn query(fields: &mut Fields, pairs: Vec<(String, String)>) -> Option<RelayQuery> {
    let mut refuse = |problem: &str| fields.refuse(ErrorCode::InvalidQuery, "query", problem);
    RelayQuery::parse(pairs).map_err(|invalid| refuse(invalid.0)).ok()
}

/// The `max-age` of a `Cache-Control` header; the rest of it is for caches of others. `no-cache`
/// asks for what `max-age=0` does.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values =
        headers.get_all(http::header::CACHE_CONTROL).into_iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<_> =
        values.flat_map(|value| value.split(',')).map(|part| part.trim().to_ascii_lowercase()).collect();
    if directives.iter().any(|directive| directive == "no-cache" || directive == "no-store") {
        return Some(Duration::ZERO);
    }
    let seconds = directives.iter().filter_map(|directive| {
        let text = directive.strip_prefix("max-age=")?;
        // Both forms are to be understood (RFC 9111, 5.2).
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        // What is no number asks for nothing; more digits than fit are a long time.
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::from(u32::MAX)))
    });
    // Of several the strictest counts (RFC 9111, 4.2.1).
    seconds.min().map(Duration::from_secs)
}

/// The version of GitHub's API that is asked for. GitHub answers 400 to what is none; so is it
/// here, before anything is looked up.
fn api_version(fields: &mut Fields, headers: &HeaderMap) -> Option<ApiVersion> {
    let text = headers.get(API_VERSION)?.to_str().unwrap_or_default().trim();
    let version = ApiVersion::parse(text);
    if version.is_none() && !text.is_empty() {
        fields.problem(&format!("headers.{API_VERSION}"), "must be a date such as `2022-11-28`");
    }
    version
}

/// A header that is passed on, if it is text that can be.
fn passed(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty() && value.len() <= 1024).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::max_age;

    #[test]
    fn ages() {
        for (value, seconds) in [
            ("max-age=0", Some(0)),
            ("Max-Age=60, public", Some(60)),
            ("no-cache", Some(0)),
            ("max-age=99999999999999999999", Some(u64::from(u32::MAX))),
            ("max-age=600, max-age=0", Some(0)),
            ("max-age=\"30\"", Some(30)),
            ("max-age=-1", None),
            ("max-age=", None),
            ("public", None),
        ] {
            let headers = HeaderMap::from_iter([(http::header::CACHE_CONTROL, value.parse().unwrap())]);
            assert_eq!(max_age(&headers), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
