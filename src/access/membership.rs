//! Proof that a numeric account id is an active member of the org.

use octopool_core::{AccountId, AccountLogin};
use secrecy::SecretString;

use crate::config::ORG_TOKEN;
use crate::github::{Account, Github, GithubError, Membership, MembershipState};
use crate::ports::Secrets;

/// Why the membership was not verified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MembershipError {
    /// GitHub does not show an active membership.
    #[error("not an active member of the org")]
    NotAMember,
    /// The login belongs to another account now.
    #[error("another account has the login")]
    OtherAccount,
    /// GitHub could not be reached, or its reply was malformed.
    #[error("the membership could not be verified: {0}")]
    Unverifiable(#[from] GithubError),
    /// The deployment has no org token.
    #[error("no org token is configured")]
    NoOrgToken,
}

/// The deployment's token for reading users and memberships.
pub(crate) fn org_token(secrets: &dyn Secrets) -> Result<SecretString, MembershipError> {
    secrets.find(ORG_TOKEN).ok_or(MembershipError::NoOrgToken)
}

/// Verifies with the deployment's org token, which must be able to see every membership: a 403 is a
/// fault of the deployment, not of the account.
pub(crate) async fn verify_with_org_token(
    github: &Github<'_>,
    org: &AccountLogin,
    account: &Account,
    org_token: &SecretString,
) -> Result<(), MembershipError> {
    match github.org_membership(org, &account.login, org_token).await? {
        Some(membership) => decide(&membership, account.id),
        None => Err(name_denial(github, account, org_token).await),
    }
}

/// Verifies with the account's own token. GitHub answers 403 to an account that is not a member
/// ("You must be a member of … to see membership information") and to a token without `read:org`.
/// Neither proves anything, so both are denied.
pub(crate) async fn verify_with_own_token(
    github: &Github<'_>,
    org: &AccountLogin,
    account: &Account,
    token: &SecretString,
) -> Result<(), MembershipError> {
    match github.org_membership(org, &account.login, token).await {
        Ok(Some(membership)) => decide(&membership, account.id),
        Ok(None) => Err(MembershipError::NotAMember),
        Err(GithubError::Refused { status: http::StatusCode::FORBIDDEN, limits })
            if !limits.is_exhausted() =>
        {
            Err(MembershipError::NotAMember)
        }
        Err(error) => Err(error.into()),
    }
}

fn decide(membership: &Membership, account: AccountId) -> Result<(), MembershipError> {
    if membership.account != account {
        return Err(MembershipError::OtherAccount);
    }
    match membership.state {
        MembershipState::Active => Ok(()),
        MembershipState::Pending => Err(MembershipError::NotAMember),
    }
}

/// Tells a former member from a login that now belongs to another account, because they need
/// different advice. Access is denied either way. If GitHub does not reply, the account counts as a
/// former member.
async fn name_denial(github: &Github<'_>, account: &Account, org_token: &SecretString) -> MembershipError {
    match github.user_by_login(&account.login, org_token).await {
        Ok(Some(now)) if now.id != account.id => MembershipError::OtherAccount,
        _ => MembershipError::NotAMember,
    }
}

#[cfg(test)]
mod tests {
    use octopool_core::AccountId;

    use super::{MembershipError, decide};
    use crate::github::{Membership, MembershipState};

    #[test]
    fn the_number_decides_and_only_an_active_membership_counts() {
        let membership = |id, state| Membership { account: AccountId::new(id).unwrap(), state };
        let asked = AccountId::new(1).unwrap();
        assert!(decide(&membership(1, MembershipState::Active), asked).is_ok());
        assert!(matches!(
            decide(&membership(1, MembershipState::Pending), asked),
            Err(MembershipError::NotAMember)
        ));
        for state in [MembershipState::Active, MembershipState::Pending] {
            assert!(matches!(decide(&membership(2, state), asked), Err(MembershipError::OtherAccount)));
        }
    }
}
