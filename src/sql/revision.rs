//! Revisions, by which a change detects that an object has changed since it was read.

use octopool_core::Version;
use serde::{Deserialize, Serialize};

use crate::ports::Param;

/// The revision of a pool, an identity or a caller. Triggers of `0019_add_revisions.sql` set a new
/// one with every change of what an admin decides, also for a write by hand or by an older Worker.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Revision(i64);

impl Revision {
    /// The revision that a change by this Worker sets. Triggers leave it, see the migration.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The version of the object, for its `ETag`. The version of the default matches no stored
    /// object.
    pub(crate) fn version(self) -> Version {
        Version::numbered(self.0)
    }
}

/// Whether the row with the id `?4` still has the revision `?5`.
macro_rules! unchanged {
    ($table:literal) => {
        concat!("EXISTS (SELECT 1 FROM ", $table, " WHERE id = ?4 AND revision = ?5)")
    };
}
pub(crate) use unchanged;

impl From<Revision> for Param {
    fn from(revision: Revision) -> Self {
        Self::Integer(revision.0)
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}
