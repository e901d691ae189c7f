//! `GET /installation/repositories`.

use http::header::LINK;
use serde_json::{Value, json};

use crate::exchange::answer::{Answer, Outcome};
use crate::exchange::call::Call;
use crate::exchange::caller::{Identity, not_for_integrations, requires_authentication};
use crate::model::State;
use crate::model::repositories::Repository;
use crate::views::repositories::repository;

/// "The number of results per page (max 100)."
const MAX_PER_PAGE: usize = 100;

/// What an installation token covers, page by page.
pub(crate) fn list_repositories(state: &mut State, call: &Call<'_>) -> Outcome {
    let (installation, selection) = match &call.caller.identity {
        Identity::Installation { installation, repositories, .. } => (*installation, repositories),
        Identity::Anonymous => return Err(requires_authentication()),
        Identity::Personal { .. } | Identity::App(_) => return Err(not_for_integrations()),
    };
    let installation = state.installations.get(installation).ok_or_else(Answer::not_found)?;
    let covered: Vec<&Repository> = state
        .repositories
        .of(installation.account)
        .filter(|repo| installation.covers(repo) && selection.covers(repo.id))
        .collect();

    let per_page = call.query_number("per_page").unwrap_or(30).clamp(1, MAX_PER_PAGE);
    let page = call.query_number("page").unwrap_or(1).max(1);
    let pages = covered.len().div_ceil(per_page).max(1);
    let views: Vec<Value> = covered
        .iter()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .map(|it| repository(it, None, state, call.urls))
        .collect();
    let body = json!({
        "total_count": covered.len(),
        "repository_selection": selection.as_str(),
        "repositories": views,
    });
    let answer = Answer::ok(body);
    match links(call, page, pages, per_page) {
        Some(links) => Ok(answer.with_header(LINK, links)),
        None => Ok(answer),
    }
}

/// <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>, "Using link headers".
fn links(call: &Call<'_>, page: usize, pages: usize, per_page: usize) -> Option<String> {
    if pages == 1 {
        return None;
    }
    let url = call.urls.api("/installation/repositories");
    let link = |page: usize, rel: &str| format!("<{url}?per_page={per_page}&page={page}>; rel=\"{rel}\"");
    let mut links = Vec::new();
    if page > 1 {
        links.push(link(page - 1, "prev"));
    }
    if page < pages {
        links.push(link(page + 1, "next"));
        links.push(link(pages, "last"));
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    Some(links.join(", "))
}
