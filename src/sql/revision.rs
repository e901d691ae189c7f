//! Revisions, by which a change finds out whether an object still is what was read.

use octopool_core::Version;
use serde::{Deserialize, Serialize};

use crate::ports::Param;

/// The number of one state of a pool, an identity or a caller. Triggers of `0019_add_revisions.sql` move
/// it with every change that an operator decides, whoever writes it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Revision(i64);

impl Revision {
    /// The number that a change by this Worker sets. Triggers skip it, see the migration.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The version of the object. That of the default is the version of nothing that is stored.
    pub(crate) fn version(self) -> Version {
        Version::numbered(self.0)
    }
}

/// Whether the row of the id `?4` in a table still has the revision `?5`.
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
