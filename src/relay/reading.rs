//! A read that is served, in whichever form it was asked: what everything between the question and
//! the answer needs of it.

use std::time::Duration;

use octopool_core::relay::{Budget, Gate, Repository, Route};
use octopool_core::{PoolId, Timestamp};

use super::answer::Answer;
use super::asking::Asking;
use super::question::Question;
use super::rest::Rest;

/// One read.
pub(super) struct Reading<'a> {
    /// The pool to read through.
    pub(super) pool: &'a PoolId,
    /// Its name in statistics and answers.
    pub(super) kind: &'static str,
    /// What the policy has to allow.
    pub(super) gate: Gate,
    /// The budget that GitHub counts it against.
    pub(super) budget: Budget,
    /// The repository that must be public.
    pub(super) repository: Option<&'a Repository>,
    /// Further repositories that policy and scopes must allow.
    pub(super) others: &'a [Repository],
    /// The account whose single sign-on may be needed, in lower case.
    pub(super) owner: Option<String>,
    /// The oldest answer that will do.
    pub(super) max_age: Option<Duration>,
    /// How GitHub is asked, and what its answer is.
    pub(super) form: Form<'a>,
}

/// The form of a read.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// A path of the REST API.
    Rest(Rest<'a>),
    /// A query of the GraphQL API.
    Query(Asking<'a>),
}

impl<'a> Reading<'a> {
    /// The read of a path.
    pub(super) fn rest(question: &'a Question, route: &'a Route) -> Self {
        let repository = route.repository.as_ref();
        Self {
            pool: &question.pool,
            kind: route.kind,
            gate: route.gate,
            budget: route.budget,
            repository,
            others: &[],
            owner: owner(route),
            max_age: question.max_age,
            form: Form::Rest(Rest {
                route,
                media: question.media(route),
                api_version: question.api_version.as_ref(),
            }),
        }
    }

    /// Whether an answer is fresh, and young enough for the caller. One from the future is of a
    /// clock that was wrong.
    pub(super) fn accepts(&self, answer: &Answer, now: Timestamp) -> bool {
        let fresh = answer.head.fresh_until.is_some_and(|until| now < until);
        fresh && answer.head.fetched_at <= now && self.accepts_age(answer, now)
    }

    /// Whether an answer is young enough for the caller.
    pub(super) fn accepts_age(&self, answer: &Answer, now: Timestamp) -> bool {
        self.max_age.is_none_or(|max_age| {
            // An answer of this very moment is not younger than zero seconds: `max-age=0` always
            // asks.
            !max_age.is_zero() && now <= answer.head.fetched_at.plus(max_age)
        })
    }

    /// The route for which a lease is kept and a disproved 403 counts: its kind and repository.
    pub(super) fn lease_key(&self) -> String {
        format!("{} {}", self.kind, self.repository.map(Repository::key).unwrap_or_default())
    }
}

/// The owner of what a path is about.
fn owner(route: &Route) -> Option<String> {
    let segments: Vec<_> = route.path.segments().collect();
    let owner = match (&route.repository, segments.as_slice()) {
        (Some(repository), _) => repository.owner.as_str(),
        // GitHub shows an organization under both.
        (None, ["orgs" | "users", login, ..]) => login,
        (None, _) => return None,
    };
    Some(owner.to_ascii_lowercase())
}
