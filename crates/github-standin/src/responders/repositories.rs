//! `GET /repos/{owner}/{repo}`, and by id, where redirects of renamed ones lead.

use http::StatusCode;
use serde_json::json;

use crate::exchange::answer::{Answer, Outcome, Payload};
use crate::exchange::call::Call;
use crate::exchange::caller::Identity;
use crate::model::State;
use crate::model::repositories::Repository;
use crate::views::repositories::full_repository;

/// A repository by its name. 404 for what the caller may not see, 301 for a former name.
pub(crate) fn get(state: &mut State, call: &Call<'_>) -> Outcome {
    let (owner, name) = (call.param("owner"), call.param("repo"));
    if let Some(found) = state.repositories.find(&state.accounts, &owner, &name) {
        return show(found, state, call);
    }
    let moved = state
        .repositories
        .find_former(&owner, &name)
        .filter(|repo| visible(repo, state, call))
        .ok_or_else(Answer::not_found)?;
    let url = call.urls.api(&format!("/repositories/{}", moved.id));
    let body = Payload::Json(json!({ "message": "Moved Permanently", "url": url }));
    Ok(Answer::redirect(StatusCode::MOVED_PERMANENTLY, &url, body))
}

/// A repository by its id. GitHub does not document this route; its redirects lead here.
pub(crate) fn get_by_id(state: &mut State, call: &Call<'_>) -> Outcome {
    let found =
        call.id("repository_id").and_then(|id| state.repositories.get(id)).ok_or_else(Answer::not_found)?;
    show(found, state, call)
}

fn show(repository: &Repository, state: &State, call: &Call<'_>) -> Outcome {
    if !visible(repository, state, call) {
        return Err(Answer::not_found());
    }
    Ok(Answer::ok(full_repository(repository, call.caller.account(), state, call.urls)))
}

/// Public to all; private to its owner and the members of its organization with the scope `repo`, and to installation tokens that
/// cover it. Members read all repositories: that is the base permission GitHub gives them by default.
fn visible(repository: &Repository, state: &State, call: &Call<'_>) -> bool {
    if !repository.private {
        return true;
    }
    match &call.caller.identity {
        Identity::Personal { account, scopes } => {
            let member = state.memberships.find_active(repository.owner, *account).is_some();
            scopes.contains("repo") && (member || repository.owner == *account)
        }
        Identity::Installation { installation, repositories, .. } => {
            repositories.covers(repository.id)
                && state.installations.get(*installation).is_some_and(|it| it.covers(repository))
        }
        Identity::Anonymous | Identity::App(_) => false,
    }
}
