//! Proof that a numeric account id is an active member of the org.

use octopool_core::{AccountId, AccountLogin};
use secrecy::SecretString;

use crate::config::ORG_TOKEN;
use crate::github::{Account, Github, GithubError, Membership, MembershipState};
use crate::ports::Secrets;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MembershipError {
    /// GitHub does not show an active membership.
    #[error("not an active member of the org")]
    NotAMember,
    /// The login belongs to another account now.
    #[error("another account has the login")]
    OtherAccount,
    /// GitHub could not be asked, or its answer makes no sense.
    #[error("the membership could not be verified: {0}")]
    Unverifiable(#[from] GithubError),
    /// There is no org token to ask with.
    #[error("no org token is configured")]
    NoOrgToken,
}

/// The token that reads users and memberships.
pub(crate) fn org_token(secrets: &dyn Secrets) -> Result<SecretString, MembershipError> {
    secrets.find(ORG_TOKEN).ok_or(MembershipError::NoOrgToken)
}

/// Asks with the deployment's org token, which must be able to see every membership: a refusal (403) is a fault of the
/// deployment, not of the account.
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

/// Asks with the account's own token. GitHub answers 403 to whoever is no member ("You must be a member of … to see
/// membership information"), and to a token that lacks `read:org`: neither proves anything, both deny.
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

/// No membership is denied either way; this tells a member who left from a login that somebody else took, which need
/// different advice. If GitHub cannot be asked any more, the plainer denial stands.
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
