//! Why there is no answer.

use octopool_core::Timestamp;
use octopool_core::relay::graphql::Refused;
use octopool_core::relay::{FallbackReason, NoChoice, Refusal, Repository, StaleReason};

use crate::access::CallerDenied;
use crate::github::GithubError;
use crate::identities::CredentialError;
use crate::ports::{CoordinatorError, DatabaseError, EntropyError, HttpError};

/// Why a read was not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    /// The token does not open the pool.
    #[error(transparent)]
    Caller(#[from] CallerDenied),
    /// The pool does not serve it; the caller's own credentials may.
    #[error("not served: {}", .0.as_str())]
    Fallback(FallbackReason),
    /// The pool cannot serve it now, but can later.
    #[error("not served now: {}", .reason.as_str())]
    Resting {
        /// Why.
        reason: FallbackReason,
        /// When the first identity can serve again.
        retry_at: Timestamp,
    },
    /// The repository has this name now. GitHub answers 301 to the old one, and so do we, with an
    /// address of ours. Only a name that is proven public may be told.
    #[error("the repository is {}/{} now", .0.owner, .0.name)]
    Renamed(Repository),
    /// GitHub answers 451 to everybody who asks for the repository, and so do we
    /// (<https://docs.github.com/en/site-policy/content-removal-policies/dmca-takedown-policy>).
    #[error("GitHub blocks the repository")]
    Blocked,
    /// The GraphQL query is not served.
    #[error("the query is not served: {0:?}")]
    Query(Refused),
    /// The policy in D1 cannot be read.
    #[error("the policy of the pool {0}")]
    Policy(String),
    /// GitHub did not give an answer that can be handed on.
    #[error("GitHub's answer: {0:?}")]
    Failed(Failure),
    /// No identity that could serve has a credential that works.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The coordinator did not answer.
    #[error(transparent)]
    Coordinator(#[from] CoordinatorError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl RelayError {
    /// Why the request is left to the caller's own credentials; `None` where those would not help.
    /// An overloaded database or coordinator is among the reasons: existing clients fall back on
    /// 424 only and would show a 503 as it is.
    pub(crate) fn fallback_reason(&self) -> Option<FallbackReason> {
        match self {
            Self::Fallback(reason) | Self::Resting { reason, .. } => Some(*reason),
            Self::Query(_) => Some(FallbackReason::GraphqlDenied),
            Self::Caller(CallerDenied::Database(DatabaseError::Overloaded(_)))
            | Self::Database(DatabaseError::Overloaded(_))
            | Self::Coordinator(_) => Some(FallbackReason::RelayOverloaded),
            Self::Caller(
                CallerDenied::Missing
                | CallerDenied::Invalid
                | CallerDenied::OtherOrg
                | CallerDenied::Membership(_)
                | CallerDenied::Database(DatabaseError::Failed(_) | DatabaseError::Unmigrated(_)),
            )
            | Self::Renamed(_)
            | Self::Blocked
            | Self::Policy(_)
            | Self::Failed(_)
            | Self::Credential(_)
            | Self::Database(DatabaseError::Failed(_) | DatabaseError::Unmigrated(_))
            | Self::Entropy(_) => None,
        }
    }

    /// Why an answer past its time is better than this error, if it is: no identity can ask for a
    /// newer one, or GitHub does not answer.
    pub(super) fn stale_reason(&self) -> Option<StaleReason> {
        use FallbackReason as Reason;
        match self {
            Self::Fallback(reason) | Self::Resting { reason, .. } => match reason {
                Reason::IdentitiesCoolingDown => Some(StaleReason::IdentitiesCoolingDown),
                Reason::GithubIdentityDepleted => Some(StaleReason::GithubIdentityDepleted),
                Reason::GithubRateLimited => Some(StaleReason::GithubRateLimited),
                Reason::GithubIdentityUnauthorized => Some(StaleReason::GithubIdentityUnauthorized),
                Reason::RouteDenied
                | Reason::OwnerDenied
                | Reason::SearchDenied
                | Reason::LogsDenied
                | Reason::RepoNotPublic
                | Reason::RepoPublicCheckFailed
                | Reason::NoIdentity
                | Reason::GithubIdentityForbidden
                | Reason::GithubResponseTooLarge
                | Reason::RelayOverloaded
                | Reason::LocalCredentialsRequired
                | Reason::GraphqlDenied => None,
            },
            Self::Failed(Failure::Unreachable | Failure::Invalid) => Some(StaleReason::GithubUnavailable),
            Self::Failed(
                Failure::Redirect
                | Failure::TooLarge
                | Failure::NotPublic
                | Failure::OtherOwner
                | Failure::Forbidden,
            )
            | Self::Caller(_)
            | Self::Renamed(_)
            | Self::Blocked
            | Self::Query(_)
            | Self::Policy(_)
            | Self::Credential(_)
            | Self::Database(_)
            | Self::Coordinator(_)
            | Self::Entropy(_) => None,
        }
    }

    /// The same error with the time at which an identity can serve again.
    pub(super) fn until(self, why: NoChoice) -> Self {
        match (self, why) {
            (
                Self::Fallback(
                    reason @ (FallbackReason::GithubIdentityUnauthorized
                    | FallbackReason::GithubRateLimited
                    | FallbackReason::GithubIdentityDepleted),
                ),
                NoChoice::CoolingDown { retry_at } | NoChoice::Depleted { retry_at },
            ) => Self::Resting { reason, retry_at },
            (error, _) => error,
        }
    }
}

/// What was wrong with what GitHub answered. All who waited hear the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// There was no complete answer.
    Unreachable,
    /// It is not what GitHub's documentation says.
    Invalid,
    /// It leads elsewhere.
    Redirect,
    /// It is too large.
    TooLarge,
    /// It shows that the repository is private.
    NotPublic,
    /// It is about a repository of an owner that the policy does not allow.
    OtherOwner,
    /// GitHub denies a part of it to the identities that were asked.
    Forbidden,
}

