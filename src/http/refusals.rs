//! How the refusals of the use cases are said over HTTP: each to its code.

use std::fmt::Display;

use http::{HeaderValue, StatusCode, header};
use octopool_api_types::{ErrorCode, FallbackReason};
use octopool_core::state::PlanRefused;
use serde_json::{Value, json};

use super::checks;
use crate::access::{AdminDenied, CallerDenied, MembershipError};
use crate::audit::{AuditError, CutError};
use crate::contention::WriteConflict;
use crate::error::ApiError;
use crate::github::GithubError;
use crate::governance::{CreateTokenError, Refused};
use crate::health::HealthError;
use crate::idempotency::ClaimError;
use crate::login::LoginError;
use crate::ports::CoordinatorError;
use crate::provisioning::{CredentialError, ProvisionError, RegisterError};
use crate::relay::{Failure, RelayError};

impl From<AdminDenied> for ApiError {
    fn from(denied: AdminDenied) -> Self {
        match denied {
            AdminDenied::Unconfigured => Self::new(ErrorCode::AdminUnconfigured),
            AdminDenied::Missing => Self::new(ErrorCode::MissingAuth),
            AdminDenied::Wrong => Self::new(ErrorCode::InvalidAdminAuth),
            AdminDenied::OtherPool(None) => other_pool(),
            AdminDenied::OtherPool(Some(pool)) => other_pool().about(pool),
            AdminDenied::NotRoot => Self::new(ErrorCode::RootRequired),
            AdminDenied::Database(error) => error.into(),
        }
    }
}

fn other_pool() -> ApiError {
    ApiError::new(ErrorCode::PoolDenied)
        .with_message("This admin token is restricted to one pool, and this is not about that pool alone.")
}

impl From<CreateTokenError> for ApiError {
    fn from(error: CreateTokenError) -> Self {
        match error {
            CreateTokenError::Exists => Self::new(ErrorCode::AdminTokenExists),
            CreateTokenError::Database(error) => error.into(),
            CreateTokenError::Entropy(error) => Self::internal(&error),
        }
    }
}

impl From<AuditError> for ApiError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::NoKey => Self::new(ErrorCode::AuditKeyUnconfigured),
            AuditError::NotWhole(bad) => Self::new(ErrorCode::AuditNotWhole)
                .with_details(json!({ "first_bad": super::audit::first_bad(bad) })),
            AuditError::Database(error) => error.into(),
        }
    }
}

impl From<CutError> for ApiError {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Audit(error) => error.into(),
            CutError::Conflict(error) => error.into(),
            CutError::Entropy(error) => Self::internal(&error),
        }
    }
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Reused => Self::new(ErrorCode::IdempotencyKeyReused),
            ClaimError::InProgress => Self::new(ErrorCode::IdempotencyInProgress)
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            ClaimError::Database(error) => error.into(),
        }
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
            ProvisionError::OtherPools => other_pool()
                .with_message("This caller may use other pools too, and its tokens open all of them: an admin token for one pool cannot make it one."),
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
            RegisterError::SharedCredential => other_pool().with_message(
                "Another pool spends this secret or installation: an admin token for one pool cannot register it.",
            ),
            RegisterError::OtherCredential => other_pool().with_message(
                "This identity has another secret or installation, and an admin token for one pool cannot change it.",
            ),
            RegisterError::Stale => Refused::Stale.into(),
            RegisterError::Conflicting(error) => error.into(),
            RegisterError::Database(error) => error.into(),
            RegisterError::Entropy(error) => Self::internal(&error),
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
            Refused::AdminTokenNotFound => Self::new(ErrorCode::AdminTokenNotFound),
            Refused::Stale => Self::new(ErrorCode::PreconditionFailed),
            Refused::Conflict(error) => error.into(),
            Refused::StateChanged => Self::new(ErrorCode::StateChanged),
            Refused::StateTooLarge => Self::new(ErrorCode::PayloadTooLarge)
                .with_message(
                "As they are stored, these pools, identities and callers are more than 4 MiB, too much for one document.",
            ),
            Refused::Plan(PlanRefused::OutsidePool) => Self::new(ErrorCode::PoolDenied)
                .with_message("This admin token is for one pool, and the document changes something else."),
            Refused::Plan(PlanRefused::IdentityTaken) => Self::new(ErrorCode::IdentityConflict),
            Refused::Entropy(error) => Self::internal(&error),
            Refused::Database(error) => error.into(),
        }
    }
}

impl From<RelayError> for ApiError {
    fn from(error: RelayError) -> Self {
        if let Some(reason) = error.fallback() {
            let fallback = fallback_local(reason);
            return match error {
                RelayError::Fallback(_) => fallback,
                // Also an overload: the operator finds it in the log.
                cause => overloaded(fallback, &cause),
            };
        }
        match error {
            RelayError::Caller(denied) => denied.into(),
            RelayError::Fallback(reason) => fallback_local(reason),
            RelayError::Policy(cause) => Self::new(ErrorCode::PoolPolicyUnavailable).with_cause(&cause),
            RelayError::Failed(failure) => Self::new(match failure {
                Failure::Unreachable => ErrorCode::GithubUnreachable,
                Failure::Redirect => ErrorCode::GithubRedirectDenied,
                Failure::Invalid | Failure::TooLarge => ErrorCode::GithubResponseInvalid,
            })
            .with_cause(&format!("{failure:?}")),
            RelayError::Credential(error) => no_credential(&error),
            RelayError::Database(error) => error.into(),
            RelayError::Coordinator(error) => error.into(),
            RelayError::Entropy(error) => Self::internal(&error),
        }
    }
}

/// The refusal of a read for clients of GitHub's REST API, which know no 424: an overload is a 503.
pub(super) fn rest_refusal(error: RelayError) -> ApiError {
    match error.fallback() {
        Some(FallbackReason::RelayOverloaded) => {
            overloaded(ApiError::new(ErrorCode::RelayOverloaded), &error)
        }
        _ => error.into(),
    }
}

/// Left to the caller's own credentials (contract, section 6).
fn fallback_local(reason: FallbackReason) -> ApiError {
    ApiError::new(ErrorCode::FallbackLocal).with_details(json!({ "reason": reason.as_str() }))
}

/// With when to come again, and the cause for the log.
fn overloaded(error: ApiError, cause: &dyn Display) -> ApiError {
    error.with_header(header::RETRY_AFTER, HeaderValue::from_static("1")).with_cause(cause)
}

impl From<CoordinatorError> for ApiError {
    fn from(error: CoordinatorError) -> Self {
        overloaded(Self::new(ErrorCode::RelayOverloaded), &error)
    }
}

impl From<WriteConflict> for ApiError {
    fn from(_: WriteConflict) -> Self {
        Self::new(ErrorCode::WriteConflict).with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }
}

impl From<HealthError> for ApiError {
    fn from(error: HealthError) -> Self {
        match error {
            HealthError::Database(error) => error.into(),
            HealthError::Coordinator(error) => error.into(),
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
