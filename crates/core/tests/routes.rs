//! The route table holds against GitHub's own description of its API, as npm's `@octokit/openapi`
//! carries it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use octopool_core::relay::{Gate, ROUTES, Redirect, RelayPath, RelayQuery, Route, RouteRow, find_route};
use serde_json::Value;

const DESCRIPTION: &str = "../../node_modules/@octokit/openapi/generated/api.github.com.json";

/// Rows whose path GitHub describes under another name, or not at all, and why.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("/repos/{owner}/{repo}/contents", "/repos/{owner}/{repo}/contents/{path}", "with an empty path"),
    (
        "/repos/{owner}/{repo}/git/matching-refs/",
        "/repos/{owner}/{repo}/git/matching-refs/{ref}",
        "with an empty ref",
    ),
    ("/repos/{owner}/{repo}/tarball", "/repos/{owner}/{repo}/tarball/{ref}", "with an empty ref"),
    ("/repos/{owner}/{repo}/zipball", "/repos/{owner}/{repo}/zipball/{ref}", "with an empty ref"),
    (
        "/repos/{owner}/{repo}/actions/artifacts/{number}/zip",
        "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}",
        "`zip` is the only format",
    ),
    (
        "/repos/{owner}/{repo}/stats/{metric}",
        "/repos/{owner}/{repo}/stats/contributors",
        "one row for five addresses that take the same",
    ),
    (
        "/repos/{owner}/{repo}/statuses/{sha}",
        "/repos/{owner}/{repo}/commits/{ref}/statuses",
        "described for writing only; the documentation of this one names it as the older address",
    ),
    (
        "/repos/{owner}/{repo}/branches/{ref*}/protection/{rest*}",
        "/repos/{owner}/{repo}/branches/{branch}/protection/enforce_admins",
        "everything below is the caller's own business",
    ),
];

/// Parameters that GitHub describes and the relay drops on purpose.
const DROPPED: &[(&str, &str, &str)] = &[
    ("/search/issues", "advanced_search", "GitHub reads the advanced syntax without it"),
    (
        "/search/issues",
        "search_type",
        "a search by meaning does not promise to obey qualifiers such as `repo:`",
    ),
];

/// Rows whose last name may have slashes although the description does not say `x-multi-segment`,
/// or the other way round.
const SLASHES: &[(&str, &str)] = &[
    (
        "/repos/{owner}/{repo}/labels/{label*}",
        "clients send the slash of `kind/bug` as it is; GitHub gets it escaped",
    ),
    ("/repos/{owner}/{repo}/rulesets/{rest*}", "everything below is the caller's own business"),
    (
        "/repos/{owner}/{repo}/branches/{ref*}/protection/{rest*}",
        "everything below is the caller's own business",
    ),
    ("/repos/{owner}/{repo}/statuses/{sha}", "takes a digest only"),
];

fn description() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DESCRIPTION);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("npm ci first: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// The path with all names the same: GitHub's names are not ours.
fn nameless(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

struct Operation {
    parameters: BTreeSet<String>,
    multi_segment: bool,
}

/// What is described for reading, by nameless path.
fn operations(description: &Value) -> BTreeMap<String, Operation> {
    let resolve = |parameter: &Value| match parameter["$ref"].as_str() {
        Some(reference) => description.pointer(&reference[1..]).unwrap().clone(),
        None => parameter.clone(),
    };
    let paths = description["paths"].as_object().unwrap();
    let reads = paths.iter().filter(|(path, item)| item["get"].is_object() && !path.contains("..."));
    let operations = reads.map(|(path, item)| {
        let lists = [&item["parameters"], &item["get"]["parameters"]];
        let all: Vec<_> = lists.iter().filter_map(|list| list.as_array()).flatten().map(resolve).collect();
        let of = |place: &'static str| all.iter().filter(move |parameter| parameter["in"] == place);
        let name = |parameter: &Value| parameter["name"].as_str().unwrap().to_owned();
        let operation = Operation {
            parameters: of("query").map(name).collect(),
            multi_segment: of("path").any(|parameter| parameter["x-multi-segment"] == true),
        };
        (nameless(path), operation)
    });
    operations.collect()
}

fn operation<'a>(operations: &'a BTreeMap<String, Operation>, row: &RouteRow) -> &'a Operation {
    let elsewhere = ELSEWHERE.iter().find(|(pattern, ..)| *pattern == row.pattern);
    let path = elsewhere.map_or(row.pattern, |(_, path, _)| path);
    operations.get(&nameless(path)).unwrap_or_else(|| panic!("GitHub does not describe {}", row.pattern))
}

