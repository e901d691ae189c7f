//! A row of the table of routes.

use crate::call::Call;
use crate::call::answer::Outcome;
use crate::call::site::Site;
use crate::model::State;
use crate::model::quotas::Resource;

/// One route: what it answers to, and what answers.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// `{name}` stands for one segment.
    pub(crate) pattern: &'static str,
    /// Page and section below <https://docs.github.com/>; also the `documentation_url` of its
    /// refusals.
    pub(crate) docs: &'static str,
    /// Whose budget it uses; `None` costs nothing.
    pub(crate) resource: Option<Resource>,
    pub(crate) respond: Respond,
}

/// What answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Respond {
    /// A function that looks into the state itself.
    Any(fn(&mut State, &Call<'_>) -> Outcome),
    /// One about a repository that was found and may be seen; an installation token needs this
    /// permission for a private one.
    Repository(&'static str, fn(&Site<'_>) -> Outcome),
}
