//! What a query is about: whose proofs and policy count, and what its credential is confined to.

use std::time::Duration;

use octopool_core::PoolId;
use octopool_core::relay::graphql::Target;
use octopool_core::relay::{FallbackReason, Repository};

use crate::app::App;
use crate::relay::asking::Shows;
use crate::relay::eligibility::allows;
use crate::relay::error::RelayError;
use crate::relay::guard;
use crate::relay::knowledge::Known;
use crate::relay::memory::Memory;
use crate::relay::sql::{Lookup, look_up};

/// For how long it is remembered which repository an object is in. Issues can be transferred; what
/// the answer shows is checked whatever is remembered.
const REMEMBERED: Duration = Duration::from_hours(1);

/// What a query is about.
pub(super) struct Subject {
    /// Its name in statistics and answers.
    pub(super) kind: &'static str,
    /// The repository that must be public, and that the credential of an App is confined to.
    pub(super) repository: Option<Repository>,
    /// Further repositories that the query names.
    pub(super) others: Vec<Repository>,
    /// What the answer may show.
    pub(super) shows: Shows,
    account: Option<String>,
}

impl Subject {
    /// Reads it from the target of a query.
    pub(super) fn of(app: &App, target: &Target) -> Self {
        let new = |kind, shows| Self { kind, repository: None, others: Vec::new(), shows, account: None };
        match target {
            Target::Nothing => new("graphql_local", Shows::Public),
            Target::Repository(repository) => {
                Self { repository: Some(repository.clone()), ..new("graphql_repository", Shows::Named) }
            }
            Target::Nodes(ids) => {
                Self { repository: repository_of(app, ids), ..new("graphql_node", Shows::Told) }
            }
            Target::PublicSearch => new("graphql_search", Shows::Public),
            Target::Accounts(logins) => Self {
                account: logins.first().map(|login| login.to_ascii_lowercase()),
                ..new("graphql_account", Shows::Public)
            },
            Target::Mixed { repositories, .. } => {
                Self { others: repositories.clone(), ..new("graphql_mixed", Shows::Told) }
            }
        }
    }

    /// The same about the repository's new name.
    pub(super) fn renamed(&self, now: Repository) -> Self {
        let (others, account) = (self.others.clone(), self.account.clone());
        Self { repository: Some(now), others, account, ..*self }
    }

    /// The account whose single sign-on may be needed.
    pub(super) fn owner(&self) -> Option<String> {
        let owner = self.repository.as_ref().map(|repository| repository.owner.to_ascii_lowercase());
        owner.or_else(|| self.account.clone())
    }

    /// Lets through what is about public repositories that the policy allows.
    pub(super) async fn require_others_public(
        &self,
        app: &App,
        pool: &PoolId,
        known: &Known,
    ) -> Result<(), RelayError> {
        if self.others.iter().any(|repository| !allows(&known.policy, repository)) {
            return Err(RelayError::Fallback(FallbackReason::OwnerDenied));
        }
        for repository in &self.others {
            let mut proof = guard::remembered(app, repository);
            if proof.is_none() {
                let name = repository.key();
                let wanted = Lookup { repository: Some(&name), ..Lookup::default() };
                proof = look_up(app.database(), pool, &wanted, app.now()).await?.proof;
            }
            let caller = &known.holder.caller_id;
            match guard::require_public(app, pool, repository, proof, caller).await {
                // Of several repositories none is answered under another name.
                Err(RelayError::Renamed(_) | RelayError::Blocked) => {
                    return Err(RelayError::Fallback(FallbackReason::RepoNotPublic));
                }
                other => other?,
            }
        }
        Ok(())
    }
}

/// The one repository that these objects are in, if this isolate has seen them all.
fn repository_of(app: &App, ids: &[String]) -> Option<Repository> {
    let memory = Memory::of(app);
    let mut repositories = ids.iter().map(|id| memory.nodes.find(id, REMEMBERED, app.now()));
    let first = repositories.next()??;
    repositories.all(|other| other.is_some_and(|other| other.key() == first.key())).then_some(first)
}
