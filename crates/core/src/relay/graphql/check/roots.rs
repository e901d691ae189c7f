//! Roots: what a document asks about, and who answers it.

use super::super::plan::{Field, Selection, Source};
use super::super::table::{FieldRow, QUERY, Rule, TypeId};
use super::super::values::Literal;
use super::super::{Refused, Repository, Target};
use super::Checker;
use crate::AccountLogin;
use crate::relay::path::RelayQuery;
use crate::relay::search::{self, Unbound};

/// What a document asks about.
#[derive(Default)]
pub(in crate::relay::graphql) struct About {
    pub(in crate::relay::graphql) repositories: Vec<Repository>,
    pub(in crate::relay::graphql) accounts: Vec<String>,
    pub(in crate::relay::graphql) nodes: Vec<String>,
    /// Whether there is a search over all that is public.
    pub(in crate::relay::graphql) public_search: bool,
    pub(in crate::relay::graphql) searches: bool,
    pub(in crate::relay::graphql) decision: bool,
    /// How many nodes there may be.
    pub(in crate::relay::graphql) count: u64,
}

impl Checker<'_> {
    /// What a root asks about.
    pub(super) fn root(&mut self, field: &mut Field, it: &FieldRow, at: usize) -> Result<(), Refused> {
        let text = |name: &str| {
            let found = field.arguments.iter().find(|(one, _)| *one == name);
            found.and_then(|(_, value)| value.text()).unwrap_or_default().to_owned()
        };
        match it.name.text() {
            "repository" => {
                let (owner, name) = (text("owner"), text("name"));
                let repository = Repository::parse(&format!("{owner}/{name}"));
                let repository = repository.ok_or_else(|| {
                    self.malformed(
                        format!("Could not resolve to a Repository with the name '{owner}/{name}'."),
                        at,
                    )
                })?;
                self.about_repository(repository);
            }
            "node" => self.about.nodes.push(text("id")),
            "nodes" => {
                if let Some((_, Literal::List(ids))) = field.arguments.iter().find(|(name, _)| *name == "ids")
                {
                    self.about.count = self.about.count.saturating_add(ids.len() as u64);
                    let ids: Vec<_> = ids.iter().filter_map(Literal::text).map(str::to_owned).collect();
                    if ids.len() > 100 {
                        return Err(self.malformed("You may not provide more than 100 node ids.", at));
                    }
                    self.about.nodes.extend(ids);
                }
            }
            "organization" | "repositoryOwner" | "user" => {
                let login = text("login");
                let login = AccountLogin::from_github(&login).ok_or_else(|| {
                    self.not_served("login", format!("{login:?} is not the login of an account."), at)
                })?;
                self.about_account(login.as_str());
            }
            "search" => self.search(field, &text("query"), at)?,
            "viewer" => self.viewer(field, at)?,
            _ => {}
        }
        Ok(())
    }

    fn about_repository(&mut self, repository: Repository) {
        if !self.about.repositories.iter().any(|one| one.key() == repository.key()) {
            self.about.repositories.push(repository);
        }
    }

    fn about_account(&mut self, login: &str) {
        if !self.about.accounts.iter().any(|one| one.eq_ignore_ascii_case(login)) {
            self.about.accounts.push(login.to_owned());
        }
    }

    /// Binds a search to what is public, by the rules of REST.
    fn search(&mut self, field: &mut Field, query: &str, at: usize) -> Result<(), Refused> {
        let login = self.caller.login.as_str();
        let text = search::of_caller(query, login).unwrap_or_else(|| query.to_owned());
        let narrowed = RelayQuery::parse([("q".to_owned(), text)])
            .ok()
            .and_then(|query| search::narrowed(&query, Unbound::Public));
        let Some((query, repository)) = narrowed else {
            let reason = "The pool does not serve this search: it may find what is not public.";
            return Err(self.not_served("search", reason, at));
        };
        self.about.searches = true;
        match repository {
            None => self.about.public_search = true,
            Some(repository) => {
                if !self.bound.iter().any(|one| one.key() == repository.key()) {
                    self.bound.push(repository.clone());
                }
                self.about_repository(repository);
            }
        }
        for (name, value) in &mut field.arguments {
            if *name == "query" {
                *value = Literal::Text(query.get("q").unwrap_or_default().to_owned());
            }
        }
        Ok(())
    }

    /// The caller: answered from what is known, or the public profile.
    fn viewer(&mut self, field: &mut Field, at: usize) -> Result<(), Refused> {
        let login = self.caller.login.as_str();
        if !only_leaves(&field.set) {
            let reason = "What belongs to the caller may not be public, so only the public profile of `viewer` is served.";
            return Err(self.not_served("viewer", reason, at));
        }
        if has_only(&field.set, &["login", "databaseId", "__typename"]) {
            field.source = Source::Viewer;
            return Ok(());
        }
        field.source = Source::GithubAs("user");
        field.arguments.push(("login", Literal::Text(login.to_owned())));
        self.about_account(login);
        Ok(())
    }
}

fn only_leaves(set: &[Selection]) -> bool {
    set.iter().all(|selection| match selection {
        Selection::Field(field) => field.set.is_empty(),
        Selection::On(_, set) => only_leaves(set),
    })
}

fn has_only(set: &[Selection], names: &[&str]) -> bool {
    set.iter().all(|selection| match selection {
        Selection::Field(field) => names.contains(&field.name()),
        Selection::On(_, set) => has_only(set, names),
    })
}

/// Who answers a field of a type.
pub(super) fn source(ty: TypeId, it: &FieldRow) -> Source {
    match it.rule {
        Rule::Null => Source::Null,
        Rule::Empty => Source::Empty,
        Rule::Personal(actor) => Source::Personal(actor),
        Rule::Plain | Rule::Inside | Rule::Forced(..) if ty == QUERY => match it.name.text() {
            "repository" | "node" | "nodes" => Source::Asked,
            "__schema" | "__type" => Source::Schema,
            "rateLimit" => Source::Rate,
            _ => Source::Github,
        },
        Rule::Plain | Rule::Inside | Rule::Forced(..) => Source::Github,
    }
}

impl About {
    /// What the credential must cover.
    pub(in crate::relay::graphql) fn target(&self) -> Target {
        let kinds = (self.repositories.as_slice(), self.accounts.as_slice(), self.nodes.as_slice());
        match (kinds, self.public_search) {
            (([], [], []), false) => Target::Nothing,
            (([one], [], []), false) => Target::Repository(one.clone()),
            (([], [], []), true) => Target::PublicSearch,
            (([], accounts, []), false) => Target::Accounts(accounts.to_vec()),
            (([], [], nodes), false) => Target::Nodes(nodes.to_vec()),
            ((repositories, accounts, nodes), search) => Target::Mixed {
                repositories: repositories.to_vec(),
                accounts: accounts.to_vec(),
                nodes: nodes.to_vec(),
                search,
            },
        }
    }
}
