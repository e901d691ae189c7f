//! What all changes have in common: preconditions, dry runs, and retries after a conflict.

mod contention;
pub(crate) mod http;

pub(crate) use contention::{WriteConflict, back_off, retry_on_conflict};

use octopool_core::AuditAction;
use octopool_core::Version;
use octopool_core::state::PlanRefused;
use serde_json::Value;

use crate::ports::{DatabaseError, EntropyError};
use crate::sql::{AuditEvent, Author};

/// How a change is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    /// The actor and the request id, for the audit log.
    pub author: Author,
    /// The precondition (`If-Match`).
    pub expected: Expected,
    /// Whether to check everything but write nothing.
    pub dry_run: bool,
}

/// The precondition of a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    /// None.
    Anything,
    /// The object exists.
    Existing,
    /// The object has one of these versions.
    OneOf(Vec<String>),
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// No pool has this name.
    #[error("there is no such pool")]
    PoolNotFound,
    /// The pool has callers or identities.
    #[error("the pool is not empty")]
    PoolNotEmpty,
    /// The pool has no identity with this id.
    #[error("there is no such identity")]
    IdentityNotFound,
    /// No caller has this id.
    #[error("there is no such caller")]
    CallerNotFound,
    /// The caller has no grant for this pool.
    #[error("there is no such grant")]
    GrantNotFound,
    /// The caller has no client with this name.
    #[error("there is no such client")]
    ClientNotFound,
    /// No admin token has this name.
    #[error("there is no such admin token")]
    AdminTokenNotFound,
    /// The object does not match the precondition.
    #[error("the object has changed")]
    Stale,
    /// Other requests changed the object during every attempt.
    #[error(transparent)]
    Conflict(#[from] WriteConflict),
    /// The state is not the one that the plan was made on.
    #[error("the state has changed")]
    StateChanged,
    /// The state is larger than a plan can be made for.
    #[error("the state is too large")]
    StateTooLarge,
    /// The answer is larger than what is kept for an `Idempotency-Key`.
    #[error("the answer is too large to be kept")]
    AnswerTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// The changes take more statements than one request may send to the database.
    #[error("the changes are too many for one request")]
    ChangesTooLarge,
    /// The admin may not make the changes of this plan.
    #[error(transparent)]
    Plan(#[from] PlanRefused),
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No randomness was available for an id.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl Mutation {
    /// Whether the precondition holds for this version; `None` if the object does not exist.
    pub(crate) fn admits(&self, version: Option<&Version>) -> bool {
        match (&self.expected, version) {
            (Expected::Anything, _) | (Expected::Existing, Some(_)) => true,
            (Expected::OneOf(seen), Some(version)) => seen.iter().any(|seen| seen == version.as_str()),
            (_, None) => false,
        }
    }

    /// Fails if the precondition does not hold for this version.
    pub(crate) fn admit(&self, version: &Version) -> Result<(), ChangeError> {
        if self.admits(Some(version)) { Ok(()) } else { Err(ChangeError::Stale) }
    }

    /// Fails if the request names a version of something that has no versions.
    pub(crate) fn demand_unconditional(&self) -> Result<(), ChangeError> {
        if matches!(self.expected, Expected::OneOf(_)) { Err(ChangeError::Stale) } else { Ok(()) }
    }

    /// The audit event of this change.
    pub(crate) fn audit(&self, action: AuditAction, detail: Value) -> AuditEvent {
        self.author.event(action, detail)
    }
}
