//! Which identities may serve a read.

use octopool_core::relay::{Broad, FallbackReason, Gate, Repository, eligible};
use octopool_core::{PoolPolicy, ScopeOwner};

use super::asking::{Asking, Shows};
use super::reading::{Form, Reading};
use super::sql::ServingIdentity;
use super::{budget, wide};
use crate::app::App;

/// The identities that policy and scopes let serve (contract, section 6, "Owners" and "Eligible
/// identities").
pub(super) fn may_serve<'a>(
    app: &App,
    reading: &Reading<'_>,
    policy: &PoolPolicy,
    identities: &'a [ServingIdentity],
) -> Result<Vec<&'a ServingIdentity>, FallbackReason> {
    match reading.gate {
        Gate::Local => return Err(FallbackReason::LocalCredentialsRequired),
        Gate::Search if !policy.allow_search => return Err(FallbackReason::SearchDenied),
        Gate::Logs if !policy.allow_logs => return Err(FallbackReason::LogsDenied),
        // `/rate_limit` of a pool without identities says that there is nothing left.
        Gate::Pool => return Ok(identities.iter().collect()),
        Gate::Open | Gate::Search | Gate::Logs => {}
    }
    let mut candidates: Vec<_> = identities.iter().collect();
    for repository in reading.repository.into_iter().chain(reading.others) {
        if !allows(policy, repository) {
            return Err(FallbackReason::OwnerDenied);
        }
        candidates.retain(|identity| covers(policy, identity, repository));
    }
    match reading.form {
        Form::Rest(_) => {}
        Form::Query(_) => {
            candidates.retain(|identity| !wide::is_known(app, &budget::of_identity(app, identity)));
        }
    }
    if candidates.is_empty() { Err(FallbackReason::NoIdentity) } else { Ok(candidates) }
}

/// Whether the policy lets any identity read of the repository's owner.
pub(super) fn allows(policy: &PoolPolicy, repository: &Repository) -> bool {
    policy.allow_public_repos || policy.allowed_owners.contains(&repository.owner.to_ascii_lowercase())
}

/// Whether policy and scopes let an identity read a public repository.
pub(super) fn covers(policy: &PoolPolicy, identity: &ServingIdentity, repository: &Repository) -> bool {
    let owner = repository.owner.to_ascii_lowercase();
    let (named, kind) = (policy.allowed_owners.contains(&owner), identity.spec.credential.kind());
    identity.spec.scopes.as_slice().iter().any(|scope| {
        // Beyond the owners that the policy names, only a broad PAT serves.
        (named || policy.allow_public_repos && scope.owner == ScopeOwner::Any)
            && eligible(scope, kind, &owner, Some(repository), Broad::Allowed)
    })
}

/// Whether the policy lets the answer to a query show this repository. A query leads from an
/// account or an object to everything in its repositories, which a pool that serves certain owners
/// only must not read of others. What is shown beside the repository that a query names, and what a
/// search finds, is as in REST.
pub(super) fn may_show(query: &Asking<'_>, repository: &Repository) -> bool {
    query.shows == Shows::Named || query.prepared.searches || allows(query.policy, repository)
}
