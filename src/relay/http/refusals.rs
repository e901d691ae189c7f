//! How a refusal of the relay is said: as an envelope's error, and in the REST form.

use http::{HeaderName, HeaderValue, StatusCode, header};
use octopool_api_types::{ErrorCode, FallbackReason};
use octopool_core::Timestamp;
use octopool_core::relay::graphql::Refused;
use serde_json::json;

use crate::http::error::ApiError;
use crate::identities::CredentialError;
use crate::relay::{Failure, RelayError};

/// Says in the REST form why a read was refused.
const X_OCTOPOOL_REASON: HeaderName = HeaderName::from_static("x-octopool-reason");
/// In seconds, where it is not known when an identity can be used again: a window of GitHub's
/// searches, and the shortest rest after a secondary limit.
const DEFAULT_RETRY_AFTER: i64 = 60;

impl From<RelayError> for ApiError {
    fn from(error: RelayError) -> Self {
        if let Some(reason) = error.fallback_reason() {
            let fallback = fallback_local(reason);
            return match error {
                RelayError::Fallback(_) | RelayError::Resting { .. } => fallback,
                // Also an overload: the operator finds it in the log.
                cause => fallback.retry_soon(&cause),
            };
        }
        match error {
            RelayError::Caller(denied) => denied.into(),
            RelayError::Fallback(reason) | RelayError::Resting { reason, .. } => fallback_local(reason),
            // The relay's two forms show these as GitHub's own answers, before they are errors.
            RelayError::Renamed(_) | RelayError::Blocked => Self::internal(&error),
            RelayError::Query(_) => fallback_local(FallbackReason::GraphqlDenied),
            RelayError::Policy(cause) => Self::new(ErrorCode::PoolPolicyUnavailable).with_cause(&cause),
            RelayError::Failed(failure) => Self::new(match failure {
                Failure::Unreachable => ErrorCode::GithubUnreachable,
                Failure::Redirect => ErrorCode::GithubRedirectDenied,
                Failure::Invalid
                | Failure::TooLarge
                | Failure::NotPublic
                | Failure::OtherOwner
                | Failure::Forbidden => ErrorCode::GithubResponseInvalid,
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
pub(crate) fn refused_in_rest(error: RelayError, now: Timestamp) -> ApiError {
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
        | RelayError::Query(_)
        | RelayError::Policy(_)
        | RelayError::Failed(_)
        | RelayError::Credential(_)
        | RelayError::Database(_)
        | RelayError::Entropy(_) => error.into(),
    }
}

/// GitHub's words for a missing permission. gh goes on without projects where it reads them.
const NOT_ACCESSIBLE: &str = "GitHub denies a part of this to the identities of this pool: Resource not accessible by integration. \
     Use your own GitHub credentials.";

/// The same for GraphQL, where a refused query also says which field is not served.
pub(crate) fn refused_in_graphql(error: RelayError, now: Timestamp) -> ApiError {
    match error {
        RelayError::Query(refused) => {
            let error = fallback_in_rest(FallbackReason::GraphqlDenied, None, now);
            let error = error.with_message(refused.message());
            match refused {
                Refused::NotServed { path, .. } => error.at_field(path),
                Refused::Malformed { .. } | Refused::TooLarge { .. } | Refused::NotARead { .. } => error,
            }
        }
        RelayError::Fallback(FallbackReason::GithubIdentityForbidden) => {
            refused_in_rest(error, now).with_message(NOT_ACCESSIBLE)
        }
        error => refused_in_rest(error, now),
    }
}

/// `retry_at` is when the next identity can be used, if that is known.
fn fallback_in_rest(reason: FallbackReason, retry_at: Option<Timestamp>, now: Timestamp) -> ApiError {
    let (status, message) = octopool_api_types::fallback_in_rest(reason);
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

/// Left to the caller's own credentials (contract, section 6).
fn fallback_local(reason: FallbackReason) -> ApiError {
    ApiError::new(ErrorCode::FallbackLocal).with_details(json!({ "reason": reason.as_str() }))
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
