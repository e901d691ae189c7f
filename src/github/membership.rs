//! Memberships of organizations.

use http::{Method, StatusCode};
use octopool_core::AccountLogin;
use secrecy::SecretString;
use serde::Deserialize;

use super::account::AccountBody;
use super::{Account, Call, Github, GithubError};

/// An account's membership of an organization.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Membership {
    /// Whose membership it is. The path names a login; this is the account that has it now.
    pub account: Account,
    /// Whether the invitation was accepted.
    pub state: MembershipState,
}

/// How far a membership has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum MembershipState {
    /// A member.
    Active,
    /// Invited.
    Pending,
}

#[derive(Deserialize)]
struct MembershipBody {
    state: MembershipState,
    user: AccountBody,
    organization: OrganizationBody,
}

#[derive(Deserialize)]
struct OrganizationBody {
    login: String,
}

impl Github<'_> {
    /// The membership of a login in an organization, `GET /orgs/{org}/memberships/{username}`; `None` if it has
    /// none. Chosen before `GET /orgs/{org}/members/{username}`, which answers no id, and before GraphQL's
    /// list of organizations, which takes a page per hundred
    /// (<https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user>).
    pub async fn org_membership(
        &self,
        org: &AccountLogin,
        login: &AccountLogin,
        token: &SecretString,
    ) -> Result<Option<Membership>, GithubError> {
        let operation = "GET /orgs/{org}/memberships/{username}";
        let path = format!("/orgs/{org}/memberships/{login}");
        let call = Call { operation, method: Method::GET, path: &path, token };
        let body = match self.read::<MembershipBody>(call, StatusCode::OK).await {
            Ok(body) => body,
            Err(GithubError::Refused { status: StatusCode::NOT_FOUND, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !body.organization.login.eq_ignore_ascii_case(org.as_str()) {
            return Err(GithubError::Malformed { operation });
        }
        Ok(Some(Membership { account: body.user.check(operation)?, state: body.state }))
    }
}
