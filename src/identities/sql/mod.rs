//! Identities and their scopes.

pub(crate) mod lifecycle;
mod registration;

use octopool_core::{IdentityId, IdentitySpec, PoolId};

pub(crate) use registration::{RegistrationBasis, RegistrationResult, RegistrationWrite, find_for, register};

/// A request to register an identity.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// Unique over all pools.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// Its specification.
    pub spec: IdentitySpec,
    /// Set for an admin of one pool: the credential must not be used by another pool, and must not
    /// replace that of an existing identity.
    pub exclusive: bool,
}
