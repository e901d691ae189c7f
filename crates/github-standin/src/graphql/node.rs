//! The objects that fields of several types lead to. The module of each type resolves its fields.
//! A repository leads to its issues and an issue to its repository, so they know each other only
//! from here.

use super::object::Shared;
use crate::call::Call;
use crate::call::site::Site;
use crate::model::State;
use crate::model::accounts::{Account, AccountId};
use crate::model::content::issues::{Issue, Pull};

/// `User` or `Organization`.
#[derive(Clone, Copy)]
pub(super) struct AccountNode<'a> {
    pub(super) account: &'a Account,
    pub(super) state: &'a State,
    pub(super) call: &'a Call<'a>,
}

impl<'a> AccountNode<'a> {
    /// The account with this id; nothing when it was deleted.
    pub(super) fn find(id: AccountId, site: &Site<'a>) -> Option<Self> {
        let account = site.state.accounts.get(id)?;
        Some(Self { account, state: site.state, call: site.call })
    }
}

/// `Repository`.
#[derive(Clone, Copy)]
pub(super) struct RepositoryNode<'a>(pub(super) Site<'a>);

/// `Issue`.
#[derive(Clone, Copy)]
pub(super) struct IssueNode<'a> {
    pub(super) it: &'a Issue,
    pub(super) site: Site<'a>,
}

impl<'a> IssueNode<'a> {
    /// The issue with this number, which is not a pull request.
    pub(super) fn find(number: u64, site: Site<'a>) -> Option<Self> {
        site.content.tracker.issue(number).filter(|it| it.pull.is_none()).map(|it| Self { it, site })
    }
}

/// `PullRequest`.
#[derive(Clone, Copy)]
pub(super) struct PullNode<'a> {
    pub(super) it: &'a Issue,
    pub(super) pull: &'a Pull,
    pub(super) site: Site<'a>,
}

impl<'a> PullNode<'a> {
    /// The pull request with this number.
    pub(super) fn find(number: u64, site: Site<'a>) -> Option<Self> {
        let it = site.content.tracker.issue(number)?;
        Some(Self { it, pull: it.pull.as_ref()?, site })
    }
}

/// What an issue of the model is.
pub(super) fn issue_or_pull<'a>(it: &'a Issue, site: Site<'a>) -> Shared<'a> {
    match &it.pull {
        Some(pull) => Shared::new(PullNode { it, pull, site }),
        None => Shared::new(IssueNode { it, site }),
    }
}
