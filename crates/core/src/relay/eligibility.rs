//! Which identities may serve a route at all.

use serde::{Deserialize, Serialize};

use super::repository::Repository;

/// An identity that may serve.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Candidate {
    /// Its id.
    pub id: String,
    /// Its bias between equal candidates.
    pub weight: i64,
    /// Under what its limits and cooldowns are kept. Identities with one credential share them.
    pub budget: String,
    /// Under what its installation token is kept; a PAT has none.
    pub token: Option<String>,
}

/// Whether a scope `*` counts for the owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Broad {
    /// `*` of a PAT serves what is public.
    Allowed,
    /// The pool's policy wants a scope that names the owner.
    Denied,
}

/// Whether one scope `(owner, repo)` of an identity covers the repository or account asked for. A scope of one repository does not cover
/// the rest of what its owner has.
pub fn eligible(
    scope: (&str, Option<&str>),
    is_pat: bool,
    owner: &str,
    repository: Option<&Repository>,
    broad: Broad,
) -> bool {
    match scope {
        ("*", _) => is_pat && broad == Broad::Allowed,
        (scope_owner, repo) => {
            let named =
                repo.is_none_or(|name| repository.is_some_and(|asked| asked.name.eq_ignore_ascii_case(name)));
            scope_owner.eq_ignore_ascii_case(owner) && named
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Broad, Repository, eligible};

    #[test]
    fn scopes() {
        let rocket = Repository { owner: "acme".to_owned(), name: "rocket".to_owned() };
        for (scope, is_pat, repository, broad, expected) in [
            (("acme", None), true, Some(&rocket), Broad::Denied, true),
            (("Acme", None), false, Some(&rocket), Broad::Denied, true),
            (("acme", Some("ROCKET")), true, Some(&rocket), Broad::Denied, true),
            (("acme", Some("other")), true, Some(&rocket), Broad::Allowed, false),
            (("acme", Some("rocket")), true, None, Broad::Allowed, false),
            (("umbrella", None), true, Some(&rocket), Broad::Allowed, false),
            (("*", None), true, Some(&rocket), Broad::Allowed, true),
            (("*", None), true, Some(&rocket), Broad::Denied, false),
            (("*", None), false, Some(&rocket), Broad::Allowed, false),
        ] {
            assert_eq!(
                eligible(scope, is_pat, "acme", repository, broad),
                expected,
                "{scope:?} {is_pat} {broad:?}"
            );
        }
    }
}
