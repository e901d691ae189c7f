//! `GET /api/v3/…`, and the same paths at the root of the host: GitHub's REST API as any client of
//! it expects, at another address.

use std::borrow::Cow;

use axum::Extension;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, Uri};
use octopool_api_types::BodyEncoding;
use octopool_core::CallerToken;
use octopool_core::relay::with_addresses_at;

use super::base::{Base, path_below};
use super::refusals::refused_in_rest;
use super::shown::Shown;
use super::{pool, root};
use crate::access;
use crate::app::App;
use crate::http::error::ApiError;
use crate::http::extract::{github_token, missing_or_invalid};
use crate::http::fields::Fields;
use crate::relay::{Head, Question, Served, read};

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
    let addresses = Addresses { base: &base, github, path: &path };
    let header = |name: &str, value: &str| addresses.header(name, value, &relayed.answer.head);
    Ok(Shown { request: headers, route_kind, now: app.now() }.response(&relayed, body, header))
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

/// All that the headers of GitHub's depend on.
struct Addresses<'a> {
    base: &'a Base,
    /// GitHub's base.
    github: &'a str,
    /// The path that was asked for, below the base.
    path: &'a str,
}

impl Addresses<'_> {
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
