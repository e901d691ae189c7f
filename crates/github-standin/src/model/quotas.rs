//! Primary rate limits.
//!
//! <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>

use std::collections::BTreeMap;

use super::principal::Principal;

/// A budget of its own: the value of `x-ratelimit-resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// All of the REST API that has no budget of its own.
    Core,
    /// The GraphQL API.
    Graphql,
    /// Search, but for code.
    Search,
    /// Code search.
    CodeSearch,
}

impl Resource {
    /// All of them, as `GET /rate_limit` lists them.
    pub const ALL: [Self; 4] = [Self::Core, Self::Graphql, Self::Search, Self::CodeSearch];

    /// The name in headers and in `GET /rate_limit`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Graphql => "graphql",
            Self::Search => "search",
            Self::CodeSearch => "code_search",
        }
    }

    /// Requests (GraphQL: points) per window. Sections "Primary rate limit for …" of the page above
    /// and <https://docs.github.com/rest/search/search#rate-limit>.
    fn limit(self, principal: Principal) -> u64 {
        match (self, principal) {
            (Self::Core, Principal::Anonymous) => 60,
            (Self::Graphql | Self::CodeSearch, Principal::Anonymous) => 0,
            (Self::Search, Principal::Anonymous) | (Self::CodeSearch, _) => 10,
            (Self::Core | Self::Graphql, _) => 5000,
            (Self::Search, _) => 30,
        }
    }

    fn window_seconds(self) -> i64 {
        match self {
            Self::Core | Self::Graphql => 3600,
            Self::Search | Self::CodeSearch => 60,
        }
    }
}

/// One principal's use of one resource in the current window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Budget of the window.
    pub limit: u64,
    /// What is left of it.
    pub remaining: u64,
    /// What has been used.
    pub used: u64,
    /// When the window ends, in seconds since 1970.
    pub reset: i64,
}

impl Quota {
    /// A window that begins now.
    fn begin(principal: Principal, resource: Resource, now: i64) -> Self {
        let limit = resource.limit(principal);
        Self { limit, remaining: limit, used: 0, reset: now + resource.window_seconds() }
    }

    /// Counts a request, or the points of a query.
    pub fn spend(&mut self, points: u64) {
        self.remaining = self.remaining.saturating_sub(points);
        self.used += points;
    }

    /// Uses up what is left.
    pub fn exhaust(&mut self) {
        self.used += self.remaining;
        self.remaining = 0;
    }

    /// Sets what is left, as if the rest had been used.
    pub fn set_remaining(&mut self, remaining: u64) {
        self.remaining = remaining.min(self.limit);
        self.used = self.limit - self.remaining;
    }
}

/// All quotas that have been touched.
#[derive(Debug, Default)]
pub struct Quotas(BTreeMap<(Principal, Resource), Quota>);

impl Quotas {
    /// The window that counts at `now`; a new one begins when the last has ended.
    pub fn window(&mut self, principal: Principal, resource: Resource, now: i64) -> &mut Quota {
        let fresh = Quota::begin(principal, resource, now);
        let quota = self.0.entry((principal, resource)).or_insert(fresh);
        if quota.reset <= now {
            // A limit that a test has changed stays changed.
            *quota = Quota { limit: quota.limit, remaining: quota.limit, ..fresh };
        }
        quota
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_starts_again_after_its_reset() {
        let mut quotas = Quotas::default();
        quotas.window(Principal::Account(1), Resource::Core, 0).exhaust();
        assert_eq!(quotas.window(Principal::Account(1), Resource::Core, 3599).remaining, 0);
        assert_eq!(quotas.window(Principal::Account(1), Resource::Core, 3600).remaining, 5000);
    }

    #[test]
    fn accounts_do_not_share_a_budget() {
        let mut quotas = Quotas::default();
        quotas.window(Principal::Account(1), Resource::Core, 0).exhaust();
        assert_eq!(quotas.window(Principal::Account(2), Resource::Core, 0).remaining, 5000);
    }
}
