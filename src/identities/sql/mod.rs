//! Identities and their scopes.

pub(crate) mod lifecycle;
mod registration;

use octopool_core::{Credential, IdentityId, IdentitySpec, PoolId, SecretRef, Status};
use serde::Deserialize;

use crate::ports::Statement;

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

/// An identity as it is stored, without its scopes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IdentityRow {
    /// Its id.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub credential: Credential,
    /// The name of the secret that holds it.
    pub secret_ref: SecretRef,
    /// Whether it serves.
    pub status: Status,
}

/// Reads the identities of a pool, by id, as [`IdentityRow`]s.
pub(crate) fn select_of_pool(pool: &PoolId) -> Statement {
    Statement::new(
        "SELECT id, kind, secret_ref, installation_id, status FROM identities WHERE pool_id = ?1 ORDER BY id",
        [pool.as_str().into()],
    )
}
