//! `GET /orgs/{org}` and its lists.

use super::{metadata, repositories as repository_lists};
use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::pages::Page;
use crate::model::State;
use crate::model::accounts::{Account, AccountKind};
use crate::views::accounts::organization_full;

/// The organization a call is about, by login or by id. A user's login is no organization.
pub(super) fn organization<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a Account, Answer> {
    let found = match call.id("organization_id") {
        Some(id) => state.accounts.get(id).filter(|it| it.kind == AccountKind::Organization),
        None => state.accounts.find_organization(&call.param("org")),
    };
    found.ok_or_else(Answer::not_found)
}

/// An organization's profile.
pub(crate) fn get(state: &mut State, call: &Call<'_>) -> Outcome {
    Ok(Answer::ok(organization_full(organization(state, call)?, state, call.urls)))
}

/// Its repositories: private ones for those who see them.
pub(crate) fn repositories(state: &mut State, call: &Call<'_>) -> Outcome {
    repository_lists::list_of(organization(state, call)?, state, call)
}

/// What happened in its public repositories.
pub(crate) fn events(state: &mut State, call: &Call<'_>) -> Outcome {
    let org = organization(state, call)?;
    let path = format!("/organizations/{}/events", org.id);
    let events = metadata::public_events(state, |event| event.repository.owner == org.id);
    Ok(Page::new(call, &path, events, |event| metadata::event(&event, state, call.urls)).answer())
}
