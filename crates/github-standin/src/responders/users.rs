//! `GET /user`, `GET /users/{username}`, `GET /user/{account_id}` and the lists of an account.

use serde_json::{Value, json};

use super::{metadata, reference, repositories as repository_lists};
use crate::call::Call;
use crate::call::answer::{Answer, Outcome};
use crate::call::pages::Page;
use crate::model::State;
use crate::model::accounts::Account;
use crate::views::accounts::{organization_simple, private_user, public_user, shown};

/// Whose token is this?
pub(crate) fn get_authenticated(state: &mut State, call: &Call<'_>) -> Outcome {
    let id = call.caller.require_account()?;
    let account = state.accounts.get(id).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(profile(account, state, call)))
}

/// The profile behind a login. A former login finds no user, or the one that has registered it
/// since.
pub(crate) fn get_by_login(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = state.accounts.find(&call.param("username")).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(profile(account, state, call)))
}

/// The profile behind an id, whatever its login is now.
pub(crate) fn get_by_id(state: &mut State, call: &Call<'_>) -> Outcome {
    let account =
        call.id("account_id").and_then(|id| state.accounts.get(id)).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(profile(account, state, call)))
}

/// One's own profile has private fields when the token may read them, wherever it is asked for.
fn profile(account: &Account, state: &State, call: &Call<'_>) -> Value {
    let own = call.caller.account() == Some(account.id);
    let scope = call.caller.scopes().is_some_and(|it| it.contains("user") || it.contains("read:user"));
    let view = if own && scope { private_user } else { public_user };
    view(account, state, call.urls)
}

/// The account a list is about, by login or by id.
fn account<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a Account, Answer> {
    let found = match call.id("account_id") {
        Some(id) => state.accounts.get(id),
        None => state.accounts.find(&call.param("username")),
    };
    found.ok_or_else(Answer::not_found)
}

/// One page of a list of the account; links have its id.
fn list<T>(
    account: &Account,
    name: &str,
    call: &Call<'_>,
    all: impl IntoIterator<Item = T>,
    view: impl Fn(T) -> Value,
) -> Outcome {
    Ok(Page::new(call, &format!("/user/{}/{name}", account.id), all, view).answer())
}

/// Repositories the account owns.
pub(crate) fn repositories(state: &mut State, call: &Call<'_>) -> Outcome {
    repository_lists::list_of(account(state, call)?, state, call)
}

/// Organizations the account shows that it belongs to.
pub(crate) fn organizations(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    let public = state.memberships.organizations_of(account.id).filter(|(_, it)| it.public);
    let orgs = public.filter_map(|(id, _)| state.accounts.get(id));
    list(account, "orgs", call, orgs, |org| organization_simple(org, call.urls))
}

/// Public gists; also the secret ones for whose they are.
pub(crate) fn gists(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    let own = call.caller.account() == Some(account.id);
    let gists = state.social.gists.iter().filter(|it| it.owner == account.id && (own || it.public));
    list(account, "gists", call, gists, |gist| reference::gist_view(gist, state, call))
}

/// Who follows the account.
pub(crate) fn followers(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    list(account, "followers", call, state.social.followers(account.id), |id| shown(id, state, call.urls))
}

/// Whom the account follows.
pub(crate) fn following(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    list(account, "following", call, state.social.following(account.id), |id| shown(id, state, call.urls))
}

/// What the account did in public.
pub(crate) fn events(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    let events = metadata::public_events(state, |event| event.actor == account.id);
    list(account, "events", call, events, |event| metadata::event(&event, state, call.urls))
}

/// What others did, in public, where the account watches.
pub(crate) fn received_events(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    let watched: Vec<_> =
        state.social.stars.iter().filter(|(who, _)| *who == account.id).map(|(_, id)| *id).collect();
    let events = metadata::public_events(state, |event| watched.contains(&event.repository.id));
    list(account, "received_events", call, events, |event| metadata::event(&event, state, call.urls))
}

/// Public keys for SSH.
pub(crate) fn keys(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    let keys = state.social.keys.iter().filter(|(_, owner, _)| *owner == account.id);
    list(account, "keys", call, keys, |(id, _, key)| json!({ "id": id, "key": key }))
}

/// Always empty here.
pub(crate) fn gpg_keys(state: &mut State, call: &Call<'_>) -> Outcome {
    let account = account(state, call)?;
    list(account, "gpg_keys", call, Vec::<Value>::new(), |key| key)
}

/// The notifications of the token's account. Always empty here.
pub(crate) fn notifications(_: &mut State, call: &Call<'_>) -> Outcome {
    call.caller.require_account()?;
    Ok(Page::new(call, "/notifications", Vec::<Value>::new(), |it| it).answer())
}