impl Failure {
    /// Each with the word under which it travels to those who waited.
    const WORDS: [(Self, &'static str); 7] = [
        (Self::Unreachable, "unreachable"),
        (Self::Invalid, "invalid"),
        (Self::Redirect, "redirect"),
        (Self::TooLarge, "too_large"),
        (Self::NotPublic, "not_public"),
        (Self::OtherOwner, "other_owner"),
        (Self::Forbidden, "forbidden"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(failure, _)| *failure == self).map_or("", |(_, word)| word)
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(failure, _)| *failure)
    }
}

impl From<&HttpError> for Failure {
    fn from(error: &HttpError) -> Self {
        match error {
            HttpError::TooLarge => Self::TooLarge,
            HttpError::Timeout | HttpError::Transport => Self::Unreachable,
        }
    }
}

impl From<&GithubError> for Failure {
    fn from(error: &GithubError) -> Self {
        match error {
            GithubError::Unreachable(error) => error.into(),
            _ => Self::Invalid,
        }
    }
}

impl From<Failure> for RelayError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooLarge => Self::Fallback(FallbackReason::GithubResponseTooLarge),
            Failure::NotPublic => Self::Fallback(FallbackReason::RepoNotPublic),
            Failure::OtherOwner => Self::Fallback(FallbackReason::OwnerDenied),
            Failure::Forbidden => Self::Fallback(FallbackReason::GithubIdentityForbidden),
            other => Self::Failed(other),
        }
    }
}

/// The reason that a caller hears where GitHub refused every identity.
pub(super) fn refused(refusal: Refusal) -> FallbackReason {
    match refusal {
        Refusal::Unauthorized => FallbackReason::GithubIdentityUnauthorized,
        Refusal::RateLimited => FallbackReason::GithubRateLimited,
        Refusal::Depleted => FallbackReason::GithubIdentityDepleted,
        Refusal::Forbidden => FallbackReason::GithubIdentityForbidden,
    }
}

/// The error where none was chosen.
pub(super) fn not_chosen(why: NoChoice) -> RelayError {
    match why {
        NoChoice::Nobody => RelayError::Fallback(FallbackReason::NoIdentity),
        NoChoice::CoolingDown { retry_at } => {
            RelayError::Resting { reason: FallbackReason::IdentitiesCoolingDown, retry_at }
        }
        NoChoice::Depleted { retry_at } => {
            RelayError::Resting { reason: FallbackReason::GithubIdentityDepleted, retry_at }
        }
    }
}
