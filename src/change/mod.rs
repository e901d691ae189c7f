//! What every change has in common: on which version it is made, whether it is meant, and how it meets others.

mod contention;
pub(crate) mod http;

pub(crate) use contention::{WriteConflict, back_off, settle};

use octopool_core::Version;
use octopool_core::state::PlanRefused;
use serde_json::Value;

use crate::ports::{DatabaseError, EntropyError};
use crate::sql::{AuditEvent, Author};

/// A change that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    /// Who asked for it, and by which request.
    pub author: Author,
    /// What the object has to be for the change to be made.
    pub expected: Expected,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// What a client says that it has seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    /// It does not say: the change is made on whatever there is.
    Anything,
    /// Something that is there already.
    Existing,
    /// One of these versions.
    OneOf(Vec<String>),
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// No pool has this name.
    #[error("there is no such pool")]
    PoolNotFound,
    /// The pool has callers or identities.
    #[error("the pool is not empty")]
    PoolNotEmpty,
    /// The pool has no identity of this id.
    #[error("there is no such identity")]
    IdentityNotFound,
    /// No caller has this id.
    #[error("there is no such caller")]
    CallerNotFound,
    /// The caller may not use the pool anyway.
    #[error("there is no such grant")]
    GrantNotFound,
    /// The caller has no such machine.
    #[error("there is no such client")]
    ClientNotFound,
    /// No admin token has this name.
    #[error("there is no such admin token")]
    AdminTokenNotFound,
    /// The object is not what the client has seen.
    #[error("the object has changed")]
    Stale,
    /// Others changed it each time.
    #[error(transparent)]
    Conflict(#[from] WriteConflict),
    /// The state is not the one that was planned on.
    #[error("the state has changed")]
    StateChanged,
    /// There is more than can be planned at once.
    #[error("the state is too large")]
    StateTooLarge,
    /// The answer is longer than what can be kept for an `Idempotency-Key`.
    #[error("the answer is too large to be kept")]
    AnswerTooLarge {
        /// In bytes.
        limit: usize,
    },
    /// The changes take more statements than one request may send to the database.
    #[error("the changes are too many for one request")]
    ChangesTooLarge,
    /// The admin may not make this plan.
    #[error(transparent)]
    Plan(#[from] PlanRefused),
    /// The database did not take it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There was no randomness for an id.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl Mutation {
    /// Whether what was asked for may be done on this version, or where nothing is.
    pub(crate) fn admits(&self, version: Option<&Version>) -> bool {
        match (&self.expected, version) {
            (Expected::Anything, _) | (Expected::Existing, Some(_)) => true,
            (Expected::OneOf(seen), Some(version)) => seen.iter().any(|seen| seen == version.as_str()),
            (_, None) => false,
        }
    }

    /// Refuses what was asked for on another version.
    pub(crate) fn admit(&self, version: &Version) -> Result<(), Refused> {
        if self.admits(Some(version)) { Ok(()) } else { Err(Refused::Stale) }
    }

    /// Refuses what was asked for on a version of something that has none to ask for.
    pub(crate) fn demand_unconditional(&self) -> Result<(), Refused> {
        if matches!(self.expected, Expected::OneOf(_)) { Err(Refused::Stale) } else { Ok(()) }
    }

    /// What the audit says of it.
    pub(crate) fn audit(&self, action: &'static str, detail: Value) -> AuditEvent {
        self.author.event(action, detail)
    }
}
