//! Which identities may serve a route at all.

use super::repository::Repository;
use crate::{IdentityKind, Scope, ScopeOwner};

/// Whether a scope `*` counts for the owner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Broad {
    /// `*` of a PAT serves what is public.
    Allowed,
    /// The pool's policy wants a scope that names the owner.
    Denied,
}

/// Whether one scope of an identity of this kind covers the repository or account asked for. A
/// scope of one repository does not cover the rest of what its owner has.
pub fn eligible(
    scope: &Scope,
    kind: IdentityKind,
    owner: &str,
    repository: Option<&Repository>,
    broad: Broad,
) -> bool {
    match &scope.owner {
        ScopeOwner::Any => kind == IdentityKind::Pat && broad == Broad::Allowed,
        ScopeOwner::Account(login) => {
            let is_named = scope.repo.as_ref().is_none_or(|name| {
                repository.is_some_and(|asked| asked.name.eq_ignore_ascii_case(name.as_str()))
            });
            login.as_str().eq_ignore_ascii_case(owner) && is_named
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Broad, Repository, eligible};
    use crate::{IdentityKind, RepoName, Scope, ScopeOwner};

    #[test]
    fn scopes() {
        let rocket = Repository { owner: "acme".to_owned(), name: "rocket".to_owned() };
        for ((owner, repo), is_pat, repository, broad, expected) in [
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
            let repo = repo.map(|name| RepoName::parse(name).unwrap());
            let scope = Scope { owner: ScopeOwner::parse(owner).unwrap(), repo, allow_private: false };
            let kind = if is_pat { IdentityKind::Pat } else { IdentityKind::GithubApp };
            let is_eligible = eligible(&scope, kind, "acme", repository, broad);
            assert_eq!(is_eligible, expected, "{scope:?} {kind:?} {broad:?}");
        }
    }
}
