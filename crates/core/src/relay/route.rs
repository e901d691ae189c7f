//! What a path asks for.

use super::freshness::Freshness;
use super::hygiene::Holds;
use super::media::Media;
use super::path::{RelayPath, RelayQuery};
use super::quota::Budget;
use super::routes::{ROUTES, RouteRow};
use super::search;
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

/// What a read is about and which rules hold for it.
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
    /// What GitHub is asked for in place of a parameter of the caller's, so that it does not count what only the identity sees.
    pub instead: Option<(&'static str, String)>,
}

/// Finds what a path and its query ask for; `None` for what the relay does not serve.
pub fn find_route(path: &RelayPath, query: &RelayQuery) -> Option<Route> {
    let segments: Vec<_> = path.segments().collect();
    let pattern = find_row(&segments)?;
    let instead = match pattern.kind {
        "search_repositories" => Some(("q", format!("{} is:public", query.get("q")?))),
        // Every other type can have private ones among them, which the number of pages would tell.
        "org_repos" => match query.get("type") {
            None if query.has("type") => return None,
            None | Some("all" | "public") => Some(("type", "public".to_owned())),
            Some(_) => return None,
        },
        _ => None,
    };
    let repository = match (pattern.gate, segments.as_slice()) {
        (Gate::Search, _) if pattern.kind == "search_repositories" => {
            if !search::is_plain(query) {
                return None;
            }
            None
        }
        (Gate::Search, _) => Some(search::bound_repository(query)?),
        (_, ["repos", owner, name, ..]) => {
            Some(Repository { owner: (*owner).to_owned(), name: (*name).to_owned() })
        }
        _ => None,
    };
    Some(Route {
        kind: pattern.kind,
        gate: pattern.gate,
        freshness: freshness(pattern, &segments, query),
        budget: pattern.budget,
        holds: pattern.holds,
        media: pattern.media,
        redirect: pattern.redirect,
        repository,
        instead,
    })
}

/// The row of a path. Refs may have slashes, so `commits/a/status` fits `commits/{ref*}` too: the row with the most literal
/// segments counts, which is how GitHub reads it.
fn find_row(segments: &[&str]) -> Option<&'static RouteRow> {
    let literals = |row: &RouteRow| row.pattern.split('/').filter(|part| !part.starts_with('{')).count();
    let fitting = ROUTES.iter().filter(|row| matches(row.pattern, segments));
    // The first of several is kept.
    fitting.reduce(|best, row| if literals(row) > literals(best) { row } else { best })
}

/// Whether the segments are what the pattern says.
fn matches(pattern: &str, segments: &[&str]) -> bool {
    let expected: Vec<_> = pattern[1..].split('/').collect();
    matches_all(&expected, segments)
}

fn matches_all(expected: &[&str], segments: &[&str]) -> bool {
    match (expected, segments) {
        ([], []) => true,
        ([one, rest @ ..], [first, more @ ..]) if one.ends_with("*}") => {
            // An empty segment would be another path to a reader that drops it.
            !first.is_empty() && (matches_all(rest, more) || matches_all(expected, more))
        }
        ([one, rest @ ..], [first, more @ ..]) => fits(one, first) && matches_all(rest, more),
        _ => false,
    }
}

fn fits(expected: &str, segment: &str) -> bool {
    let Some(variable) = expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        return expected == segment;
    };
    match variable {
        "login" => AccountLogin::from_github(segment.trim_end_matches("%5Bbot%5D")).is_some(),
        "owner" => AccountLogin::from_github(segment).is_some(),
        "repo" => RepoName::parse(segment).is_ok(),
        "number" => (1..=19).contains(&segment.len()) && segment.bytes().all(|byte| byte.is_ascii_digit()),
        "sha" => is_hex(segment),
        "metric" => STATISTICS.contains(&segment),
        _ => !segment.is_empty(),
    }
}

/// The statistics of a repository (<https://docs.github.com/en/rest/metrics/statistics>).
const STATISTICS: [&str; 5] =
    ["contributors", "commit_activity", "code_frequency", "participation", "punch_card"];

fn is_hex(text: &str) -> bool {
    (4..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A whole digest of Git: SHA-1 or SHA-256. Shorter ones, and names that look like one, can come to mean another commit.
fn is_digest(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn freshness(pattern: &RouteRow, segments: &[&str], query: &RelayQuery) -> Freshness {
    let by_digest = match pattern.kind {
        "contents" | "readme" => query.get("ref").is_some_and(is_digest),
        "commit_view" | "git_object" => segments.last().is_some_and(|segment| is_digest(segment)),
        _ => false,
    };
    if by_digest { Freshness::Immutable } else { pattern.freshness }
}

#[cfg(test)]
mod tests {
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
        ] {
            assert_eq!(find(path, &[]).map(|route| route.kind), Some(kind), "{path}");
        }
        for path in [
            "/",
            "/user/repos",
            "/repos/acme",
            "/repos/acme/rocket/",
            "/repos//rocket",
            "/repos/acme/rocket/pulls/x",
            "/repos/acme/rocket/pulls/7/merge",
            "/repos/acme/rocket/stats/x",
            "/repos/acme/rocket/contents/",
            "/repos/acme/rocket/contents/a//b",
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
            ("/repos/a/b/contents/x".to_owned(), vec![("ref", sha)], true),
            ("/repos/a/b/contents/x".to_owned(), vec![("ref", "main")], false),
        ] {
            let class = find(&path, &query).unwrap().freshness;
            assert_eq!(class == Freshness::Immutable, immutable, "{path} {query:?}");
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
        assert_eq!(find("/search/issues", &[("q", "is:open")]), None);
    }
}
