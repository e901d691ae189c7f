//! What a caller asks.

use std::time::Duration;

use octopool_core::PoolId;
use octopool_core::relay::{CacheKey, CommitSha, RelayPath, RelayQuery, Route, find_route};

/// What GitHub is asked for where the caller does not say.
const DEFAULT_ACCEPT: &str = "application/vnd.github+json";

/// One read, checked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The pool to read through.
    pub pool: PoolId,
    /// The path.
    pub path: RelayPath,
    /// The parameters.
    pub query: RelayQuery,
    /// `Accept`, if the caller sent one that can be passed on.
    pub accept: Option<String>,
    /// `X-GitHub-Api-Version`.
    pub api_version: Option<String>,
    /// The oldest answer that will do.
    pub max_age: Option<Duration>,
    /// The head of the pull request that the caller has just read, so that nothing of an older head is taken for it.
    pub pr_head: Option<CommitSha>,
}

impl Question {
    /// What it is about; `None` for what is not served.
    pub(super) fn route(&self) -> Option<Route> {
        find_route(&self.path, &self.query)
    }

    /// Under what the answer is shared.
    pub(super) fn key(&self, route: &Route) -> CacheKey {
        let version = self.api_version.as_deref().unwrap_or_default();
        CacheKey::of(
            &self.pool,
            route,
            &self.path,
            &self.query,
            self.accept(),
            version,
            self.pr_head.as_ref(),
        )
    }

    /// What is asked for. A wildcard is what browsers and `curl` send without meaning anything.
    pub(super) fn accept(&self) -> &str {
        self.accept.as_deref().filter(|accept| !matches!(*accept, "*/*" | "")).unwrap_or(DEFAULT_ACCEPT)
    }

    /// Path and query for GitHub.
    pub(super) fn target(&self, route: &Route) -> String {
        let query = match &route.instead {
            Some((key, value)) => self.query.with(key, value).encoded(),
            None => self.query.encoded(),
        };
        if query.is_empty() {
            self.path.as_str().to_owned()
        } else {
            format!("{}?{query}", self.path.as_str())
        }
    }
}
