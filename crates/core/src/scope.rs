//! Scopes: which repositories an identity may serve.

use serde::{Deserialize, Serialize};

use crate::github_name::{AccountLogin, RepoName};
use crate::text::{Violation, text_serde};

/// How many scopes an identity may have (contract, section 4).
pub const MAX_SCOPES: usize = 100;

/// The owner of a scope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ScopeOwner {
    /// The repositories of one account.
    Account(AccountLogin),
    /// `*`: every public repository, for a broad PAT.
    Any,
}

text_serde!(ScopeOwner, ScopeOwner::parse);

impl ScopeOwner {
    /// Parses a login or `*`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if text == "*" { Ok(Self::Any) } else { AccountLogin::parse(text).map(Self::Account) }
    }

    /// A login or `*`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Account(login) => login.as_str(),
            Self::Any => "*",
        }
    }
}

/// One scope.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Scope {
    /// The owner.
    pub owner: ScopeOwner,
    /// One repository; `None` for all of the owner's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoName>,
    /// Whether private repositories are included.
    pub allow_private: bool,
}

impl Scope {
    /// Whether two scopes have the same owner and repository, ignoring case.
    fn is_about_the_same_as(&self, other: &Self) -> bool {
        let repo = |scope: &Self| scope.repo.as_ref().map(|repo| repo.as_str().to_ascii_lowercase());
        self.owner == other.owner && repo(self) == repo(other)
    }
}

/// The scopes of an identity, each owner and repository once.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(from = "Vec<Scope>")]
pub struct Scopes(Vec<Scope>);

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        Self::new(scopes)
    }
}

impl Scopes {
    /// Merges scopes with the same owner and repository. If they differ in `allow_private`, private
    /// repositories are not allowed: contradictory entries must not give access to them.
    pub fn new(scopes: Vec<Scope>) -> Self {
        let mut distinct: Vec<Scope> = Vec::with_capacity(scopes.len());
        for scope in scopes {
            match distinct.iter_mut().find(|known| known.is_about_the_same_as(&scope)) {
                Some(known) => known.allow_private &= scope.allow_private,
                None => distinct.push(scope),
            }
        }
        Self(distinct)
    }

    /// The scopes in the order of their first occurrence.
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, ScopeOwner, Scopes};
    use crate::{AccountLogin, RepoName};

    fn scope(owner: &str, repo: Option<&str>, allow_private: bool) -> Scope {
        Scope {
            owner: match owner {
                "*" => ScopeOwner::Any,
                login => ScopeOwner::Account(AccountLogin::parse(login).unwrap()),
            },
            repo: repo.map(|repo| RepoName::parse(repo).unwrap()),
            allow_private,
        }
    }

    #[test]
    fn equal_scopes_are_one_whatever_their_case() {
        let scopes = Scopes::new(vec![
            scope("Acme", Some("Rocket"), true),
            scope("acme", None, false),
            scope("ACME", Some("rocket"), true),
            scope("*", None, false),
            scope("*", None, false),
        ]);
        let written: Vec<_> =
            scopes.as_slice().iter().map(|s| (s.owner.as_str(), s.repo.is_some())).collect();
        assert_eq!(written, [("Acme", true), ("acme", false), ("*", false)]);
    }

    #[test]
    fn contradictory_scopes_do_not_allow_private_repositories() {
        for (first, second) in [(true, false), (false, true)] {
            let scopes = Scopes::new(vec![scope("acme", None, first), scope("acme", None, second)]);
            assert!(!scopes.as_slice()[0].allow_private);
        }
    }
}
