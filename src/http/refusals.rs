//! How the refusals of the use cases are said over HTTP: each to its code.

use http::{HeaderValue, StatusCode, header};
use octopool_api_types::ErrorCode;
use serde_json::{Value, json};

use super::checks;
use crate::access::{AdminDenied, CallerDenied, MembershipError};
use crate::error::ApiError;
use crate::github::GithubError;
use crate::governance::Refused;
use crate::login::LoginError;
use crate::provisioning::{CredentialError, ProvisionError, RegisterError};
use crate::relay::{Failure, RelayError};

impl From<AdminDenied> for ApiError {
    fn from(denied: AdminDenied) -> Self {
        Self::new(match denied {
            AdminDenied::Unconfigured => ErrorCode::AdminUnconfigured,
            AdminDenied::Missing => ErrorCode::MissingAuth,
            AdminDenied::Wrong => ErrorCode::InvalidAdminAuth,
        })
    }
}

impl From<CallerDenied> for ApiError {
    fn from(denied: CallerDenied) -> Self {
        match denied {
            CallerDenied::Missing => Self::new(ErrorCode::MissingAuth),
            CallerDenied::Invalid => Self::new(ErrorCode::InvalidAuth),
            CallerDenied::OtherOrg => Self::new(ErrorCode::OrgDenied),
            CallerDenied::Membership(error) => error.into(),
            CallerDenied::Database(error) => error.into(),
        }
    }
}

impl From<MembershipError> for ApiError {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::NotAMember => Self::new(ErrorCode::OrgMemberDenied),
            MembershipError::OtherAccount => Self::new(ErrorCode::GithubIdentityMismatch),
            MembershipError::Unverifiable(cause) => {
                Self::new(ErrorCode::OrgVerificationFailed).with_cause(&cause)
            }
            MembershipError::NoOrgToken => Self::new(ErrorCode::OrgVerificationUnavailable),
        }
    }
}

impl From<ProvisionError> for ApiError {
    fn from(error: ProvisionError) -> Self {
        match error {
            ProvisionError::NoSuchAccount => Self::new(ErrorCode::GithubUserNotFound),
            ProvisionError::AccountLookup(cause) => {
                Self::new(ErrorCode::GithubUserLookupFailed).with_cause(&cause)
            }
            ProvisionError::Membership(error) => error.into(),
            ProvisionError::Disabled => Self::new(ErrorCode::CallerDisabled)
                .with_status(StatusCode::CONFLICT)
                .with_message("This caller was disabled by an admin, and provisioning does not revive it."),
            ProvisionError::Database(error) => error.into(),
            ProvisionError::Entropy(error) => Self::internal(&error),
        }
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Unverified(verification) => {
                let failed = verification.checks.into_iter().filter(|check| check.fault.is_some());
                let failed: Vec<_> = failed.map(checks::view).collect();
                Self::new(ErrorCode::IdentityUnverified).with_details(json!({ "checks": failed }))
            }
            RegisterError::Conflict => Self::new(ErrorCode::IdentityConflict),
            RegisterError::Database(error) => error.into(),
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::PoolNotFound => Self::new(ErrorCode::PoolNotFound),
            Refused::PoolNotEmpty => Self::new(ErrorCode::PoolNotEmpty),
            Refused::IdentityNotFound => Self::new(ErrorCode::IdentityNotFound),
            Refused::CallerNotFound => Self::new(ErrorCode::CallerNotFound),
            Refused::GrantNotFound => Self::new(ErrorCode::GrantNotFound),
            Refused::ClientNotFound => Self::new(ErrorCode::ClientNotFound),
            Refused::Stale => Self::new(ErrorCode::PreconditionFailed),
            Refused::Database(error) => error.into(),
        }
    }
}

impl From<RelayError> for ApiError {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Caller(denied) => denied.into(),
            RelayError::Fallback(reason) => {
                Self::new(ErrorCode::FallbackLocal).with_details(json!({ "reason": reason.as_str() }))
            }
            RelayError::Policy(cause) => Self::new(ErrorCode::PoolPolicyUnavailable).with_cause(&cause),
            RelayError::Failed(failure) => Self::new(match failure {
                Failure::Unreachable => ErrorCode::GithubUnreachable,
                Failure::Redirect => ErrorCode::GithubRedirectDenied,
                Failure::Invalid | Failure::TooLarge => ErrorCode::GithubResponseInvalid,
            })
            .with_cause(&format!("{failure:?}")),
            RelayError::Credential(error) => no_credential(&error),
            RelayError::Database(error) => error.into(),
            RelayError::Coordinator(error) => Self::new(ErrorCode::RelayOverloaded)
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
                .with_cause(&error),
            RelayError::Entropy(error) => Self::internal(&error),
        }
    }
}

/// Faults of the deployment (503), and of GitHub (502). None names a binding.
fn no_credential(error: &CredentialError) -> ApiError {
    let code = match error {
        CredentialError::SecretMissing => ErrorCode::IdentitySecretMissing,
        CredentialError::AppIdMissing | CredentialError::AppIdInvalid => ErrorCode::GithubAppIdMissing,
        CredentialError::Key(_) | CredentialError::Signer(_) => ErrorCode::GithubAppKeyFormat,
        CredentialError::InstallationMissing => ErrorCode::GithubAppInstallationMissing,
        CredentialError::Github(_) => ErrorCode::GithubAppTokenFailed,
    };
    ApiError::new(code).with_cause(error)
}

impl From<LoginError> for ApiError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::PoolDenied => Self::new(ErrorCode::PoolDenied),
            LoginError::Github(error) => github_auth_failed(&error),
            LoginError::Membership(error) => error.into(),
            LoginError::NotProvisioned { github_login, pool } => Self::new(ErrorCode::CallerNotProvisioned)
                .with_details(json!({ "github_login": github_login.as_str(), "pool": pool.as_str() })),
            LoginError::Disabled => Self::new(ErrorCode::CallerDisabled),
            LoginError::Database(error) => error.into(),
            LoginError::Entropy(error) => Self::internal(&error),
        }
    }
}

/// GitHub said no to the token (401), with what it said of its limits, or nothing that makes sense (502).
fn github_auth_failed(error: &GithubError) -> ApiError {
    let refusal = ApiError::new(ErrorCode::GithubAuthFailed);
    if !error.is_refusal() {
        return refusal
            .with_status(StatusCode::BAD_GATEWAY)
            .with_message("GitHub could not be asked whose token this is. Try again in a minute.")
            .with_cause(error);
    }
    let Some(limits) = error.limits() else { return refusal };
    let exhausted = limits.is_exhausted();
    let details = limits.to_details();
    let refusal = if details.is_empty() { refusal } else { refusal.with_details(Value::Object(details)) };
    if exhausted {
        return refusal
            .with_message("GitHub's rate limit for this token is exhausted. Try again after its reset.");
    }
    refusal
}
