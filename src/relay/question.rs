//! What a caller asks.

use std::time::Duration;

use octopool_core::relay::{
    ApiVersion, CacheKey, CommitSha, Media, RelayPath, RelayQuery, Route, accepted, find_route,
    in_place_of_caller, is_named,
};
use octopool_core::{AccountLogin, PoolId};

use crate::github::API_VERSION;

/// One read, checked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The pool to read through.
    pub pool: PoolId,
    /// The path.
    pub path: RelayPath,
    /// The parameters.
    pub query: RelayQuery,
    /// `Accept`, as the caller sent it. Only what the route knows of it counts.
    pub accept: Option<String>,
    /// `X-GitHub-Api-Version`.
    pub api_version: Option<ApiVersion>,
    /// The oldest answer that will do.
    pub max_age: Option<Duration>,
    /// The head of the pull request that the caller has just read, so that nothing of an older head
    /// is taken for it.
    pub pr_head: Option<CommitSha>,
}

impl Question {
    /// Whether it is about the caller, where GitHub would take the identity for it: the caller must
    /// be known first.
    pub(super) fn names_caller(&self) -> bool {
        is_named(&self.path, &self.query)
    }

    /// The same question about this account.
    pub(super) fn of_caller(mut self, caller: &AccountLogin) -> Self {
        (self.path, self.query) = in_place_of_caller(&self.path, &self.query, caller);
        self
    }

    /// What it is about; `None` for what is not served.
    pub(super) fn route(&self) -> Option<Route> {
        find_route(&self.path, &self.query)
    }

    /// Under what the answer is shared.
    pub(super) fn key(&self, route: &Route) -> CacheKey {
        // Who names no version is asked for with ours, and shares with who names that one.
        let version = self.api_version.as_ref().map_or(API_VERSION, ApiVersion::as_str);
        CacheKey::of(&self.pool, route, self.media(route), version, self.pr_head.as_ref())
    }

    /// What is asked for.
    pub(super) fn media(&self, route: &Route) -> Media {
        accepted(self.accept.as_deref(), route.media)
    }
}
