//! `GET /installation/repositories`.

use serde_json::json;

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::caller::{Identity, not_for_integrations, requires_authentication};
use crate::call::pages::Page;
use crate::model::State;
use crate::model::repositories::Repository;
use crate::views::repositories::repository;

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

    let page =
        Page::new(call, "/installation/repositories", covered, |it| repository(it, None, state, call.urls));
    let body = json!({
        "total_count": page.total,
        "repository_selection": selection.as_str(),
        "repositories": page.items.clone(),
    });
    Ok(page.linked(body))
}
