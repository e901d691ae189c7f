//! What a search is about. GitHub answers and counts everything that the identity can see, so a
//! search that is not bound to what is public could show what is private.
//!
//! GitHub's documentation does not say how each of its engines reads every text. Where two readings
//! are possible a search must be harmless in both, or it is refused and the caller's own
//! credentials serve it.

mod qualifiers;
mod syntax;

use qualifiers::{ME, OWNERS, PLAIN, STATES, has_me, is_me};
use syntax::{Search, Term, Token, Tree, spliced, tokens};

use super::path::RelayQuery;
use super::repository::Repository;
use crate::AccountLogin;

/// What becomes of a search that names no repository.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unbound {
    /// It is refused.
    Refused,
    /// It is served with `is:public` added.
    Public,
}

/// The query with a search that tells nothing private, and the repository that it is bound to, if
/// it is; `None` for a search that the relay does not serve.
pub(super) fn narrowed(query: &RelayQuery, unbound: Unbound) -> Option<(RelayQuery, Option<Repository>)> {
    let search = Search::read(query.get("q")?)?;
    let facts = Facts::of(&search)?;
    match (facts.repository, unbound) {
        // `org:` and `user:` add to `repo:`, and so does another `repo:`, whatever is before it.
        (Some(repository), _) => {
            let alone = facts.repositories == 1 && !facts.has_owner;
            alone.then(|| (query.with("q", &search.text), Some(repository)))
        }
        (None, Unbound::Refused) => None,
        (None, Unbound::Public) if facts.positive_repositories > 0 => None,
        (None, Unbound::Public) => {
            let text = match (facts.is_public, &search.tree) {
                (true, _) => search.text,
                (false, Tree::Any(_)) => format!("({}) is:public", search.text),
                (false, Tree::All(_) | Tree::Not(_) | Tree::Term(_)) => format!("{} is:public", search.text),
            };
            Some((query.with("q", &text), None))
        }
    }
}

/// Whether a search names the caller.
pub(super) fn names_caller(text: &str) -> bool {
    let names = |token: &Token<'_>| match token {
        Token::Qualifier { value, .. } => with_caller(value, "").is_some(),
        _ => false,
    };
    tokens(text).is_some_and(|tokens| tokens.iter().any(|placed| names(&placed.token)))
}

/// The search with the caller's login in place of `@me` in every qualifier; `None` if it cannot be
/// read.
pub(super) fn of_caller(text: &str, login: &str) -> Option<String> {
    let tokens = tokens(text)?;
    Some(spliced(text, &tokens, |old, token| {
        let Token::Qualifier { value, .. } = token else { return None };
        let new = with_caller(value, login)?;
        Some(if old.starts_with('"') { format!("\"{new}\"") } else { new })
    }))
}

/// A value where each of its parts that is `@me`, or begins with `@me/`, is about this account;
/// `None` if there is none.
fn with_caller(value: &str, login: &str) -> Option<String> {
    let part = |part: &str| {
        let part = part.trim();
        let rest = part.get(ME.len()..).filter(|_| is_me(part))?;
        Some(format!("{login}{rest}"))
    };
    let parts: Vec<_> = value.split(',').map(|text| part(text).unwrap_or_else(|| text.to_owned())).collect();
    let changed = parts.join(",");
    (changed != value).then_some(changed)
}

/// What counts about a search.
#[derive(Default)]
struct Facts {
    /// The repository that all results must be of.
    repository: Option<Repository>,
    /// How often a repository is named, and how often not to exclude it.
    repositories: usize,
    positive_repositories: usize,
    has_owner: bool,
    /// Whether all results must be public.
    is_public: bool,
}

impl Facts {
    /// `None` if a qualifier asks for what only the identity sees, or might.
    fn of(search: &Search) -> Option<Self> {
        let mut facts = Self::default();
        facts.look(&search.tree, true, true)?;
        Some(facts)
    }

    /// Looks at a part of the search. `always` says that every result must fit it, `positive` that
    /// nothing negates it.
    fn look(&mut self, tree: &Tree, always: bool, positive: bool) -> Option<()> {
        match tree {
            Tree::All(parts) => parts.iter().try_for_each(|part| self.look(part, always, positive)),
            Tree::Any(parts) => parts.iter().try_for_each(|part| self.look(part, false, positive)),
            // Twice negated is not looked through: it counts as negated.
            Tree::Not(part) => self.look(part, false, false),
            Tree::Term(Term::Words) => Some(()),
            Tree::Term(Term::Qualifier(name, value)) => self.qualifier(name, value, always, positive),
        }
    }

    fn qualifier(&mut self, name: &str, value: &str, always: bool, positive: bool) -> Option<()> {
        if has_me(value) {
            // The identity would be taken for the caller.
            return None;
        }
        match name {
            "repo" => {
                let repository = Repository::parse(value)?;
                self.repositories += 1;
                self.positive_repositories += usize::from(positive);
                if always {
                    self.repository = Some(repository);
                }
            }
            "is" | "visibility" => {
                if value.eq_ignore_ascii_case("public") {
                    // Negated it asks for everything else.
                    positive.then_some(())?;
                    self.is_public |= always;
                } else {
                    let known = |part: &str| STATES.contains(&part.to_ascii_lowercase().as_str());
                    value.split(',').all(known).then_some(())?;
                }
            }
            name if OWNERS.contains(&name) => {
                let is_login = |part: &str| AccountLogin::from_github(part).is_some();
                value.split(',').all(is_login).then_some(())?;
                self.has_owner = true;
            }
            name => PLAIN.contains(&name).then_some(())?,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
