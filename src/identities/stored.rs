//! Identities as they are registered and stored.

use octopool_core::{IdentityId, IdentitySpec, PoolId, Timestamp};
use serde::Deserialize;

use crate::sql::{Revision, json_text};

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

/// A stored identity.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StoredIdentity {
    /// Its id.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// Its specification.
    #[serde(deserialize_with = "json_text")]
    pub spec: IdentitySpec,
    /// Changes with the specification.
    pub revision: Revision,
    /// When it was registered, in milliseconds.
    pub created_at: i64,
    /// When it was last changed, in milliseconds.
    pub updated_at: i64,
}

impl StoredIdentity {
    /// The identity that a registration creates.
    pub(crate) fn registered(registration: &Registration, now: Timestamp) -> Self {
        Self {
            id: registration.id.clone(),
            pool: registration.pool.clone(),
            spec: registration.spec.clone(),
            revision: Revision::default(),
            created_at: now.as_millis(),
            updated_at: now.as_millis(),
        }
    }

    /// The same identity with another specification.
    #[must_use]
    pub(crate) fn planned(mut self, spec: IdentitySpec, now: Timestamp) -> Self {
        self.spec = spec;
        self.revision = self.revision.next();
        self.updated_at = now.as_millis();
        self
    }
}
