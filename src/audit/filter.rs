//! Which audit events to list.

use octopool_core::{PoolId, Timestamp};

/// Which rows to list; `None` does not filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuditFilter {
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// The action, `<noun>.<verb>`.
    pub action: Option<String>,
    /// The actor.
    pub actor: Option<String>,
    /// The pool that the event concerns.
    pub pool: Option<PoolId>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AuditOrder {
    /// For people.
    NewestFirst,
    /// For copies that are extended.
    OldestFirst,
}