#[test]
fn every_route_is_described_and_takes_what_is_described() {
    let description = description();
    let operations = operations(&description);
    for row in ROUTES.iter().filter(|row| row.is_served()) {
        let dropped: BTreeSet<_> = DROPPED
            .iter()
            .filter(|(pattern, ..)| *pattern == row.pattern)
            .map(|(_, name, _)| *name)
            .collect();
        let described: BTreeSet<_> =
            operation(&operations, row).parameters.iter().map(String::as_str).collect();
        assert!(dropped.is_subset(&described), "{}: GitHub no longer describes {dropped:?}", row.pattern);
        let wanted: Vec<_> = described.difference(&dropped).copied().collect();
        assert_eq!(row.parameters, wanted, "{}", row.pattern);
    }
}

#[test]
fn what_may_have_slashes_is_what_the_description_says() {
    let description = description();
    let operations = operations(&description);
    for row in ROUTES {
        let ours = row.pattern.contains("*}");
        let empty =
            ["tarball", "zipball", "contents", "matching-refs/"].iter().any(|end| row.pattern.ends_with(end));
        if empty || SLASHES.iter().any(|(pattern, _)| *pattern == row.pattern) {
            continue;
        }
        assert_eq!(ours, operation(&operations, row).multi_segment, "{}", row.pattern);
    }
}

#[test]
fn the_exceptions_are_about_rows_that_exist() {
    let named =
        ELSEWHERE.iter().map(|(pattern, ..)| *pattern).chain(SLASHES.iter().map(|(pattern, _)| *pattern));
    for pattern in named.chain(DROPPED.iter().map(|(pattern, ..)| *pattern)) {
        assert!(ROUTES.iter().any(|row| row.pattern == pattern), "no row {pattern}");
    }
}

