//! What people are told whom GitHub does not show as members: each reader can do something else.

use octopool_api_types::ErrorCode;
use octopool_core::{AccountLogin, Forbidden};

use crate::access::MembershipError;
use crate::github::GithubError;
use crate::http::error::ApiError;

/// Who reads the error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reader {
    /// A caller whose proof is renewed with the org token.
    Caller,
    /// A person who logs in with a token of its own.
    Person,
    /// An admin who provisions an account, with the org token.
    Admin,
}

/// The error for an account whose membership is not proven.
pub(crate) fn membership_denied(error: MembershipError, reader: Reader) -> ApiError {
    let denied = |message: String| ApiError::new(ErrorCode::OrgMemberDenied).with_message(message);
    match error {
        MembershipError::NotAMember(org) => denied(not_a_member(&org, reader)),
        MembershipError::Invited(org) => denied(match reader {
            Reader::Caller | Reader::Person => format!(
                "This account is invited to the organization {org} and has not accepted. Accept the invitation, which \
                 GitHub shows on the page /orgs/{org}/invitation, and try again."
            ),
            Reader::Admin => format!(
                "This account is invited to the organization {org} and has not accepted yet. Provision it again when \
                 it has."
            ),
        }),
        MembershipError::Forbidden { cause, org } => {
            denied(format!("{} {}", cause.sentence("this token", org.as_str()), own_token(cause, &org)))
        }
        MembershipError::OtherAccount => ApiError::new(ErrorCode::GithubIdentityMismatch),
        MembershipError::Unverifiable { error: cause, org } => {
            let token = if reader == Reader::Person { "this token" } else { "the org token" };
            let failed = ApiError::new(ErrorCode::OrgVerificationFailed).with_cause(&cause);
            match trouble(&cause, token, &org) {
                Some(trouble) => failed.with_message(format!(
                    "The membership could not be read from GitHub. {trouble}{}",
                    whom_to_ask(reader)
                )),
                None => failed,
            }
        }
        MembershipError::NoOrgToken => ApiError::new(ErrorCode::OrgVerificationUnavailable),
    }
}

fn not_a_member(org: &AccountLogin, reader: Reader) -> String {
    let shown = format!("GitHub does not show this account as an active member of the organization {org}.");
    match reader {
        Reader::Caller => format!(
            "{shown} If that is wrong, ask an admin to run `octopool doctor`, or log in again if the account was renamed."
        ),
        Reader::Person => format!(
            "{shown} Accept the invitation if there is one; use a token with the scope read:org; or log in with \
             another account. If {org} is not your organization, the setting ALLOWED_GITHUB_ORG of this deployment is \
             wrong."
        ),
        Reader::Admin => format!(
            "{shown} Invite it first, as an owner of {org}: `gh api --method PUT orgs/{org}/memberships/LOGIN`. If \
             {org} is not your organization, correct ALLOWED_GITHUB_ORG in wrangler.toml; `octopool doctor` says \
             whether the org token can read the members."
        ),
    }
}

/// What a person does about a 403 to a token of its own.
pub(crate) fn own_token(cause: Forbidden, org: &AccountLogin) -> String {
    match cause {
        Forbidden::SingleSignOn => format!(
            "Authorize it: run `gh auth refresh` and choose {org} in the browser, or \"Configure SSO\" of the token under \
             Settings, Developer settings at GitHub. Then log in again."
        ),
        Forbidden::OauthApp => format!(
            "Ask an owner of {org} to approve the app \"GitHub CLI\" under Third-party access, or log in with a personal \
             access token with the scope read:org."
        ),
        Forbidden::ClassicToken => {
            "Log in with the token of `gh auth login`, or with a fine-grained one.".to_owned()
        }
        Forbidden::FineGrainedToken => {
            format!("Ask an owner of {org} to approve it, or log in with the token of `gh auth login`.")
        }
        Forbidden::TokenLifetime => {
            "Use one that expires sooner, or log in with the token of `gh auth login`.".to_owned()
        }
        Forbidden::IpAllowList => format!(
            "Nothing on this machine can change that: an owner of {org} has to disable the list, or the pool cannot be \
             used with {org}."
        ),
        Forbidden::Integration | Forbidden::InstallationSuspended => {
            "Log in with the token of a person's account: `gh auth login`.".to_owned()
        }
        Forbidden::Permission => {
            format!("A fine-grained token of {org} needs the organization permission \"Members: read\".")
        }
        Forbidden::Scope => "Run `gh auth refresh --scopes read:org` and log in again.".to_owned(),
        Forbidden::AccountSuspended => "Only GitHub's support can restore it.".to_owned(),
        Forbidden::Blocked => "Only GitHub's support can lift that.".to_owned(),
        Forbidden::NotAMember | Forbidden::Unexplained => format!(
            "Check that the account is a member of {org}, run `gh auth refresh --scopes read:org`, authorize the token \
             for single sign-on, and log in again."
        ),
    }
}

/// What is wrong with a token or with the answer, as a sentence; `None` where only another try
/// helps.
pub(crate) fn trouble(error: &GithubError, token: &str, org: &AccountLogin) -> Option<String> {
    match error {
        GithubError::Refused { forbidden: Some(cause), .. } => Some(cause.sentence(token, org.as_str())),
        GithubError::Refused { limits, .. } if limits.is_exhausted() => {
            Some(format!("GitHub's rate limit for {token} is reached; try again after its reset."))
        }
        GithubError::Refused { status: http::StatusCode::UNAUTHORIZED, .. } | GithubError::UnusableCredential => {
            Some(format!("GitHub does not accept {token}: it is wrong, expired or revoked."))
        }
        GithubError::Malformed { .. } => Some(
            "The answer is not one of GitHub's API: a proxy answered, or the setting GITHUB_API_URL is wrong.".to_owned(),
        ),
        GithubError::Refused { .. } | GithubError::Unreachable(_) => None,
    }
}

fn whom_to_ask(reader: Reader) -> &'static str {
    match reader {
        Reader::Caller => " Ask an admin to run `octopool doctor`.",
        Reader::Person => "",
        Reader::Admin => " `octopool doctor` says how to fix it.",
    }
}

/// The error for an account that could not be looked up with the org token, for an admin.
pub(crate) fn lookup_failed(error: &GithubError, org: &AccountLogin) -> ApiError {
    let failed = ApiError::new(ErrorCode::GithubUserLookupFailed).with_cause(error);
    match trouble(error, "the org token", org) {
        Some(trouble) => failed.with_message(format!(
            "The account could not be read from GitHub. {trouble}{}",
            whom_to_ask(Reader::Admin)
        )),
        None => failed,
    }
}
