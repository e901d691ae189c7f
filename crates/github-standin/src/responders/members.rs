//! Who is a member of an organization, and who may know it.

use http::StatusCode;
use serde_json::{Value, json};

use super::orgs::organization;
use crate::call::Call;
use crate::call::answer::{Answer, Outcome, Payload};
use crate::call::caller::{Identity, not_for_integrations, requires_authentication};
use crate::call::pages::Page;
use crate::call::urls::Urls;
use crate::model::State;
use crate::model::accounts::Account;
use crate::model::memberships::Membership;
use crate::views::accounts::{organization_simple, simple_user};

/// `GET /orgs/{org}/memberships/{username}`: role and state, for members and for installations with
/// `members: read`.
pub(crate) fn get_membership(state: &mut State, call: &Call<'_>) -> Outcome {
    let (org, user) = org_and_user(state, call)?;
    match &call.caller.identity {
        Identity::Anonymous => return Err(requires_authentication()),
        Identity::App(_) => return Err(not_for_integrations()),
        Identity::Installation { .. } if !sees_members(state, call, org) => {
            return Err(not_for_integrations());
        }
        Identity::Personal { .. } if !sees_members(state, call, org) => {
            let message = format!(
                "You must be a member of {} to see membership information for {}.",
                org.login, user.login
            );
            return Err(Answer::refusal(StatusCode::FORBIDDEN, message));
        }
        Identity::Installation { .. } | Identity::Personal { .. } => {}
    }
    let membership = state.memberships.find(org.id, user.id).ok_or_else(Answer::not_found)?;
    let url = format!("/orgs/{}/memberships/{}", org.login, user.login);
    Ok(Answer::ok(view(membership, org, user, &url, call.urls)))
}

/// `GET /user/memberships/orgs/{org}`: one's own membership, also while it is an invitation.
pub(crate) fn get_own_membership(state: &mut State, call: &Call<'_>) -> Outcome {
    let id = call.caller.require_account()?;
    let org = state.accounts.find_organization(&call.param("org")).ok_or_else(Answer::not_found)?;
    if !call.caller.reads_organizations() {
        let message = "You need at least read:org scope to see your organization memberships.";
        return Err(Answer::refusal(StatusCode::FORBIDDEN, message));
    }
    let user = state.accounts.get(id).ok_or_else(Answer::not_found)?;
    let membership = state.memberships.find(org.id, id).ok_or_else(Answer::not_found)?;
    let url = format!("/orgs/{}/memberships/{}", org.login, user.login);
    Ok(Answer::ok(view(membership, org, user, &url, call.urls)))
}

/// `GET /orgs/{org}/members/{username}`: 204 or 404 for members, 302 to the public list for
/// everybody else.
pub(crate) fn check_member(state: &mut State, call: &Call<'_>) -> Outcome {
    let (org, user) = org_and_user(state, call)?;
    if !sees_members(state, call, org) {
        let public = call.urls.api(&format!("/orgs/{}/public_members/{}", org.login, user.login));
        return Ok(Answer::redirect(StatusCode::FOUND, &public, Payload::Empty));
    }
    state.memberships.find_active(org.id, user.id).ok_or_else(Answer::not_found)?;
    Ok(Answer::no_content())
}

/// `GET /orgs/{org}/public_members/{username}`: whether a member has made the membership public.
pub(crate) fn check_public_member(state: &mut State, call: &Call<'_>) -> Outcome {
    let (org, user) = org_and_user(state, call)?;
    state
        .memberships
        .find_active(org.id, user.id)
        .filter(|membership| membership.public)
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::no_content())
}

/// `GET /orgs/{org}/public_members`: those who show it to the world.
pub(crate) fn list_public(state: &mut State, call: &Call<'_>) -> Outcome {
    let org = organization(state, call)?;
    let path = format!("/organizations/{}/public_members", org.id);
    let shown = state.memberships.public_members(org.id).filter_map(|id| state.accounts.get(id));
    Ok(Page::new(call, &path, shown, |it| simple_user(it, call.urls)).answer())
}

fn org_and_user<'a>(state: &'a State, call: &Call<'_>) -> Result<(&'a Account, &'a Account), Answer> {
    let org = organization(state, call)?;
    let user = state.accounts.find_user(&call.param("username")).ok_or_else(Answer::not_found)?;
    Ok((org, user))
}

/// An active member with `read:org`, or the App on this organization with `members`.
fn sees_members(state: &State, call: &Call<'_>, org: &Account) -> bool {
    match &call.caller.identity {
        Identity::Personal { account, .. } => {
            call.caller.reads_organizations() && state.memberships.find_active(org.id, *account).is_some()
        }
        Identity::Installation { installation, permissions, .. } => {
            permissions.contains_key("members")
                && state.installations.get(*installation).is_some_and(|it| it.account == org.id)
        }
        Identity::Anonymous | Identity::App(_) => false,
    }
}

/// GitHub's `org-membership`.
fn view(membership: Membership, org: &Account, user: &Account, url: &str, urls: &Urls) -> Value {
    json!({
        "url": urls.api(url),
        "state": membership.standing.as_str(),
        "role": membership.role.as_str(),
        "direct_membership": true,
        "enterprise_teams_providing_indirect_membership": [],
        "organization_url": urls.api(&format!("/orgs/{}", org.login)),
        "organization": organization_simple(org, urls),
        "user": simple_user(user, urls),
    })
}
