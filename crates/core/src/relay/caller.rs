//! Where a question is about who asks. GitHub would take the identity for it.

use super::path::{RelayPath, RelayQuery};
use super::search;
use crate::AccountLogin;

/// Parameters of lists that hold an account.
const ACCOUNTS: [&str; 6] = ["actor", "assignee", "author", "committer", "creator", "mentioned"];

/// Whether a question is about who asks: `/user`, or `@me` where an account is named.
pub fn is_named(path: &RelayPath, query: &RelayQuery) -> bool {
    is_user(path)
        || query.get("q").is_some_and(search::names_caller)
        || ACCOUNTS.iter().any(|name| query.get(name).is_some_and(is_me))
}

/// The same question about an account.
#[must_use]
pub fn in_place_of_caller(
    path: &RelayPath,
    query: &RelayQuery,
    caller: &AccountLogin,
) -> (RelayPath, RelayQuery) {
    let login = caller.as_str();
    let path = if is_user(path) { RelayPath::of_segments(["users", login]) } else { path.clone() };
    let mut query = query.clone();
    if let Some(search) = query.get("q").and_then(|text| search::of_caller(text, login)) {
        query = query.with("q", &search);
    }
    for name in ACCOUNTS {
        if query.get(name).is_some_and(is_me) {
            query = query.with(name, login);
        }
    }
    (path, query)
}

fn is_user(path: &RelayPath) -> bool {
    path.as_str().trim_end_matches('/') == "/user"
}

fn is_me(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("@me")
}

#[cfg(test)]
mod tests {
    use super::{AccountLogin, RelayPath, RelayQuery, in_place_of_caller, is_named};

    #[test]
    fn the_caller_takes_the_place_of_who_asks() {
        let mona = AccountLogin::parse("mona").unwrap();
        for (path, query, asked) in [
            ("/user", None, "/users/mona"),
            ("/user/", None, "/users/mona"),
            ("/search/issues", Some(("q", "author:@me")), "/search/issues?q=author%3Amona"),
            ("/repos/a/b/issues", Some(("assignee", "@ME")), "/repos/a/b/issues?assignee=mona"),
            ("/repos/a/b/commits", Some(("author", "@me")), "/repos/a/b/commits?author=mona"),
        ] {
            let path = RelayPath::parse(path).unwrap();
            let pairs = query.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let query = RelayQuery::parse(pairs).unwrap();
            assert!(is_named(&path, &query));
            let (path, query) = in_place_of_caller(&path, &query, &mona);
            let shown = format!("{}?{}", path.as_str(), query.encoded());
            assert_eq!(shown.trim_end_matches('?'), asked);
            assert!(!is_named(&path, &query));
        }
        let (path, query) = (RelayPath::parse("/users/mona").unwrap(), RelayQuery::default());
        assert!(!is_named(&path, &query));
    }
}
