//! What a path asks for.

use super::caller;
use super::freshness::Freshness;
use super::hygiene::Holds;
use super::media::Media;
use super::path::{RelayPath, RelayQuery};
use super::quota::Budget;
use super::routes::{ROUTES, RouteRow};
use super::search::{self, Unbound};
use crate::{AccountLogin, RepoName};

/// What a policy has to allow before a route is served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gate {
    /// Nothing beyond the owner.
    Open,
    /// `allow_search`.
    Search,
    /// `allow_logs`.
    Logs,
    /// Never: it takes the caller's own rights on the repository.
    Local,
    /// Nothing. GitHub is not asked: the pool answers from what it knows of itself.
    Pool,
}

/// What happens to GitHub's redirect to an address that is not part of its API. The 301 of a renamed repository is another
/// matter and the same on every route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Redirect {
    /// GitHub documents none, so there is none.
    None,
    /// The one documented hop to a job's log is followed without credentials, and the log is the answer.
    FollowLog,
    /// GitHub's 302 is the answer, if it leads to one of GitHub's documented content hosts. Its address is signed, so it is
    /// never kept and never shared.
    PassOn,
}

/// What keeps an answer from telling what only the identity sees. GitHub counts in lists and searches what the identity may
/// see, so the question must leave no room for it; taking items out of the answer would leave the counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Narrow {
    /// The answer is the same for everybody, or hygiene takes out what is not.
    No,
    /// `type=public`.
    PublicType,
    /// The search is bound to one public repository, or this.
    Search(Unbound),
}

/// A repository by its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repository {
    /// The owner's login.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl Repository {
    /// Reads `owner/name` as GitHub writes it.
    pub fn parse(full_name: &str) -> Option<Self> {
        let (owner, name) = full_name.split_once('/')?;
        let owner = crate::AccountLogin::from_github(owner)?.to_string();
        Some(Self { owner, name: crate::RepoName::parse(name).ok()?.to_string() })
    }

    /// `owner/name` in lower case: what proofs about it are kept under.
    pub fn key(&self) -> String {
        format!("{}/{}", self.owner, self.name).to_ascii_lowercase()
    }
}

/// What a read is about, which rules hold for it, and how GitHub is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Route {
    /// Its name in statistics and answers.
    pub kind: &'static str,
    /// What the policy has to allow.
    pub gate: Gate,
    /// How fast the answer ages.
    pub freshness: Freshness,
    /// The budget that GitHub counts it against.
    pub budget: Budget,
    /// What the body may hold.
    pub holds: Holds,
    /// What it answers beside JSON.
    pub media: &'static [Media],
    /// What happens to a redirect.
    pub redirect: Redirect,
    /// The repository that must be public.
    pub repository: Option<Repository>,
    /// The path in the one spelling that GitHub is asked with.
    pub path: RelayPath,
    /// The parameters that GitHub is asked with: only what the route takes, narrowed to what is public.
    pub query: RelayQuery,
}

