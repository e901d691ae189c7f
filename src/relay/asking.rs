//! A GraphQL query, as GitHub is asked it.

use octopool_core::PoolPolicy;
use octopool_core::relay::graphql::Prepared;

/// A query that was checked, and whose answer the policy may still deny: the repository of an
/// object is known only from it.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    /// The query.
    pub(super) prepared: &'a Prepared,
    /// The policy of the pool.
    pub(super) policy: &'a PoolPolicy,
    /// What its answer may show.
    pub(super) shows: Shows,
}

/// The repositories that an answer may show beside those that are public anyway.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Shows {
    /// The one that the query names, which was proven public before.
    Named,
    /// Whichever an object is in, if the policy allows it. The answer is the proof.
    Told,
    /// None: lists and searches of what is public.
    Public,
}
