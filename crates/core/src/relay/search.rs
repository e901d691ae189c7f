//! What a search is about. GitHub answers with everything that the identity can see, so a search that is not bound to one public
//! repository could show what is private.

use super::path::RelayQuery;
use super::route::Repository;
use crate::{AccountLogin, RepoName};

/// The one repository that a search is bound to; `None` if it is not, and then the relay does not serve it.
pub(super) fn bound_repository(query: &RelayQuery) -> Option<Repository> {
    let text = query.get("q")?;
    let terms = terms(text)?;
    let mut repositories =
        terms.iter().filter_map(|term| term.to_ascii_lowercase().strip_prefix("repo:").map(|_| &term[5..]));
    let (only, more) = (repositories.next()?, repositories.next());
    // `org:`, `user:` and `repo:` add up; `OR`, `NOT`, `-` and parentheses could take the bound away.
    let widening = |term: &&&str| {
        let lower = term.to_ascii_lowercase();
        ["org:", "user:", "owner:", "enterprise:"].iter().any(|qualifier| lower.contains(qualifier))
            || lower.starts_with("-repo:")
            || ["or", "not", "and"].contains(&lower.as_str())
            || term.contains(['(', ')'])
    };
    if more.is_some()
        || text.to_ascii_lowercase().matches("repo:").count() != 1
        || terms.iter().any(|term| widening(&term))
    {
        return None;
    }
    let (owner, name) = only.split_once('/')?;
    let name = RepoName::parse(name).ok()?;
    let owner = AccountLogin::from_github(owner)?;
    Some(Repository { owner: owner.as_str().to_owned(), name: name.as_str().to_owned() })
}

/// The terms of a search. One in quotes is one term; `None` for a quote that does not end.
fn terms(text: &str) -> Option<Vec<&str>> {
    if !text.matches('"').count().is_multiple_of(2) {
        return None;
    }
    let mut quoted = false;
    let split = text.split(move |letter: char| {
        quoted ^= letter == '"';
        letter.is_whitespace() && !quoted
    });
    Some(split.filter(|term| !term.is_empty()).collect())
}

/// Whether a search of repositories has plain terms only: words, and the qualifiers that narrow what is public anyway. `is:private` or
/// `user:@me` would ask for what only the identity sees.
pub(super) fn is_plain(query: &RelayQuery) -> bool {
    const NARROWING: [&str; 9] =
        ["language:", "topic:", "stars:", "forks:", "in:", "pushed:", "created:", "license:", "archived:"];
    let Some(terms) = query.get("q").and_then(terms) else { return false };
    let plain = |term: &&str| {
        let lower = term.to_ascii_lowercase();
        (!term.contains([':', '(', ')', '@'])
            || NARROWING.iter().any(|qualifier| lower.starts_with(qualifier))
                && term.matches(':').count() == 1)
            && !["or", "not", "and"].contains(&lower.as_str())
    };
    !terms.is_empty() && terms.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::{RelayQuery, bound_repository, is_plain};

    fn query(q: &str) -> RelayQuery {
        RelayQuery::parse([("q".to_owned(), q.to_owned())]).unwrap()
    }

    #[test]
    fn a_search_is_bound_to_exactly_one_repository() {
        for good in [
            "repo:acme/rocket",
            "is:pr REPO:Acme/rocket label:\"good first issue\"",
            "crash repo:acme/rocket -label:x",
        ] {
            assert_eq!(bound_repository(&query(good)).unwrap().key(), "acme/rocket", "{good}");
        }
        for bad in [
            "",
            "crash",
            "repo:acme/rocket repo:acme/other",
            "repo:acme/rocket OR is:private",
            "repo:acme/rocket org:umbrella",
            "repo:acme/rocket user:mona",
            "-repo:acme/rocket",
            "NOT repo:acme/rocket",
            "(repo:acme/rocket)",
            "repo:acme",
            "repo:acme/rocket/x",
            "repo:acme/..",
            "\"repo:acme/rocket\"",
            "\"a repo:acme/rocket\" x",
            "repo:acme/rocket \"",
        ] {
            assert_eq!(bound_repository(&query(bad)), None, "{bad}");
        }
    }

    #[test]
    fn repositories_are_searched_by_plain_terms() {
        for good in ["rocket", "rocket language:rust stars:>10", "\"space ship\""] {
            assert!(is_plain(&query(good)), "{good}");
        }
        for bad in [
            "",
            "is:private",
            "user:@me",
            "org:acme",
            "rocket OR is:private",
            "language:x:is:private",
            "(a)",
            "\"a",
        ] {
            assert!(!is_plain(&query(bad)), "{bad}");
        }
    }
}
