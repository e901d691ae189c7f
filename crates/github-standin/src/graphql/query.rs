//! The fields of `Query`.
//!
//! <https://docs.github.com/graphql/reference/queries>

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use super::connection::connection_with;
use super::cost::Cost;
use super::errors::{failed, not_found, protected, unresolved};
use super::node::{AccountNode, IssueNode, PullNode, RepositoryNode, issue_or_pull};
use super::object::{Field, Shared, plain, text};
use crate::call::Call;
use crate::call::search;
use crate::call::site::Site;
use crate::model::State;
use crate::model::accounts::AccountKind;
use crate::model::clock::rfc3339;
use crate::model::node_id::NodeId;
use crate::model::quotas::Quota;

/// The root of every query.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    pub(super) state: &'a State,
    pub(super) call: &'a Call<'a>,
    pub(super) cost: Cost,
    /// The budget before this query.
    pub(super) quota: Quota,
}

impl ObjectValue for Query<'_> {
    fn type_name(&self) -> &'static str {
        "Query"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        match info.field_name() {
            "viewer" => self.viewer(),
            "user" => self.account(info, AccountKind::User),
            "organization" => self.account(info, AccountKind::Organization),
            "repositoryOwner" => Ok(self.repository_owner(info)),
            "repository" => self.repository(info),
            "node" => self.node(text(info, "id").unwrap_or_default()),
            "search" => self.search(info),
            "rateLimit" => Ok(plain(&self.rate_limit())),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl<'a> Query<'a> {
    fn viewer(&self) -> Field<'a> {
        let account = self.call.caller.account().and_then(|id| self.state.accounts.get(id));
        let account = account.ok_or_else(|| failed("FORBIDDEN", "Resource not accessible by integration"))?;
        Ok(ResolvedValue::object(AccountNode { account, state: self.state, call: self.call }))
    }

    fn account(&self, info: &ResolveInfo<'_>, kind: AccountKind) -> Field<'a> {
        let login = text(info, "login").unwrap_or_default();
        let account = self.state.accounts.find(login).filter(|account| account.kind == kind);
        let account = account.ok_or_else(|| {
            let article = if kind == AccountKind::User { "a" } else { "an" };
            let kind = kind.as_str();
            not_found(&format!("Could not resolve to {article} {kind} with the login of '{login}'."))
        })?;
        Ok(ResolvedValue::object(AccountNode { account, state: self.state, call: self.call }))
    }

    /// Null, without an error, for an unknown login.
    fn repository_owner(&self, info: &ResolveInfo<'_>) -> ResolvedValue<'a> {
        let account = self.state.accounts.find(text(info, "login").unwrap_or_default());
        let (state, call) = (self.state, self.call);
        ResolvedValue::nullable_object(account.map(|account| AccountNode { account, state, call }))
    }

    /// Under a former name, too, unless `followRenames` is false.
    fn repository(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let (owner, name) = (text(info, "owner").unwrap_or_default(), text(info, "name").unwrap_or_default());
        let repositories = &self.state.repositories;
        let follows =
            info.arguments().get("followRenames").and_then(apollo_compiler::response::JsonValue::as_bool);
        let former = || repositories.find_former(owner, name).filter(|_| follows != Some(false));
        let found = repositories.find(&self.state.accounts, owner, name).or_else(former);
        let site = found.and_then(|it| Site::new(it, self.state, self.call));
        match site {
            Some(site) if site.is_protected() => Err(protected()),
            Some(site) if site.is_visible() => Ok(ResolvedValue::object(RepositoryNode(site))),
            _ => {
                let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
                Err(not_found(&message))
            }
        }
    }

    fn node(&self, id: &str) -> Field<'a> {
        let found = NodeId::parse(id).and_then(|id| self.object(id));
        let missing = || not_found(&format!("Could not resolve to a node with the global id of '{id}'"));
        found.map(ResolvedValue::object).ok_or_else(missing)
    }

    fn object(&self, id: NodeId) -> Option<Shared<'a>> {
        let site = |repository| {
            let repository = self.state.repositories.get(repository)?;
            Site::new(repository, self.state, self.call).filter(Site::is_visible)
        };
        match id {
            NodeId::Account(kind, id) => {
                let account = self.state.accounts.get(id).filter(|account| account.kind == kind)?;
                Some(Shared::new(AccountNode { account, state: self.state, call: self.call }))
            }
            NodeId::Repository(repository) => site(repository).map(|site| Shared::new(RepositoryNode(site))),
            NodeId::Issue(repository, number) => IssueNode::find(number, site(repository)?).map(Shared::new),
            NodeId::Pull(repository, number) => PullNode::find(number, site(repository)?).map(Shared::new),
        }
    }

    /// Issues and pull requests, repositories, and users.
    fn search(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let query = search::Query::parse(text(info, "query").unwrap_or_default());
        let kind = text(info, "type").unwrap_or_default();
        let sites = query.sites(self.state, self.call);
        let (state, call) = (self.state, self.call);
        let found: Vec<Shared<'a>> = match kind {
            "ISSUE" | "ISSUE_ADVANCED" => sites
                .iter()
                .flat_map(|site| query.issues_of(*site).map(|it| issue_or_pull(it, *site)))
                .collect(),
            "REPOSITORY" => sites
                .into_iter()
                .filter(|site| query.matches(&site.full_name()))
                .map(|site| Shared::new(RepositoryNode(site)))
                .collect(),
            "USER" => {
                let accounts = state.accounts.iter().filter(|account| query.matches(&account.login));
                accounts.map(|account| Shared::new(AccountNode { account, state, call })).collect()
            }
            // The model has no discussions.
            "DISCUSSION" => Vec::new(),
            _ => return Err(unresolved(&format!("searches of the type {kind}"))),
        };
        let count = |kinds: &[&str]| if kinds.contains(&kind) { found.len() } else { 0 };
        let counts = json!({
            "issueCount": count(&["ISSUE", "ISSUE_ADVANCED"]),
            "repositoryCount": count(&["REPOSITORY"]),
            "userCount": count(&["USER"]),
            "discussionCount": 0, "codeCount": 0, "wikiCount": 0,
        });
        connection_with(info, found, |it| it, counts)
    }

    /// What is left when this query has been paid for.
    fn rate_limit(&self) -> Value {
        let mut quota = self.quota;
        quota.spend(self.cost.points());
        json!({
            "__typename": "RateLimit",
            "cost": self.cost.points(),
            "limit": quota.limit,
            "nodeCount": self.cost.nodes,
            "remaining": quota.remaining,
            "resetAt": rfc3339(quota.reset),
            "used": quota.used,
        })
    }
}
