//! Identities and their scopes.

pub(crate) mod lifecycle;
mod registration;

use octopool_core::{IdentityId, IdentitySpec, PoolId};

pub(crate) use registration::{Found, Stored, Writing, find_for, register};

/// An identity to be registered.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// Unique over all pools.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// What it is.
    pub spec: IdentitySpec,
    /// Whether its credential must not be one that another pool spends, nor replace that of an identity which is there.
    pub exclusive: bool,
}
