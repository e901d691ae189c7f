//! How the refusals of the use cases are said over HTTP: each to its code.

use std::fmt::Display;

use http::{HeaderName, HeaderValue, StatusCode, header};
use octopool_api_types::{ErrorCode, FallbackReason};
use octopool_core::Timestamp;
use octopool_core::state::PlanRefused;
use serde_json::{Value, json};

use super::checks;
use crate::access::{AdminDenied, CallerDenied, MembershipError};
use crate::audit::{AuditError, CutError};
use crate::contention::WriteConflict;
use crate::error::ApiError;
use crate::github::GithubError;
use crate::governance::{CreateTokenError, MAX_KEPT_BYTES, Refused};
use crate::health::HealthError;
use crate::idempotency::ClaimError;
use crate::login::LoginError;
use crate::ports::{CoordinatorError, STATEMENTS_PER_INVOCATION};
use crate::provisioning::{CredentialError, ProvisionError, RegisterError};
use crate::relay::{Failure, RelayError};

/// Says in the REST form why a read was refused.
const X_OCTOPOOL_REASON: HeaderName = HeaderName::from_static("x-octopool-reason");
/// In seconds, where it is not known when an identity can be used again: a window of GitHub's searches,
/// and the shortest rest after a secondary limit.
const DEFAULT_RETRY_AFTER: i64 = 60;

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
            Refused::AnswerTooLarge => {
                let limit = MAX_KEPT_BYTES / (1024 * 1024);
                Self::new(ErrorCode::PayloadTooLarge).with_message(format!(
                    "The answer to this apply would be more than {limit} MiB, the most that is kept for an Idempotency-Key, \
                     and nothing was written. Apply it in several steps, or without the key."
                ))
            }
            Refused::ChangesTooLarge => Self::new(ErrorCode::PayloadTooLarge).with_message(format!(
                "These changes take more than the {STATEMENTS_PER_INVOCATION} statements that one request may send to the \
                 database, and nothing was written. Apply them in several steps."
            )),
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
        if let Some(reason) = error.fallback_reason() {
            let fallback = fallback_local(reason);
            return match error {
                RelayError::Fallback(_) | RelayError::Resting { .. } => fallback,
                // Also an overload: the operator finds it in the log.
                cause => overloaded(fallback, &cause),
            };
        }
        match error {
            RelayError::Caller(denied) => denied.into(),
            RelayError::Fallback(reason) | RelayError::Resting { reason, .. } => fallback_local(reason),
            // The relay's two forms show these as GitHub's own answers, before they are errors.
            RelayError::Renamed(_) | RelayError::Blocked => Self::internal(&error),
            RelayError::Policy(cause) => Self::new(ErrorCode::PoolPolicyUnavailable).with_cause(&cause),
            RelayError::Failed(failure) => Self::new(match failure {
                Failure::Unreachable => ErrorCode::GithubUnreachable,
                Failure::Redirect => ErrorCode::GithubRedirectDenied,
                Failure::Invalid | Failure::TooLarge | Failure::NotPublic => ErrorCode::GithubResponseInvalid,
            })
            .with_cause(&format!("{failure:?}")),
            RelayError::Credential(error) => no_credential(&error),
            RelayError::Database(error) => error.into(),
            RelayError::Coordinator(error) => error.into(),
            RelayError::Entropy(error) => Self::internal(&error),
        }
    }
}

/// What a refusal of the relay is in the REST form. Clients of GitHub's API retry 424 and 5xx, so
/// what another try cannot change is a 403 or a 404 here. The envelope keeps 424.
pub(super) fn refused_in_rest(error: RelayError, now: Timestamp) -> ApiError {
    match error {
        RelayError::Fallback(reason) => fallback_in_rest(reason, None, now),
        RelayError::Resting { reason, retry_at } => fallback_in_rest(reason, Some(retry_at), now),
        error if error.fallback_reason() == Some(FallbackReason::RelayOverloaded) => {
            let soon = now.plus(std::time::Duration::from_secs(1));
            fallback_in_rest(FallbackReason::RelayOverloaded, Some(soon), now).with_cause(&error)
        }
        RelayError::Coordinator(_)
        | RelayError::Caller(_)
        | RelayError::Renamed(_)
        | RelayError::Blocked
        | RelayError::Policy(_)
        | RelayError::Failed(_)
        | RelayError::Credential(_)
        | RelayError::Database(_)
        | RelayError::Entropy(_) => error.into(),
    }
}

