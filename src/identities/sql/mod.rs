//! Identities and their scopes.

pub(crate) mod lifecycle;
mod registration;

use octopool_core::{Credential, IdentityId, IdentitySpec, PoolId, SecretRef, Status};
use serde::Deserialize;

use crate::ports::Statement;

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

/// A stored identity, without its scopes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IdentityRow {
    /// Its id.
    pub id: String,
    /// The kind of its credential.
    #[serde(flatten)]
    pub credential: Credential,
    /// The name of the secret that holds it.
    pub secret_ref: SecretRef,
    /// Whether it is active.
    pub status: Status,
}

/// Reads the identities of a pool, by id, as [`IdentityRow`]s.
pub(crate) fn select_of_pool(pool: &PoolId) -> Statement {
    Statement::new(
        "SELECT id, kind, secret_ref, installation_id, status FROM identities WHERE pool_id = ?1 ORDER BY id",
        [pool.as_str().into()],
    )
}
