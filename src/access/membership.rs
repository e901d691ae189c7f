//! Proof that a numeric account id is an active member of the org.

use octopool_core::{AccountId, AccountLogin, Forbidden};
use secrecy::SecretString;

use crate::config::ORG_TOKEN;
use crate::github::{Account, Github, GithubError, Membership, MembershipState};
use crate::ports::Secrets;

/// Why the membership was not verified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MembershipError {
    /// GitHub does not show a membership of this organization.
    #[error("not a member of {0}")]
    NotAMember(AccountLogin),
    /// The account is invited to this organization and has not accepted.
    #[error("invited to {0}, and not a member yet")]
    Invited(AccountLogin),
    /// GitHub refuses the account's own token, so that nothing is proven.
    #[error("GitHub refuses the token for {org}: {cause:?}")]
    Forbidden {
        /// Why.
        cause: Forbidden,
        /// The organization.
        org: AccountLogin,
    },
    /// The login belongs to another account now.
    #[error("another account has the login")]
    OtherAccount,
    /// GitHub could not be reached, its reply was malformed, or it refuses the org token.
    #[error("the membership of {org} could not be verified: {error}")]
    Unverifiable {
        /// What happened.
        error: GithubError,
        /// The organization.
        org: AccountLogin,
    },
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
    match github.org_membership(org, &account.login, org_token).await {
        Ok(Some(membership)) => decide(&membership, account.id, org),
        Ok(None) => Err(name_denial(github, account, org_token, org).await),
        Err(error) => Err(MembershipError::Unverifiable { error, org: org.clone() }),
    }
}

/// Verifies with the account's own token. GitHub answers 403 to an account that is not a member, to
/// a token without `read:org`, and to one that the organization's policies exclude. None of it
/// proves a membership, so all are denied.
pub(crate) async fn verify_with_own_token(
    github: &Github<'_>,
    org: &AccountLogin,
    account: &Account,
    token: &SecretString,
) -> Result<(), MembershipError> {
    match github.org_membership(org, &account.login, token).await {
        Ok(Some(membership)) => decide(&membership, account.id, org),
        Ok(None) => Err(MembershipError::NotAMember(org.clone())),
        Err(error) => Err(match error.forbidden() {
            Some(Forbidden::NotAMember) => MembershipError::NotAMember(org.clone()),
            Some(cause) => MembershipError::Forbidden { cause, org: org.clone() },
            None => MembershipError::Unverifiable { error, org: org.clone() },
        }),
    }
}

fn decide(membership: &Membership, account: AccountId, org: &AccountLogin) -> Result<(), MembershipError> {
    if membership.account != account {
        return Err(MembershipError::OtherAccount);
    }
    match membership.state {
        MembershipState::Active => Ok(()),
        MembershipState::Pending => Err(MembershipError::Invited(org.clone())),
    }
}

/// Tells a former member from a login that now belongs to another account, because they need
/// different advice. Access is denied either way. If GitHub does not reply, the account counts as a
/// former member.
async fn name_denial(
    github: &Github<'_>,
    account: &Account,
    org_token: &SecretString,
    org: &AccountLogin,
) -> MembershipError {
    match github.user_by_login(&account.login, org_token).await {
        Ok(Some(now)) if now.id != account.id => MembershipError::OtherAccount,
        _ => MembershipError::NotAMember(org.clone()),
    }
}

#[cfg(test)]
mod tests {
    use octopool_core::{AccountId, AccountLogin};

    use super::{MembershipError, decide};
    use crate::github::{Membership, MembershipState};

    #[test]
    fn the_number_decides_and_only_an_active_membership_counts() {
        let membership = |id, state| Membership { account: AccountId::new(id).unwrap(), state };
        let (asked, org) = (AccountId::new(1).unwrap(), AccountLogin::parse("acme").unwrap());
        assert!(decide(&membership(1, MembershipState::Active), asked, &org).is_ok());
        assert!(matches!(
            decide(&membership(1, MembershipState::Pending), asked, &org),
            Err(MembershipError::Invited(_))
        ));
        for state in [MembershipState::Active, MembershipState::Pending] {
            let decided = decide(&membership(2, state), asked, &org);
            assert!(matches!(decided, Err(MembershipError::OtherAccount)));
        }
    }
}
