//! What a caller asks.

use std::time::Duration;

use octopool_core::relay::{CacheKey, RelayPath, RelayQuery, Route, find_route};
use octopool_core::{PoolId, Timestamp};

use super::answer::Answer;

/// What GitHub is asked for where the caller does not say.
pub(super) const DEFAULT_ACCEPT: &str = "application/vnd.github+json";

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
}

impl Question {
    /// Whether an answer is fresh, and young enough for the caller. One from the future is of a clock that was wrong.
    pub(super) fn accepts(&self, answer: &Answer, now: Timestamp) -> bool {
        let fresh = answer.head.fresh_until.is_some_and(|until| now < until);
        fresh && answer.head.fetched_at <= now && self.accepts_age(answer, now)
    }

    /// Whether an answer is young enough for the caller.
    pub(super) fn accepts_age(&self, answer: &Answer, now: Timestamp) -> bool {
        self.max_age.is_none_or(|max_age| {
            // An answer of this very moment is not younger than zero seconds: `max-age=0` always asks.
            !max_age.is_zero() && now <= answer.head.fetched_at.plus(max_age)
        })
    }

    /// What it is about; `None` for what is not served.
    pub(super) fn route(&self) -> Option<Route> {
        find_route(&self.path, &self.query)
    }

    /// Under what the answer is shared.
    pub(super) fn key(&self, route: &Route) -> CacheKey {
        let version = self.api_version.as_deref().unwrap_or_default();
        CacheKey::of(&self.pool, route, &self.path, &self.query, self.accept(), version)
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
