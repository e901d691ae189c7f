//! Memberships of organizations.

use http::{Method, StatusCode};
use octopool_core::{AccountId, AccountLogin};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Call, Github, GithubError, parsed};

/// An account's membership of an organization.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Membership {
    /// The account that currently has the requested login.
    pub account: AccountId,
    /// Whether the invitation was accepted.
    pub state: MembershipState,
}

/// The state of a membership.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum MembershipState {
    /// A member.
    Active,
    /// Invited, but not a member yet.
    Pending,
}

#[derive(Deserialize)]
struct MembershipBody {
    state: MembershipState,
    user: NumberBody,
}

#[derive(Deserialize)]
struct NumberBody {
    id: i64,
}

impl Github<'_> {
    /// The membership of a login in an organization, `GET /orgs/{org}/memberships/{username}`;
    /// `None` if there is none. `GET /orgs/{org}/members/{username}` would not return the account's
    /// id, and GraphQL's list of organizations would need a request per hundred
    /// (<https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user>).
    pub async fn org_membership(
        &self,
        org: &AccountLogin,
        login: &AccountLogin,
        token: &SecretString,
    ) -> Result<Option<Membership>, GithubError> {
        let operation = "GET /orgs/{org}/memberships/{username}";
        let path = format!("/orgs/{org}/memberships/{login}");
        let call = Call::new(operation, Method::GET, &path, token);
        let response = self.send(&call).await?;
        if response.status() == StatusCode::NOT_FOUND {
            // A proxy in front of GitHub may return a 404 too, but as an HTML page.
            let body = response.body();
            let is_of_an_api = body.is_empty() || crate::json::from_slice::<Map<String, Value>>(body).is_ok();
            return if is_of_an_api { Ok(None) } else { Err(GithubError::Malformed { operation }) };
        }
        let body = parsed::<MembershipBody>(&response, operation, StatusCode::OK)?;
        let account = AccountId::new(body.user.id).ok_or(GithubError::Malformed { operation })?;
        Ok(Some(Membership { account, state: body.state }))
    }
}
