//! A row of the table of routes: what is said of each route.

use super::freshness::Freshness;
use super::hygiene::Holds;
use super::media::Media;
use super::quota::Budget;
use super::search::Unbound;

/// What a policy has to allow before a route is served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gate {
    /// Nothing beyond the owner.
    Open,
    /// `allow_search`.
    Search,
    /// `allow_logs`.
    Logs,
    /// Never: it takes the caller's own rights on the repository.
    Local,
    /// Nothing. GitHub is not asked: the pool answers from what it knows of itself.
    Pool,
}

/// What happens to GitHub's redirect to an address that is not part of its API. The 301 of a
/// renamed repository is another matter and the same on every route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Redirect {
    /// GitHub documents none, so there is none.
    None,
    /// The one documented hop to a job's log is followed without credentials, and the log is the
    /// answer.
    FollowLog,
    /// GitHub's 302 is the answer, if it leads to one of GitHub's documented content hosts. Its
    /// address is signed, so it is never kept and never shared.
    PassOn,
}

/// What keeps an answer from telling what only the identity sees. GitHub counts in lists and
/// searches what the identity may see, so the question must leave no room for it; taking items out
/// of the answer would leave the counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Narrow {
    /// The answer is the same for everybody, or hygiene takes out what is not.
    No,
    /// `type=public`.
    PublicType,
    /// The search is bound to one public repository, or this.
    Search(Unbound),
}

/// One route, and all the rules that hold for it.
#[derive(Clone, Copy, Debug)]
pub struct RouteRow {
    /// Its name in statistics and answers; several paths share one.
    pub kind: &'static str,
    /// The path. `{owner}`, `{repo}`, `{login}`, `{number}`, `{sha}` and `{metric}` are checked for
    /// what they name; other names stand for any one segment. A name that ends in `*` stands for
    /// one or more segments: `{path*}` may have doubled slashes, which count once; `{label*}` goes
    /// to GitHub with its slashes escaped; `{prefix*}` keeps a slash at its end.
    pub pattern: &'static str,
    /// How fast the answer ages.
    pub freshness: Freshness,
    /// What the body may hold, and so what is taken out of it.
    pub holds: Holds,
    /// What the policy has to allow.
    pub gate: Gate,
    /// The budget that GitHub counts it against.
    pub budget: Budget,
    /// The query parameters that GitHub describes for it, sorted. All others are dropped: GitHub
    /// ignores them, and each value would make a cache entry of its own.
    pub parameters: &'static [&'static str],
    /// What it answers beside JSON, if it is asked for.
    pub media: &'static [Media],
    /// What happens to a redirect.
    pub redirect: Redirect,
    /// What keeps the answer from telling what only the identity sees.
    pub narrow: Narrow,
}

/// A route without a gate that counts against `core`, answers JSON only and is not redirected.
pub(super) const fn row(
    kind: &'static str,
    pattern: &'static str,
    freshness: Freshness,
    holds: Holds,
    parameters: &'static [&'static str],
) -> RouteRow {
    let (gate, budget, redirect, narrow) = (Gate::Open, Budget::Core, Redirect::None, Narrow::No);
    RouteRow { kind, pattern, freshness, holds, gate, budget, parameters, media: &[], redirect, narrow }
}

impl RouteRow {
    /// Whether it is ever served, and not only named to be refused.
    pub const fn is_served(&self) -> bool {
        !matches!(self.gate, Gate::Local)
    }

    pub(super) const fn gate(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    pub(super) const fn budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    pub(super) const fn media(self, media: &'static [Media]) -> Self {
        Self { media, ..self }
    }

    pub(super) const fn redirect(self, redirect: Redirect) -> Self {
        Self { redirect, ..self }
    }

    pub(super) const fn narrow(self, narrow: Narrow) -> Self {
        Self { narrow, ..self }
    }
}
