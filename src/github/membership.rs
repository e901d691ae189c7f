//! Memberships of organizations.

use http::{Method, StatusCode};
use octopool_core::{AccountId, AccountLogin};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Call, Github, GithubError};

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

#[derive(Deserialize)]
struct OrgBody {}

impl Github<'_> {
    /// Whether there is an organization with this login, `GET /orgs/{org}`
    /// (<https://docs.github.com/en/rest/orgs/orgs#get-an-organization>).
    pub async fn org_exists(&self, org: &AccountLogin, token: &SecretString) -> Result<bool, GithubError> {
        let path = format!("/orgs/{org}");
        let call = Call::new("GET /orgs/{org}", Method::GET, &path, token);
        match self.read::<OrgBody>(call, StatusCode::OK).await {
            Ok(_) => Ok(true),
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => Ok(false),
            Err(error) => Err(error),
        }
    }

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
        let body = match self.read::<MembershipBody>(call, StatusCode::OK).await {
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) => return Ok(None),
            body => body?,
        };
        let account = AccountId::new(body.user.id).ok_or(GithubError::Malformed { operation })?;
        Ok(Some(Membership { account, state: body.state }))
    }
}
