//! `GET /repos/{owner}/{repo}`, and the lists of an account's repositories.

use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::pages::Page;
use crate::call::site::Site;
use crate::model::State;
use crate::model::accounts::{Account, AccountKind};
use crate::views::UPDATED_AT;
use crate::views::accounts::merge;
use crate::views::repositories::{clone_token, full_repository, minimal_repository};

/// The repository itself.
pub(crate) fn get(site: &Site<'_>) -> Outcome {
    let (call, state) = (site.call, site.state);
    let view = full_repository(site.repository, call.caller.account(), state, call.urls);
    let view = if site.may_push() { merge(view, clone_token(call.caller.account())) } else { view };
    Ok(Answer::ok(view).modified_at(UPDATED_AT))
}

/// The repositories of an account that the caller may see.
pub(crate) fn list_of(account: &Account, state: &State, call: &Call<'_>) -> Outcome {
    let visible = state
        .repositories
        .of(account.id)
        .filter(|it| Site::new(it, state, call).is_some_and(|site| site.is_visible()));
    let path = match account.kind {
        AccountKind::Organization => format!("/organizations/{}/repos", account.id),
        AccountKind::User => format!("/user/{}/repos", account.id),
    };
    let viewer = call.caller.account();
    Ok(Page::new(call, &path, visible, |it| minimal_repository(it, viewer, state, call.urls)).answer())
}
