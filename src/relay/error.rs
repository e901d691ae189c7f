//! Why there is no answer.

use octopool_api_types::FallbackReason;
use octopool_core::relay::{NoChoice, Refusal};

use crate::access::CallerDenied;
use crate::ports::{CoordinatorError, DatabaseError, EntropyError};
use crate::provisioning::CredentialError;

/// Why a read was not served.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The token does not open the pool.
    #[error(transparent)]
    Caller(#[from] CallerDenied),
    /// The pool does not serve it; the caller's own credentials may.
    #[error("not served: {}", .0.as_str())]
    Fallback(FallbackReason),
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
    /// Why the request is left to the caller's own credentials; `None` where those would not help. An overloaded database or coordinator is among
    /// the reasons: existing clients fall back on 424 only and would show a 503 as it is.
    pub fn fallback(&self) -> Option<FallbackReason> {
        match self {
            Self::Fallback(reason) => Some(*reason),
            Self::Caller(CallerDenied::Database(DatabaseError::Overloaded(_)))
            | Self::Database(DatabaseError::Overloaded(_))
            | Self::Coordinator(_) => Some(FallbackReason::RelayOverloaded),
            Self::Caller(
                CallerDenied::Missing
                | CallerDenied::Invalid
                | CallerDenied::OtherOrg
                | CallerDenied::Membership(_)
                | CallerDenied::Database(DatabaseError::Failed(_)),
            )
            | Self::Policy(_)
            | Self::Failed(_)
            | Self::Credential(_)
            | Self::Database(DatabaseError::Failed(_))
            | Self::Entropy(_) => None,
        }
    }
}

/// What was wrong with what GitHub answered. All who waited hear the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// There was no complete answer.
    Unreachable,
    /// It is not what GitHub's documentation says.
    Invalid,
    /// It leads elsewhere.
    Redirect,
    /// It is too large.
    TooLarge,
}

impl Failure {
    /// Each with the word under which it travels to those who waited.
    const WORDS: [(Self, &'static str); 4] = [
        (Self::Unreachable, "unreachable"),
        (Self::Invalid, "invalid"),
        (Self::Redirect, "redirect"),
        (Self::TooLarge, "too_large"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(failure, _)| *failure == self).map_or("", |(_, word)| word)
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(failure, _)| *failure)
    }
}

impl From<Failure> for RelayError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooLarge => Self::Fallback(FallbackReason::GithubResponseTooLarge),
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

/// The reason where none was chosen.
pub(super) fn not_chosen(why: NoChoice) -> FallbackReason {
    match why {
        NoChoice::Nobody => FallbackReason::NoIdentity,
        NoChoice::CoolingDown => FallbackReason::IdentitiesCoolingDown,
        NoChoice::Depleted => FallbackReason::GithubIdentityDepleted,
    }
}