impl Route {
    /// Path and query for GitHub.
    pub fn target(&self) -> String {
        let query = self.query.encoded();
        let path = self.path.as_str();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// Finds what a path and its query ask for; `None` for what the relay does not serve.
pub fn find_route(path: &RelayPath, query: &RelayQuery) -> Option<Route> {
    let asked = Asked::of(path);
    let row = find_row(&asked)?;
    let (path, named) = canonical(row, &asked)?;
    let query = query.only(row.parameters);
    if caller::is_named(&path, &query) {
        // The caller must have been put in its place first; GitHub would take the identity for it.
        return None;
    }
    let (query, bound) = match row.narrow {
        Narrow::No => (query, None),
        Narrow::PublicType => (public_type(&query)?, None),
        Narrow::Search(unbound) => search::narrowed(&query, unbound)?,
    };
    let repository = bound.or_else(|| match path.segments().collect::<Vec<_>>().as_slice() {
        ["repos", owner, name, ..] => {
            Some(Repository { owner: (*owner).to_owned(), name: (*name).to_owned() })
        }
        _ => None,
    });
    Some(Route {
        kind: row.kind,
        gate: row.gate,
        freshness: row.freshness.of(named.as_deref(), query.get("ref")),
        budget: row.budget,
        holds: row.holds,
        media: row.media,
        redirect: row.redirect,
        repository,
        path,
        query,
    })
}

/// Every other type can have private repositories among them, which the number of pages would tell.
fn public_type(query: &RelayQuery) -> Option<RelayQuery> {
    match query.get("type") {
        None | Some("all" | "public") => Some(query.with("type", "public")),
        Some(_) => None,
    }
}

/// The segments of a path without the slash at its end, and whether it had one.
struct Asked<'a> {
    segments: Vec<&'a str>,
    slash: bool,
}

impl<'a> Asked<'a> {
    fn of(path: &'a RelayPath) -> Self {
        let mut segments: Vec<_> = path.segments().collect();
        let all = segments.len();
        while segments.last().is_some_and(|last| last.is_empty()) {
            segments.pop();
        }
        Self { slash: segments.len() < all, segments }
    }
}

/// The row of a path. Refs may have slashes, so `commits/a/status` fits `commits/{ref*}` too: the row with the most literal
/// segments counts, which is how GitHub reads it.
fn find_row(asked: &Asked<'_>) -> Option<&'static RouteRow> {
    let literals = |row: &RouteRow| parts(row.pattern).filter(|part| !part.starts_with('{')).count();
    let fitting = ROUTES.iter().filter(|row| {
        let expected: Vec<_> = parts(row.pattern).collect();
        matches_all(&expected, &asked.segments)
    });
    // The first of several is kept.
    fitting.reduce(|best, row| if literals(row) > literals(best) { row } else { best })
}

/// The segments of a pattern.
fn parts(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').filter(|part| !part.is_empty())
}

/// Whether the segments are what the pattern says.
fn matches_all(expected: &[&str], segments: &[&str]) -> bool {
    match (expected, segments) {
        ([], []) => true,
        ([one, rest @ ..], [first, more @ ..]) if one.ends_with("*}") => {
            // Only a file's path may have a doubled slash. Elsewhere it is another path to a reader that drops it.
            let empty = first.is_empty() && *one != "{path*}";
            !empty && (matches_all(rest, more) || matches_all(expected, more))
        }
        ([one, rest @ ..], [first, more @ ..]) => fits(one, first) && matches_all(rest, more),
        _ => false,
    }
}

/// The one spelling of a path, and what its last name stands for; `None` for a ref that cannot be one.
///
/// Slashes of refs and paths come escaped (Octokit) and as they are (other clients); GitHub takes both for the same. They
/// become plain, unless that would be another route: `commits/a%2Fstatus` is the commit `a/status`, `commits/a/status` is not.
fn canonical(row: &RouteRow, asked: &Asked<'_>) -> Option<(RelayPath, Option<String>)> {
    let expected: Vec<_> = parts(row.pattern).collect();
    let Some(at) = expected.iter().position(|part| part.ends_with("*}")) else {
        let named = expected.last().filter(|part| part.starts_with('{')).and(asked.segments.last());
        // An empty prefix is a slash at the end.
        let slash = row.pattern.ends_with('/').then_some("");
        let path = RelayPath::of_segments(asked.segments.iter().copied().chain(slash));
        return Some((path, named.map(|name| (*name).to_owned())));
    };
    let after = expected.len() - at - 1;
    let (before, rest) = asked.segments.split_at_checked(at)?;
    let (several, after) = rest.split_at_checked(rest.len().checked_sub(after)?)?;
    let mut pieces: Vec<_> = several.iter().flat_map(|segment| segment.split("%2F")).collect();
    let (is_path, is_prefix) = (expected[at] == "{path*}", expected[at] == "{prefix*}");
    if is_path {
        pieces.retain(|piece| !piece.is_empty());
    }
    let mut slash = is_prefix && asked.slash;
    if is_prefix && pieces.last().is_some_and(|last| last.is_empty()) {
        pieces.pop();
        slash = true;
    }
    if pieces.is_empty() || pieces.iter().any(|piece| piece.is_empty()) {
        return None;
    }
    let plain: Vec<_> = before.iter().chain(&pieces).chain(after).copied().collect();
    let same = find_row(&Asked { segments: plain.clone(), slash: false })
        .is_some_and(|found| found.pattern == row.pattern);
    let escaped = pieces.join("%2F");
    let path = if same && expected[at] != "{label*}" {
        RelayPath::of_segments(plain.into_iter().chain(slash.then_some("")))
    } else {
        let escaped = if slash { format!("{escaped}%2F") } else { escaped };
        RelayPath::of_segments(before.iter().copied().chain([escaped.as_str()]).chain(after.iter().copied()))
    };
    Some((path, after.is_empty().then(|| pieces.join("/"))))
}

fn fits(expected: &str, segment: &str) -> bool {
    let Some(variable) = expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        return expected == segment;
    };
    match variable {
        "login" => AccountLogin::from_github(segment.trim_end_matches("%5Bbot%5D")).is_some(),
        "owner" => AccountLogin::from_github(segment).is_some(),
        "repo" => RepoName::parse(segment).is_ok(),
        "number" => is_number(segment),
        "sha" => is_hex(segment),
        "metric" => STATISTICS.contains(&segment),
        _ => !segment.is_empty(),
    }
}

/// A number in its one spelling. GitHub reads `007` as 7, and each spelling would make an entry of its own.
fn is_number(segment: &str) -> bool {
    (1..=19).contains(&segment.len())
        && segment.bytes().all(|byte| byte.is_ascii_digit())
        && (segment == "0" || !segment.starts_with('0'))
}

/// The statistics of a repository (<https://docs.github.com/en/rest/metrics/statistics>).
const STATISTICS: [&str; 5] =
    ["contributors", "commit_activity", "code_frequency", "participation", "punch_card"];

fn is_hex(text: &str) -> bool {
    (4..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            route.repository,
            Some(Repository { owner: "acme".to_owned(), name: "rocket".to_owned() })
        );
        assert_eq!((route.gate, route.budget), (Gate::Search, Budget::Search));
        assert_eq!(find("/search/code", &[("q", "repo:acme/rocket x")]).unwrap().budget, Budget::CodeSearch);
        let open = find("/search/issues", &[("q", "is:open")]).unwrap();
        assert_eq!((open.repository, open.query.get("q")), (None, Some("is:open is:public")));
        assert_eq!(find("/search/code", &[("q", "is:open")]), None);
    }
}
