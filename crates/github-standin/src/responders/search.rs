//! Search. Each has a rate limit of its own kind.
//!
//! <https://docs.github.com/rest/search/search>

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::caller::{Identity, requires_authentication};
use crate::call::pages::Page;
use crate::call::site::Site;
use crate::model::State;
use crate::model::content::issues::Issue;
use crate::views::accounts::merge;
use crate::views::repositories::{minimal_repository, repository};
use crate::views::{git, issues as issue_views};

/// What `q` asks for.
struct Query {
    /// In small letters.
    words: Vec<String>,
    /// Name and value of each qualifier.
    qualifiers: Vec<(String, String)>,
}

impl Query {
    /// 422 without a query.
    fn read(call: &Call<'_>) -> Result<Self, Answer> {
        let text = call.query_text("q").filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| invalid("Search", "missing", None))?;
        let mut query = Self { words: Vec::new(), qualifiers: Vec::new() };
        for part in text.split_whitespace() {
            if let Some((name, value)) = part.split_once(':') {
                query.qualifiers.push((name.to_lowercase(), value.trim_matches('"').to_owned()));
            } else {
                query.words.push(part.trim_matches('"').to_lowercase());
            }
        }
        Ok(query)
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.qualifiers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }

    /// The repositories named by `repo:`, all visible ones without it. 422 when a named one is not there for the caller.
    fn sites<'a>(&self, state: &'a State, call: &'a Call<'a>) -> Result<Vec<Site<'a>>, Answer> {
        let visible = || {
            let sites = state.repositories.iter().filter_map(|it| Site::new(it, state, call));
            sites.filter(Site::is_visible)
        };
        let named: Vec<&str> = self.values("repo").collect();
        if named.is_empty() {
            return Ok(visible().collect());
        }
        let found = |name: &&str| visible().find(|site| site.full_name().eq_ignore_ascii_case(name));
        let found: Vec<_> = named.iter().filter_map(found).collect();
        if found.is_empty() {
            let message = "The listed users and repositories cannot be searched either because the resources do not \
                 exist or you do not have permission to view them.";
            return Err(invalid("Search", "invalid", Some(message)));
        }
        Ok(found)
    }
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
    let query = Query::read(call)?;
    let sites = query.sites(state, call)?;
    let found = sites.iter().flat_map(|site| {
        let matching = site.content.tracker.issues.iter().rev().filter(|it| is_wanted(it, &query, site));
        matching.map(|it| issue_views::issue(it, site))
    });
    let mut answer = results(call, "/search/issues", found.collect());
    if let crate::call::answer::Payload::Json(body) = &mut answer.payload {
        body["search_type"] = json!("lexical");
    }
    Ok(answer)
}

fn is_wanted(it: &Issue, query: &Query, site: &Site<'_>) -> bool {
    let is = |value: &str| match value {
        "issue" => it.pull.is_none(),
        "pr" | "pull-request" => it.pull.is_some(),
        "open" => it.is_open(),
        "closed" => !it.is_open(),
        "merged" => it.pull.as_ref().is_some_and(|pull| pull.merged),
        "public" => !site.repository.private,
        "private" => site.repository.private,
        _ => false,
    };
    let author = site.state.accounts.get(it.author).map(|it| it.login.as_str());
    ["is", "type", "state"].into_iter().flat_map(|name| query.values(name)).all(is)
        && query.values("label").all(|label| it.labels.iter().any(|known| known == label))
        && query.values("author").all(|login| author == Some(login))
        && query.matches(&format!("{} {}", it.title, it.body))
}

/// Files: `repo:`, `path:` and words. Nobody without a credential searches code.
pub(crate) fn code(state: &mut State, call: &Call<'_>) -> Outcome {
    if matches!(call.caller.identity, Identity::Anonymous) {
        return Err(requires_authentication());
    }
    let query = Query::read(call)?;
    if query.words.is_empty() {
        let message = "ERROR_TYPE_QUERY_PARSING_FATAL unable to parse query!";
        return Err(invalid("Search", "invalid", Some(message)));
    }
    let sites = query.sites(state, call)?;
    let found = sites.iter().flat_map(|site| {
        let files = site.content.git.files.iter().filter(|(path, sha)| {
            let text = site.content.git.blobs.get(*sha).map(|bytes| String::from_utf8_lossy(bytes));
            let inside = query.values("path").all(|wanted| path.contains(wanted));
            inside && query.matches(&format!("{path} {}", text.unwrap_or_default()))
        });
        files.map(|(path, sha)| code_view(path, sha, site))
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

/// Commits of default branches: `repo:` and words.
pub(crate) fn commits(state: &mut State, call: &Call<'_>) -> Outcome {
    let query = Query::read(call)?;
    let sites = query.sites(state, call)?;
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
    let query = Query::read(call)?;
    let owners: Vec<&str> = query.values("org").chain(query.values("user")).collect();
    let found = query.sites(state, call)?.into_iter().filter(|site| {
        let owned = owners.is_empty() || owners.iter().any(|it| it.eq_ignore_ascii_case(&site.owner.login));
        owned && query.matches(&site.full_name())
    });
    let viewer = call.caller.account();
    let found = found.map(|site| repository(site.repository, viewer, state, call.urls));
    Ok(results(call, "/search/repositories", found.collect()))
}
