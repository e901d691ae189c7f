//! One repository as a responder sees it: found, visible, and the caller may read this part of it.

use http::StatusCode;
use serde_json::{Value, json};

use super::Call;
use super::answer::{Answer, Outcome, Payload};
use super::caller::{Identity, not_for_integrations};
use super::pages::Page;
use super::urls::page;
use crate::model::State;
use crate::model::accounts::{Account, AccountId, AccountKind};
use crate::model::apps::Access;
use crate::model::content::Content;
use crate::model::memberships::Role;
use crate::model::repositories::{Repository, RepositoryId};

/// A repository, who asks for it and in what words.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) state: &'a State,
    pub(crate) call: &'a Call<'a>,
    pub(crate) repository: &'a Repository,
    pub(crate) owner: &'a Account,
    pub(crate) content: &'a Content,
}

impl<'a> Site<'a> {
    /// Finds the repository a call is about. 404 for what the caller may not see, 301 for a former
    /// name, 403 for a part of a private one that the installation token has no permission for.
    ///
    /// Public repositories need no permission: each endpoint's page says "can be used without
    /// authentication or the aforementioned permissions if only public resources are requested".
    pub(crate) fn enter(state: &'a State, call: &'a Call<'a>, permission: &str) -> Result<Self, Answer> {
        let found = match call.id("repository_id") {
            Some(id) => state.repositories.get(id),
            None => state.repositories.find(&state.accounts, &call.param("owner"), &call.param("repo")),
        };
        let Some(repository) = found else { return Err(moved(state, call)) };
        let site =
            Self::new(repository, state, call).filter(Self::is_visible).ok_or_else(Answer::not_found)?;
        match &call.caller.identity {
            Identity::Installation { permissions, .. }
                if repository.private && !permissions.contains_key(permission) =>
            {
                Err(not_for_integrations())
            }
            _ => Ok(site),
        }
    }

    /// A repository, visible or not. None when its owner was deleted.
    pub(crate) fn new(repository: &'a Repository, state: &'a State, call: &'a Call<'a>) -> Option<Self> {
        let owner = state.accounts.get(repository.owner)?;
        Some(Self { state, call, repository, owner, content: state.contents.of(repository.id) })
    }

    /// Public to all; private to its owner and the members of its organization with the scope
    /// `repo`, and to installation tokens that cover it. Members read all repositories: that is the
    /// base permission GitHub gives them by default.
    pub(crate) fn is_visible(&self) -> bool {
        self.call.caller.sees(self.repository, self.state)
    }

    /// Whether the caller may push, and so sees drafts: those who administer the repository, and
    /// installation tokens that may write its contents.
    pub(crate) fn may_push(&self) -> bool {
        match &self.call.caller.identity {
            Identity::Personal { account, scopes } => {
                let scope = if self.repository.private { "repo" } else { "public_repo" };
                (scopes.contains("repo") || scopes.contains(scope)) && self.is_admin(*account)
            }
            Identity::Installation { permissions, .. } => {
                self.is_covered() && permissions.get("contents").is_some_and(|it| *it >= Access::Write)
            }
            Identity::Anonymous | Identity::App(_) => false,
        }
    }

    /// Whether this account is the caller, who alone sees its unfinished reviews.
    pub(crate) fn is_asked_by(&self, account: AccountId) -> bool {
        matches!(&self.call.caller.identity, Identity::Personal { account: asking, .. } if *asking == account)
    }

    /// Another repository, if the caller may see it.
    pub(crate) fn visible(&self, id: RepositoryId) -> Option<Self> {
        let repository = self.state.repositories.get(id)?;
        Self::new(repository, self.state, self.call).filter(Self::is_visible)
    }

    fn is_covered(&self) -> bool {
        let Identity::Installation { installation, repositories, .. } = &self.call.caller.identity else {
            return false;
        };
        repositories.covers(self.repository.id)
            && self.state.installations.get(*installation).is_some_and(|it| it.covers(self.repository))
    }

    /// Whether it is private and an organization's single sign-on keeps the caller out, who would
    /// see it otherwise.
    pub(crate) fn is_protected(&self) -> bool {
        let personal = matches!(self.call.caller.identity, Identity::Personal { .. });
        let enforced = self.state.single_sign_on.contains(&self.owner.id);
        self.repository.private
            && personal
            && enforced
            && self.call.caller.is_entitled(self.repository, self.state)
    }

    /// Its forks, as far as the caller may see them.
    pub(crate) fn forks(&self) -> impl Iterator<Item = Self> + use<'a> {
        let (id, state, call) = (self.repository.id, self.state, self.call);
        let forks = state.repositories.iter().filter(move |it| it.parent == Some(id));
        forks.filter_map(move |it| Self::new(it, state, call)).filter(Self::is_visible)
    }

    /// Whether issues may be assigned to an account: to the owner, and to the members of the
    /// organization.
    pub(crate) fn is_assignable(&self, account: AccountId) -> bool {
        account == self.owner.id && self.owner.kind == AccountKind::User
            || self.state.memberships.find_active(self.owner.id, account).is_some()
    }

    fn is_admin(&self, account: AccountId) -> bool {
        let membership = self.state.memberships.find_active(self.owner.id, account);
        account == self.owner.id || membership.is_some_and(|it| it.role == Role::Admin)
    }

    /// `acme/rocket`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner.login, self.repository.name)
    }

    /// An address of the API below the repository.
    pub(crate) fn url(&self, rest: &str) -> String {
        self.call.urls.api(&format!("/repos/{}{rest}", self.full_name()))
    }

    /// A page for people below the repository.
    pub(crate) fn html(&self, rest: &str) -> String {
        page(&format!("/{}{rest}", self.full_name()))
    }

    /// `author_association`: what an account is to this repository.
    pub(crate) fn association(&self, id: AccountId) -> &'static str {
        if self.state.memberships.find_active(self.owner.id, id).is_some() { "MEMBER" } else { "NONE" }
    }

    /// One page of a list of this repository.
    pub(crate) fn page<T>(&self, all: impl IntoIterator<Item = T>, view: impl Fn(T) -> Value) -> Page {
        Page::new(self.call, &by_id(self.repository, self.call), all, view)
    }

    /// One page of a list, as an answer.
    #[expect(clippy::unnecessary_wraps, reason = "what most responders end with")]
    pub(crate) fn list<T>(&self, all: impl IntoIterator<Item = T>, view: impl Fn(T) -> Value) -> Outcome {
        Ok(self.page(all, view).answer())
    }
}

/// A redirect to the repository that used to have this name.
fn moved(state: &State, call: &Call<'_>) -> Answer {
    let former = state.repositories.find_former(&call.param("owner"), &call.param("repo"));
    let visible = former.filter(|it| Site::new(it, state, call).is_some_and(|site| site.is_visible()));
    let Some(repository) = visible else { return Answer::not_found() };
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let url = call.urls.api(&format!("{}{query}", by_id(repository, call)));
    let body = Payload::Json(json!({ "message": "Moved Permanently", "url": url }));
    Answer::redirect(StatusCode::MOVED_PERMANENTLY, &url, body)
}

/// The path of the call, with the repository's id in place of its name:
/// `/repositories/5002/issues`.
fn by_id(repository: &Repository, call: &Call<'_>) -> String {
    let names = if call.path.starts_with("/repos/") { 4 } else { 3 };
    let rest: String = call.path.split('/').skip(names).flat_map(|segment| ["/", segment]).collect();
    format!("/repositories/{}{rest}", repository.id)
}
