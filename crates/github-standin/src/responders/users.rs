//! `GET /user`, `GET /users/{username}`, `GET /user/{account_id}`.

use crate::exchange::answer::{Answer, Outcome};
use crate::exchange::call::Call;
use crate::model::State;
use crate::views::accounts::{private_user, public_user};

/// Whose token is this?
pub(crate) fn get_authenticated(state: &mut State, call: &Call<'_>) -> Outcome {
    let id = call.caller.require_account()?;
    let account = state.accounts.get(id).ok_or_else(Answer::not_found)?;
    let private =
        call.caller.scopes().is_some_and(|scopes| scopes.contains("user") || scopes.contains("read:user"));
    let view = if private { private_user } else { public_user };
    Ok(Answer::ok(view(account, state, call.urls)))
}

/// The profile behind a login. A former login finds nobody, or whoever has registered it since.
pub(crate) fn get_by_login(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = state.accounts.find(&call.param("username")).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(public_user(account, state, call.urls)))
}

/// The profile behind an id, whatever its login is now.
pub(crate) fn get_by_id(state: &mut State, call: &Call<'_>) -> Outcome {
    let account =
        call.id("account_id").and_then(|id| state.accounts.get(id)).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(public_user(account, state, call.urls)))
}
