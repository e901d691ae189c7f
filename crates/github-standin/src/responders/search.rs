//! Search. Each has a rate limit of its own kind.
//!
//! <https://docs.github.com/rest/search/search>

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::caller::{Identity, requires_authentication};
use crate::call::pages::Page;
use crate::call::search::Query;
use crate::call::site::Site;
use crate::model::State;
use crate::views::accounts::merge;
use crate::views::repositories::{minimal_repository, repository};
use crate::views::{git, issues as issue_views};

/// 422 without a query.
fn read(call: &Call<'_>) -> Result<Query, Answer> {
    let text = call.query_text("q").filter(|text| !text.trim().is_empty());
    Ok(Query::parse(&text.ok_or_else(|| invalid("Search", "missing", None))?))
}

/// The repositories to search. 422 when none of those named by `repo:` is there for the caller.
fn sites<'a>(query: &Query, state: &'a State, call: &'a Call<'a>) -> Result<Vec<Site<'a>>, Answer> {
    let sites = query.sites(state, call);
    if sites.is_empty() && query.values("repo").next().is_some() {
        let message = "The listed users and repositories cannot be searched either because the resources do not \
             exist or you do not have permission to view them.";
        return Err(invalid("Search", "invalid", Some(message)));
    }
    Ok(sites)
}

fn invalid(resource: &str, code: &str, message: Option<&str>) -> Answer {
    let mut error = json!({ "resource": resource, "field": "q", "code": code });
    if let Some(message) = message {
        error["message"] = json!(message);
    }
    let body = json!({ "message": "Validation Failed", "errors": [error] });
    Answer::json(StatusCode::UNPROCESSABLE_ENTITY, body)
}

/// The results under `items`, in the order they were found.
fn results(call: &Call<'_>, path: &str, found: Vec<Value>) -> Answer {
    let score = |it| merge(it, json!({ "score": 1.0 }));
    let page = Page::new(call, path, found, score);
    let body = json!({ "total_count": page.total, "incomplete_results": false, "items": page.items });
    page.linked(body)
}

/// Issues and pull requests: `repo:`, `is:`, `type:`, `state:`, `label:`, `author:` and words.
pub(crate) fn issues(state: &mut State, call: &Call<'_>) -> Outcome {
    let query = read(call)?;
    let sites = sites(&query, state, call)?;
    let found = sites.iter().flat_map(|site| query.issues_of(*site).map(|it| issue_views::issue(it, site)));
    let mut answer = results(call, "/search/issues", found.collect());
    if let crate::call::answer::Payload::Json(body) = &mut answer.payload {
        body["search_type"] = json!("lexical");
    }
    Ok(answer)
}

/// Files: `repo:`, `path:` and words. Code search requires authentication.
pub(crate) fn code(state: &mut State, call: &Call<'_>) -> Outcome {
    if matches!(call.caller.identity, Identity::Anonymous) {
        return Err(requires_authentication());
    }
    let query = read(call)?;
    if query.words.is_empty() {
        let message = "ERROR_TYPE_QUERY_PARSING_FATAL unable to parse query!";
        return Err(invalid("Search", "invalid", Some(message)));
    }
    let sites = sites(&query, state, call)?;
    let found = sites.iter().flat_map(|site| {
        let files = site.content.git.files.iter().filter(|(path, sha)| {
            let text = site.content.git.blobs.get(*sha).map(|bytes| String::from_utf8_lossy(bytes));
            let inside = query.values("path").all(|wanted| path.contains(wanted));
            inside && query.matches(&format!("{path} {}", text.unwrap_or_default()))
        });
        let word = query.words.first().map(String::as_str).unwrap_or_default();
        files.map(move |(path, sha)| merge(code_view(path, sha, site), text_matches(sha, word, site)))
    });
    Ok(results(call, "/search/code", found.collect()))
}

fn code_view(path: &str, sha: &str, site: &Site<'_>) -> Value {
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "url": site.url(&format!("/contents/{path}?ref=main")),
        "git_url": site.url(&format!("/git/blobs/{sha}")),
        "html_url": site.html(&format!("/blob/main/{path}")),
        "repository": minimal_repository(site.repository, None, site.state, site.call.urls),
    })
}

/// The first line that a word is in, for those who ask for it with the media type `text-match`.
///
/// <https://docs.github.com/rest/search/search#text-match-metadata>
fn text_matches(sha: &str, word: &str, site: &Site<'_>) -> Value {
    if !site.call.accepts("text-match") {
        return json!({});
    }
    let text =
        site.content.git.blobs.get(sha).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
    let found = text.lines().find_map(|line| Some((line, line.to_lowercase().find(word)?)));
    let matches = found.map(|(line, at)| {
        json!({
            "object_url": site.url(&format!("/git/blobs/{sha}")),
            "object_type": "FileContent",
            "property": "content",
            "fragment": line,
            "matches": [{ "text": word, "indices": [at, at + word.len()] }],
        })
    });
    json!({ "text_matches": matches.into_iter().collect::<Vec<_>>() })
}

/// Commits of default branches: `repo:` and words.
pub(crate) fn commits(state: &mut State, call: &Call<'_>) -> Outcome {
    let query = read(call)?;
    let sites = sites(&query, state, call)?;
    let found = sites.iter().flat_map(|site| {
        let matching = site.content.git.commits.iter().filter(|it| query.matches(&it.message));
        matching.map(|it| {
            let repository = minimal_repository(site.repository, None, site.state, call.urls);
            merge(git::commit(it, site), json!({ "repository": repository }))
        })
    });
    Ok(results(call, "/search/commits", found.collect()))
}

/// Repositories: `user:`, `org:` and words.
pub(crate) fn repositories(state: &mut State, call: &Call<'_>) -> Outcome {
    let query = read(call)?;
    let sites = sites(&query, state, call)?.into_iter();
    let found = sites.filter(|site| query.matches(&site.full_name()));
    let viewer = call.caller.account();
    let found = found.map(|site| repository(site.repository, viewer, state, call.urls));
    Ok(results(call, "/search/repositories", found.collect()))
}
