//! `GET /orgs/{org}`.

use crate::exchange::answer::{Answer, Outcome};
use crate::exchange::call::Call;
use crate::model::State;
use crate::views::accounts::organization_full;

/// An organization's profile. A user's login is no organization.
pub(crate) fn get(state: &mut State, call: &Call<'_>) -> Outcome {
    let org = state.accounts.find_organization(&call.param("org")).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(organization_full(org, state, call.urls)))
}
