//! Scopes of identities.

use octopool_api_types::{DeclaredScope, IdentityKind};
use octopool_core::{AccountLogin, MAX_SCOPES, RepoName};

use super::findings::{Findings, Noun};
use super::row::{Cell, Row};

/// The scopes of an identity: those it has on the server, then those of the dump that are new. What
/// is dropped is named; dropping a scope never allows more.
pub(super) fn merged<'a>(
    known: &[DeclaredScope],
    rows: impl Iterator<Item = &'a Row>,
    identity: (&str, IdentityKind),
    findings: &mut Findings,
) -> Vec<DeclaredScope> {
    let (id, kind) = identity;
    let (mut scopes, mut from_dump) = (known.to_vec(), Vec::<DeclaredScope>::new());
    for row in rows {
        let Some(scope) = scope(row, id, kind, findings) else { continue };
        if let Some(twice) = from_dump.iter_mut().find(|known| is_same(known, &scope)) {
            findings.adjust(
                Noun::Identity,
                id,
                format!("its scope `{}` occurs more than once", name(row)),
                "one scope",
            );
            // Contradictory rows must not give access to private repositories.
            twice.allow_private &= scope.allow_private;
        } else {
            from_dump.push(scope);
        }
    }
    if known.is_empty() && from_dump.is_empty() {
        let result = "it serves only routes without an owner";
        findings.adjust(Noun::Identity, id, "it has no scopes", result);
    }
    for scope in from_dump {
        match scopes.iter_mut().find(|known| is_same(known, &scope)) {
            Some(known) => known.allow_private &= scope.allow_private,
            None => scopes.push(scope),
        }
    }
    if scopes.len() > MAX_SCOPES {
        let problem = format!("it has {} scopes, and {MAX_SCOPES} is the most", scopes.len());
        findings.adjust(Noun::Identity, id, problem, format!("the first {MAX_SCOPES}"));
        scopes.truncate(MAX_SCOPES);
    }
    scopes
}

fn is_same(one: &DeclaredScope, other: &DeclaredScope) -> bool {
    let repo = |scope: &DeclaredScope| scope.repo.as_ref().map(|repo| repo.to_ascii_lowercase());
    one.owner.eq_ignore_ascii_case(&other.owner) && repo(one) == repo(other)
}

fn name(row: &Row) -> String {
    match row.cell("repo") {
        Cell::Null => row.shown("owner"),
        _ => format!("{}/{}", row.shown("owner"), row.shown("repo")),
    }
}

/// A scope; `None` if it cannot be one here.
fn scope(row: &Row, id: &str, kind: IdentityKind, findings: &mut Findings) -> Option<DeclaredScope> {
    let mut drop = |why: &str| {
        findings.adjust(
            Noun::Identity,
            id,
            format!("its scope `{}` {why}", name(row)),
            "the scope is dropped",
        );
        None
    };
    let owner = row.text("owner").unwrap_or_default();
    let is_any = owner == "*";
    if !is_any && AccountLogin::parse(owner).is_err() {
        return drop("has an owner that is not a login");
    }
    // Older tables have no such column.
    if !matches!(row.cell("permission"), Cell::Null) && row.text("permission") != Some("read") {
        return drop("is for more than reading");
    }
    let repo = match row.cell("repo") {
        Cell::Null => None,
        Cell::Text(repo) if repo.trim().is_empty() => None,
        Cell::Text(repo) if RepoName::parse(repo).is_ok() => Some(repo.clone()),
        _ => return drop("has a repository that cannot exist"),
    };
    if is_any && (repo.is_some() || kind == IdentityKind::GithubApp) {
        return drop("is for every owner, which only a PAT can have, and without a repository");
    }
    let allow_private = row.integer("allow_private");
    if !matches!(allow_private, Some(0 | 1)) {
        let problem = format!("its scope `{}` has allow_private {}", name(row), row.shown("allow_private"));
        findings.adjust(Noun::Identity, id, problem, "public repositories only");
    }
    if row.text("repo").is_some() && repo.is_none() {
        let problem = format!("its scope `{owner}` has an empty repository");
        findings.adjust(Noun::Identity, id, problem, "a scope of the whole owner");
    }
    Some(DeclaredScope { owner: owner.to_owned(), repo, allow_private: allow_private == Some(1) })
}

#[cfg(test)]
mod tests {
    use octopool_api_types::{DeclaredScope, IdentityKind};
    use serde_json::{Value, json};

    use super::super::Findings;
    use super::super::row::samples::rows;
    use super::merged;

    fn scopes(known: &Value, dump: &Value, kind: IdentityKind) -> (Value, usize) {
        let known: Vec<DeclaredScope> = serde_json::from_value(known.clone()).unwrap();
        let mut findings = Findings::default();
        let merged = merged(&known, rows(dump).iter(), ("mona", kind), &mut findings);
        (json!(merged), findings.adjusted.len())
    }

    fn scope(owner: &str, repo: Option<&str>, private: i64) -> Value {
        json!({"owner": owner, "repo": repo, "permission": "read", "allow_private": private})
    }

    #[test]
    fn equal_scopes_are_one_and_contradictions_allow_nothing_private() {
        let dump = json!([
            scope("acme", Some("rocket"), 1),
            scope("Acme", Some("Rocket"), 0),
            scope("acme", None, 1),
            scope("acme", Some(""), 1),
        ]);
        let expected = json!([
            {"owner": "acme", "repo": "rocket", "allow_private": false}, {"owner": "acme", "allow_private": true},
        ]);
        assert_eq!(scopes(&json!([]), &dump, IdentityKind::Pat), (expected.clone(), 3));
        assert_eq!(scopes(&expected, &dump, IdentityKind::Pat).0, expected);
    }

    #[test]
    fn scopes_of_the_server_stay() {
        let known = json!([{"owner": "umbrella", "allow_private": false}]);
        let (merged, _) = scopes(&known, &json!([scope("acme", None, 0)]), IdentityKind::Pat);
        assert_eq!(merged, json!([known[0], {"owner": "acme", "allow_private": false}]));
    }

    #[test]
    fn what_cannot_be_a_scope_is_dropped_and_named() {
        let mut write = scope("acme", None, 0);
        write["permission"] = json!("write");
        for (row, kind) in [
            (write, IdentityKind::Pat),
            (scope("a/b", None, 0), IdentityKind::Pat),
            (scope("acme", Some(".."), 0), IdentityKind::Pat),
            (scope("*", Some("rocket"), 0), IdentityKind::Pat),
            (scope("*", None, 0), IdentityKind::GithubApp),
            (json!({"owner": null, "allow_private": 0}), IdentityKind::Pat),
            (json!({"owner": "acme", "repo": 7, "allow_private": 0}), IdentityKind::Pat),
        ] {
            // It is named, and that there is no scope left.
            assert_eq!(scopes(&json!([]), &json!([row]), kind), (json!([]), 2), "{row}");
        }
        let any = scopes(&json!([]), &json!([scope("*", None, 0)]), IdentityKind::Pat);
        assert_eq!(any, (json!([{"owner": "*", "allow_private": false}]), 0));
        let odd = scopes(&json!([]), &json!([scope("acme", None, 2)]), IdentityKind::Pat);
        assert_eq!(odd, (json!([{"owner": "acme", "allow_private": false}]), 1));
        let many: Vec<_> = (0..120).map(|number| scope(&format!("o{number}"), None, 0)).collect();
        assert_eq!(scopes(&json!([]), &json!(many), IdentityKind::Pat).0.as_array().unwrap().len(), 100);
    }
}