/// `retry_at` is when the next identity can be used, if that is known.
fn fallback_in_rest(reason: FallbackReason, retry_at: Option<Timestamp>, now: Timestamp) -> ApiError {
    let (status, message) = rest_facts(reason);
    let error = if reason == FallbackReason::RelayOverloaded {
        // Its code is the reason already.
        ApiError::new(ErrorCode::RelayOverloaded)
    } else {
        fallback_local(reason)
    };
    let error = error
        .with_status(status)
        .with_message(message)
        .with_header(X_OCTOPOOL_REASON, HeaderValue::from_static(reason.as_str()));
    let passes = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if passes { error.with_header(header::RETRY_AFTER, retry_after(retry_at, now)) } else { error }
}

/// Whole seconds, at least one: a client that waits less comes too early.
fn retry_after(retry_at: Option<Timestamp>, now: Timestamp) -> HeaderValue {
    let seconds = retry_at.map_or(DEFAULT_RETRY_AFTER, |at| {
        at.as_millis().saturating_sub(now.as_millis()).saturating_add(999).div_euclid(1000).max(1)
    });
    HeaderValue::from(seconds)
}

/// The status and the message of a refusal in the REST form. No message may look like one of
/// GitHub's rate limits, by which clients would wait for an hour.
fn rest_facts(reason: FallbackReason) -> (StatusCode, &'static str) {
    use FallbackReason as Reason;
    match reason {
        Reason::RouteDenied => {
            (StatusCode::FORBIDDEN, "octopool does not serve this path. Use your own GitHub credentials.")
        }
        Reason::OwnerDenied => (StatusCode::FORBIDDEN, "The policy of this pool does not allow this owner."),
        Reason::SearchDenied => (StatusCode::FORBIDDEN, "The policy of this pool does not allow searches."),
        Reason::LogsDenied => {
            (StatusCode::FORBIDDEN, "The policy of this pool does not allow logs and artifacts.")
        }
        Reason::RepoNotPublic => {
            (StatusCode::NOT_FOUND, "The repository does not exist or is not public. Others are not served.")
        }
        Reason::RepoPublicCheckFailed => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Whether the repository is public could not be found out. Try again after the seconds in Retry-After.",
        ),
        Reason::NoIdentity => (StatusCode::FORBIDDEN, "No identity of this pool may serve this."),
        Reason::IdentitiesCoolingDown | Reason::GithubRateLimited => (
            StatusCode::TOO_MANY_REQUESTS,
            "All identities that could serve this cool down. Try again after the seconds in Retry-After.",
        ),
        Reason::GithubIdentityUnauthorized => (
            StatusCode::TOO_MANY_REQUESTS,
            "GitHub does not accept the identities that could serve this, which cool down. An admin runs `octopool admin identities verify`.",
        ),
        Reason::GithubIdentityDepleted => (
            StatusCode::TOO_MANY_REQUESTS,
            "All identities that could serve this are spent. Try again after the seconds in Retry-After.",
        ),
        Reason::GithubIdentityForbidden => {
            (StatusCode::FORBIDDEN, "GitHub forbids this to the identities of the pool.")
        }
        Reason::GithubResponseTooLarge => {
            (StatusCode::FORBIDDEN, "GitHub's answer is larger than this deployment relays.")
        }
        Reason::RelayOverloaded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "octopool is overloaded. Try again after the seconds in Retry-After.",
        ),
        Reason::LocalCredentialsRequired => (
            StatusCode::FORBIDDEN,
            "This takes your own rights on the repository. Use your own GitHub credentials.",
        ),
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

#[cfg(test)]
mod tests {
    use super::{ApiError, Refused};

    #[test]
    fn an_answer_that_is_too_large_names_the_limit_that_it_meets() {
        let error = format!("{:?}", ApiError::from(Refused::AnswerTooLarge));
        assert!(error.contains("more than 16 MiB") && error.contains("PayloadTooLarge"), "{error}");
    }
}
