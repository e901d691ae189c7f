use proptest::prelude::*;

use super::{Budget, Freshness, Gate, Repository, find_route};
use crate::relay::{RelayPath, RelayQuery};

fn find(path: &str, query: &[(&str, &str)]) -> Option<super::Route> {
    let query = RelayQuery::parse(query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))).unwrap();
    find_route(&RelayPath::parse(path).unwrap(), &query)
}

#[test]
fn what_the_contract_lists_is_served_and_its_neighbours_are_not() {
    for (path, kind) in [
        ("/users/mona", "user_view"),
        ("/users/dependabot[bot]", "user_view"),
        ("/users/mona/gpg_keys", "user_keys"),
        ("/orgs/acme/public_members/mona", "org_members"),
        ("/repos/acme/rocket", "repo_view"),
        ("/repos/acme/rocket/contents/a/b/c.md", "contents"),
        ("/repos/acme/rocket/contents", "contents"),
        ("/repos/acme/rocket/readme/docs", "readme"),
        ("/repos/acme/rocket/stats/punch_card", "repo_stats"),
        ("/repos/acme/rocket/pulls/7/reviews/8/comments", "pr_reviews"),
        ("/repos/acme/rocket/issues/comments/9/reactions", "issue_comments"),
        ("/repos/acme/rocket/actions/runs/5/attempts/2", "run_view"),
        ("/repos/acme/rocket/actions/runs/5/attempts/2/jobs", "run_jobs"),
        ("/repos/acme/rocket/actions/jobs/5/logs", "job_logs"),
        ("/repos/acme/rocket/git/ref/heads/main", "git_ref"),
        ("/repos/acme/rocket/releases/tags/v1", "release_view"),
        ("/repos/acme/rocket/releases/assets/3", "release_assets"),
        ("/repos/acme/rocket/branches/feature%2Fx", "branch_view"),
        ("/rate_limit", "rate_limit"),
        ("/repos/acme/rocket/", "repo_view"),
        ("/repos/acme/rocket/contents/", "contents"),
        ("/repos/acme/rocket/contents/a//b", "contents"),
        ("/repos/acme/rocket/git/matching-refs/", "git_ref"),
        ("/repos/acme/rocket/labels/kind/bug", "labels"),
    ] {
        assert_eq!(find(path, &[]).map(|route| route.kind), Some(kind), "{path}");
    }
    for path in [
        "/",
        "/user/repos",
        "/repos/acme",
        "/repos//rocket",
        "/repos//acme/rocket",
        "//repos/acme/rocket",
        "/repos/acme//rocket/pulls",
        "/repos/acme/rocket//pulls",
        "/repos/acme/rocket/commits/a//b",
        "/repos/acme/rocket/commits/%2Fa",
        "/repos/acme/rocket/branches/a%2F",
        "/repos/acme/rocket/pulls/x",
        "/repos/acme/rocket/pulls/007",
        "/repos/acme/rocket/pulls/7/merge",
        "/repos/acme/rocket/stats/x",
        "/repos/acme/rocket/hooks",
        "/repos/acme/rocket/actions/secrets",
        "/repos/acme/rocket/collaborators",
        "/repos/acme/rocket/keys",
        "/repos/a%2Fb/rocket",
        "/repos/acme/rocket%2Fpulls",
        "/orgs/acme/members",
        "/gists",
        "/graphql",
    ] {
        assert_eq!(find(path, &[]), None, "{path}");
    }
}

#[test]
fn protection_and_rules_are_the_callers_own_business() {
    for path in [
        "/repos/acme/rocket/branches/main/protection",
        "/repos/acme/rocket/branches/main/protection/required_status_checks",
        "/repos/acme/rocket/rulesets",
        "/repos/acme/rocket/rulesets/7",
        "/repos/acme/rocket/rules/branches/main",
    ] {
        assert_eq!(find(path, &[]).map(|route| route.gate), Some(Gate::Local), "{path}");
    }
}

#[test]
fn what_a_whole_digest_names_does_not_change() {
    let sha = "0123456789abcdef0123456789abcdef01234567";
    for (path, query, immutable) in [
        (format!("/repos/a/b/commits/{sha}"), vec![], true),
        ("/repos/a/b/commits/main".to_owned(), vec![], false),
        ("/repos/a/b/commits/0123456".to_owned(), vec![], false),
        (format!("/repos/a/b/git/trees/{sha}"), vec![], true),
        (format!("/repos/a/b/commits/{sha}/status"), vec![], false),
        (format!("/repos/a/b/commits/feature/{sha}"), vec![], false),
        (format!("/repos/a/b/tarball/{sha}"), vec![], false),
        (format!("/repos/a/b/contents/{sha}"), vec![], false),
        ("/repos/a/b/contents/x".to_owned(), vec![("ref", sha)], true),
        ("/repos/a/b/contents/x".to_owned(), vec![("ref", "main")], false),
    ] {
        let class = find(&path, &query).unwrap().freshness;
        assert_eq!(class == Freshness::Immutable, immutable, "{path} {query:?}");
    }
}