/// Every form of the contract's "Route list" (section 6), in its order. Below a repository unless
/// it begins with a slash.
#[rustfmt::skip]
const CONTRACT: &[&str] = &[
    "/users/mona", "/users/mona/repos", "/users/mona/orgs", "/users/mona/gists", "/users/mona/followers",
    "/users/mona/following", "/users/mona/events", "/users/mona/received_events", "/users/mona/keys",
    "/users/mona/gpg_keys", "/orgs/acme/repos", "/orgs/acme/events", "/orgs/acme/public_members",
    "/orgs/acme/public_members/mona", "/gists/aa5a315d61ae9438b18d", "/emojis", "/meta", "/licenses",
    "/licenses/mit", "/gitignore/templates", "/gitignore/templates/Rust", "/rate_limit", "/repos/acme/rocket",
    "languages", "contributors", "license", "topics", "community/profile", "forks", "stargazers", "subscribers",
    "deployments", "events", "stats/contributors", "stats/commit_activity", "stats/code_frequency",
    "stats/participation", "stats/punch_card", "contents", "contents/docs/a.md", "readme", "readme/docs",
    "tarball/main", "zipball/main", "tarball", "zipball", "commits", "commits/main", "commits/main/comments",
    "commits/main/pulls", "commits/main/branches-where-head", "commits/main/statuses",
    "commits/main/check-runs", "commits/main/check-suites", "commits/main/status", "comments/7",
    "compare/main...next", "statuses/0123456789abcdef0123456789abcdef01234567", "pulls", "pulls/7", "pulls/7/files",
    "pulls/7/commits", "pulls/7/comments", "pulls/7/reviews", "pulls/7/reviews/8", "pulls/7/reviews/8/comments",
    "pulls/7/requested_reviewers", "pulls/comments", "pulls/comments/9", "pulls/comments/9/reactions", "issues",
    "issues/7", "issues/7/comments", "issues/7/events", "issues/7/labels", "issues/7/reactions",
    "issues/7/timeline", "issues/comments", "issues/comments/9", "issues/comments/9/reactions", "issues/events",
    "issues/events/9", "assignees", "assignees/mona", "labels", "labels/bug", "milestones", "milestones/1",
    "actions/runs", "actions/runs/5", "actions/runs/5/attempts/2", "actions/runs/5/attempts/2/jobs",
    "actions/runs/5/attempts/2/logs", "actions/runs/5/jobs", "actions/runs/5/artifacts", "actions/runs/5/logs",
    "actions/artifacts", "actions/artifacts/6", "actions/artifacts/6/zip", "actions/jobs/7",
    "actions/jobs/7/logs", "actions/workflows", "actions/workflows/ci.yml", "actions/workflows/ci.yml/runs",
    "check-runs/8", "check-runs/8/annotations", "branches", "branches/main", "tags",
    "git/blobs/0123456789abcdef0123456789abcdef01234567", "git/commits/0123456789abcdef0123456789abcdef01234567",
    "git/tags/0123456789abcdef0123456789abcdef01234567", "git/trees/0123456789abcdef0123456789abcdef01234567",
    "git/ref/heads/main", "git/matching-refs", "git/matching-refs/heads/ma", "releases", "releases/latest", "releases/tags/v1",
    "releases/3", "releases/3/assets", "releases/assets/4",
];

fn find(form: &str, query: &[(&str, &str)]) -> Option<Route> {
    let path = if form.starts_with('/') { form.to_owned() } else { format!("/repos/acme/rocket/{form}") };
    let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    find_route(&RelayPath::parse(&path).unwrap(), &RelayQuery::parse(query).unwrap())
}

#[test]
fn every_form_of_the_contract_is_served() {
    for form in CONTRACT {
        let route = find(form, &[]).unwrap_or_else(|| panic!("{form} is not served"));
        let below = form.starts_with("/repos/") || !form.starts_with('/');
        assert_eq!(route.repository.is_some(), below, "{form}");
        let logs = form.ends_with("/logs") || form.ends_with("/zip");
        let gate = match *form {
            "/rate_limit" => Gate::Pool,
            _ if logs => Gate::Logs,
            _ => Gate::Open,
        };
        assert_eq!(route.gate, gate, "{form}");
        let archive = form.starts_with("tarball") || form.starts_with("zipball");
        let redirect = match *form {
            "actions/jobs/7/logs" => Redirect::FollowLog,
            "releases/assets/4" => Redirect::PassOn,
            _ if logs || archive => Redirect::PassOn,
            _ => Redirect::None,
        };
        assert_eq!(route.redirect, redirect, "{form}");
    }
    for kind in ["issues", "code", "commits", "repositories"] {
        let q = if kind == "repositories" { "rocket" } else { "repo:acme/rocket x" };
        let route = find(&format!("/search/{kind}"), &[("q", q)]).unwrap();
        assert_eq!(route.gate, Gate::Search, "{kind}");
    }
    for form in ["branches/main/protection", "rulesets", "rulesets/1", "rules/branches/main"] {
        assert_eq!(find(form, &[]).unwrap().gate, Gate::Local, "{form}");
    }
}

#[test]
fn the_contract_lists_every_row() {
    let served = ROUTES.iter().filter(|row| row.is_served() && row.gate != Gate::Search).count();
    // The five statistics are one row.
    assert_eq!(CONTRACT.len() - 4, served, "a new row needs its form in the list above");
}