#[test]
fn a_path_goes_to_github_in_one_spelling() {
    for (path, kind, canonical) in [
        ("contents/", "contents", "contents"),
        ("contents//README.md", "contents", "contents/README.md"),
        ("contents/docs//a.md/", "contents", "contents/docs/a.md"),
        ("contents/docs%2Fa.md", "contents", "contents/docs/a.md"),
        ("contents/%2Fdocs", "contents", "contents/docs"),
        ("readme/", "readme", "readme"),
        ("git/matching-refs", "git_ref", "git/matching-refs/"),
        ("git/matching-refs/", "git_ref", "git/matching-refs/"),
        ("git/matching-refs/heads%2Ffeature", "git_ref", "git/matching-refs/heads/feature"),
        ("git/matching-refs/heads/feature/", "git_ref", "git/matching-refs/heads/feature/"),
        ("git/matching-refs/heads%2Ffeature%2F", "git_ref", "git/matching-refs/heads/feature/"),
        ("git/ref/heads%2Ffeature%2Fx", "git_ref", "git/ref/heads/feature/x"),
        ("commits/feature/x", "commit_view", "commits/feature/x"),
        ("commits/feature%2Fx/status", "commit_status", "commits/feature/x/status"),
        ("commits/feature/x/status", "commit_status", "commits/feature/x/status"),
        ("commits/status", "commit_view", "commits/status"),
        ("commits/status/status", "commit_status", "commits/status/status"),
        ("commits/a/comments/b", "commit_view", "commits/a/comments/b"),
        // Another route, if its slashes were plain.
        ("commits/a%2Fstatus", "commit_view", "commits/a%2Fstatus"),
        ("commits/b/a%2Fcheck-runs", "commit_view", "commits/b%2Fa%2Fcheck-runs"),
        ("branches/a%2Fprotection", "branch_view", "branches/a%2Fprotection"),
        ("branches/a/protection", "branch_protection", "branches/a/protection"),
        ("compare/main...feature%2Fx", "compare", "compare/main...feature/x"),
        ("releases/tags/v1/beta", "release_view", "releases/tags/v1/beta"),
        ("tarball/", "archive", "tarball"),
        ("zipball/release%2F1", "archive", "zipball/release/1"),
        ("labels/kind/bug", "labels", "labels/kind%2Fbug"),
        ("labels/kind%2Fbug", "labels", "labels/kind%2Fbug"),
        ("labels/", "labels", "labels"),
        ("pulls/7/", "pr_view", "pulls/7"),
    ] {
        let route = find(&format!("/repos/acme/rocket/{path}"), &[]).unwrap();
        let expected = format!("/repos/acme/rocket/{canonical}");
        assert_eq!((route.kind, route.path.as_str()), (kind, expected.as_str()), "{path}");
        let again = find(&expected, &[]).unwrap();
        assert_eq!((again.kind, again.path), (kind, route.path), "{path}");
    }
}

#[test]
fn only_what_the_route_takes_is_asked_for() {
    for (path, query, target) in [
        ("/repos/a/b", vec![("x", "1")], "/repos/a/b"),
        ("/repos/a/b/issues", vec![("state", "all"), ("_", "7")], "/repos/a/b/issues?state=all"),
        ("/repos/a/b/pulls/7", vec![("per_page", "1")], "/repos/a/b/pulls/7"),
        ("/orgs/a/repos", vec![("sort", "pushed")], "/orgs/a/repos?sort=pushed&type=public"),
        ("/orgs/a/repos", vec![("type", "public")], "/orgs/a/repos?type=public"),
        (
            "/search/repositories",
            vec![("q", "x"), ("search_type", "semantic")],
            "/search/repositories?q=x%20is%3Apublic",
        ),
    ] {
        assert_eq!(find(path, &query).unwrap().target(), target);
    }
    assert_eq!(find("/orgs/a/repos", &[("type", "private")]), None);
    for (path, query) in [
        ("/user", vec![]),
        ("/repos/a/b/issues", vec![("assignee", "@me")]),
        ("/search/issues", vec![("q", "author:@me")]),
    ] {
        assert_eq!(find(path, &query), None, "{path}: the identity would be taken for the caller");
    }
}

proptest! {
    #[test]
    fn a_canonical_path_is_the_same_route(tail in "(contents|commits|branches|labels|git/ref|git/matching-refs|compare)(/|%2F|a|status|protection|.x){0,6}") {
        if let Some(route) = RelayPath::parse(&format!("/repos/acme/rocket/{tail}")).ok().and_then(|path| find_route(&path, &RelayQuery::default())) {
            let again = find_route(&route.path, &RelayQuery::default()).unwrap();
            prop_assert_eq!(&again, &route);
            prop_assert_eq!(RelayPath::parse(route.path.as_str()).unwrap(), again.path);
        }
    }
}

#[test]
fn a_search_names_its_repository() {
    let route = find("/search/issues", &[("q", "repo:acme/rocket is:open")]).unwrap();
    assert_eq!(route.repository, Some(Repository { owner: "acme".to_owned(), name: "rocket".to_owned() }));
    assert_eq!((route.gate, route.budget), (Gate::Search, Budget::Search));
    assert_eq!(find("/search/code", &[("q", "repo:acme/rocket x")]).unwrap().budget, Budget::CodeSearch);
    let open = find("/search/issues", &[("q", "is:open")]).unwrap();
    assert_eq!((open.repository, open.query.get("q")), (None, Some("is:open is:public")));
    assert_eq!(find("/search/code", &[("q", "is:open")]), None);
}
