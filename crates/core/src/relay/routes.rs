//! Every read that the relay serves (contract, section 6, "Route list"). Anything that is not here
//! is not served.
//!
//! This table is the one place where a route is described: what it is called, its path, how fast
//! its answer ages, what its body may hold, what the policy has to allow, the budget that GitHub
//! counts it against, the parameters it takes, the media types it answers, and what happens to a
//! redirect. A test holds its paths and parameters against GitHub's own description
//! (`crates/core/tests/routes.rs`).

use super::freshness::Freshness;
use super::hygiene::Holds;
use super::media::Media;
use super::quota::Budget;
use super::route_row::{Gate, Narrow, Redirect, RouteRow, row};
use super::search::Unbound;

/// No parameters.
const NONE: &[&str] = &[];
/// Pages of a list.
const PAGES: &[&str] = &["page", "per_page"];
/// Pages of what changed since a time.
const PAGES_SINCE: &[&str] = &["page", "per_page", "since"];
/// The branch, tag or commit to read from.
const REF: &[&str] = &["ref"];
/// Lists of repositories.
const REPOSITORIES: &[&str] = &["direction", "page", "per_page", "sort", "type"];
/// Lists of comments.
const COMMENTS: &[&str] = &["direction", "page", "per_page", "since", "sort"];
/// Lists of reactions.
const REACTIONS: &[&str] = &["content", "page", "per_page"];
/// Lists of workflow runs.
const RUNS: &[&str] = &[
    "actor",
    "branch",
    "check_suite_id",
    "created",
    "event",
    "exclude_pull_requests",
    "head_sha",
    "page",
    "per_page",
    "status",
];
/// One workflow run.
const RUN: &[&str] = &["exclude_pull_requests"];
/// Searches.
const SEARCH: &[&str] = &["order", "page", "per_page", "q", "sort"];

/// Texts that people wrote, rendered or not.
const TEXTS: &[Media] = &[Media::BodyText, Media::BodyHtml, Media::BodyFull];
/// A pull request, its texts and its changes.
const PULL: &[Media] = &[Media::BodyText, Media::BodyHtml, Media::BodyFull, Media::Diff, Media::Patch];
/// A commit, its changes and its digest.
const COMMIT: &[Media] = &[Media::Diff, Media::Patch, Media::Sha];
/// A file or a folder.
const FILE: &[Media] = &[Media::Raw, Media::Html, Media::Object];

/// The table.
#[rustfmt::skip] // one route a line
pub const ROUTES: &[RouteRow] = &[
    row("user_view", "/users/{login}", Freshness::Reference, Holds::Account, NONE),
    row("user_repos", "/users/{login}/repos", Freshness::Reference, Holds::Repositories, REPOSITORIES),
    row("user_profile_lists", "/users/{login}/orgs", Freshness::Reference, Holds::Accounts, PAGES),
    row("user_gists", "/users/{login}/gists", Freshness::Reference, Holds::Gists, PAGES_SINCE),
    row("user_profile_lists", "/users/{login}/followers", Freshness::Reference, Holds::Accounts, PAGES),
    row("user_profile_lists", "/users/{login}/following", Freshness::Reference, Holds::Accounts, PAGES),
    row("user_events", "/users/{login}/events", Freshness::Discussion, Holds::Events, PAGES),
    row("user_events", "/users/{login}/received_events", Freshness::Discussion, Holds::Events, PAGES),
    row("user_keys", "/users/{login}/keys", Freshness::Reference, Holds::Facts, PAGES),
    row("user_keys", "/users/{login}/gpg_keys", Freshness::Reference, Holds::Facts, PAGES),
    row("org_repos", "/orgs/{login}/repos", Freshness::Reference, Holds::Repositories, REPOSITORIES).narrow(Narrow::PublicType),
    row("org_events", "/orgs/{login}/events", Freshness::Discussion, Holds::Events, PAGES),
    row("org_members", "/orgs/{login}/public_members", Freshness::Reference, Holds::Accounts, PAGES),
    row("org_members", "/orgs/{login}/public_members/{login}", Freshness::Reference, Holds::Accounts, NONE),
    row("gist_view", "/gists/{sha}", Freshness::Discussion, Holds::Gist, NONE),
    row("emojis", "/emojis", Freshness::Reference, Holds::Names, NONE),
    row("meta", "/meta", Freshness::Reference, Holds::Facts, NONE),
    row("licenses", "/licenses", Freshness::Reference, Holds::Facts, &["featured", "page", "per_page"]),
    row("licenses", "/licenses/{name}", Freshness::Reference, Holds::Facts, NONE),
    row("gitignore_templates", "/gitignore/templates", Freshness::Reference, Holds::Facts, NONE),
    row("gitignore_templates", "/gitignore/templates/{name}", Freshness::Reference, Holds::Facts, NONE).media(&[Media::Raw]),
    row("rate_limit", "/rate_limit", Freshness::Never, Holds::Facts, NONE).gate(Gate::Pool),
    row("repo_view", "/repos/{owner}/{repo}", Freshness::Repository, Holds::Repository, NONE),
    row("repo_metadata", "/repos/{owner}/{repo}/languages", Freshness::Reference, Holds::Names, NONE),
    row("repo_metadata", "/repos/{owner}/{repo}/contributors", Freshness::Reference, Holds::Accounts, &["anon", "page", "per_page"]),
    row("repo_metadata", "/repos/{owner}/{repo}/license", Freshness::Reference, Holds::Facts, REF).media(&[Media::Raw, Media::Html]),
    row("repo_metadata", "/repos/{owner}/{repo}/topics", Freshness::Reference, Holds::Facts, PAGES),
    row("repo_metadata", "/repos/{owner}/{repo}/community/profile", Freshness::Reference, Holds::Facts, NONE),
    row("repo_lists", "/repos/{owner}/{repo}/forks", Freshness::Discussion, Holds::Repositories, &["page", "per_page", "sort"]),
    row("repo_lists", "/repos/{owner}/{repo}/stargazers", Freshness::Discussion, Holds::Accounts, PAGES).media(&[Media::Star]),
    row("repo_lists", "/repos/{owner}/{repo}/subscribers", Freshness::Discussion, Holds::Accounts, PAGES),
    row("repo_lists", "/repos/{owner}/{repo}/deployments", Freshness::Discussion, Holds::Deployments, &["environment", "page", "per_page", "ref", "sha", "task"]),
    row("repo_lists", "/repos/{owner}/{repo}/events", Freshness::Discussion, Holds::Events, PAGES),
    row("repo_stats", "/repos/{owner}/{repo}/stats/{metric}", Freshness::Statistics, Holds::Accounts, NONE),
    row("contents", "/repos/{owner}/{repo}/contents", Freshness::Tree, Holds::Facts, REF).media(FILE),
    row("contents", "/repos/{owner}/{repo}/contents/{path*}", Freshness::Tree, Holds::Facts, REF).media(FILE),
    row("readme", "/repos/{owner}/{repo}/readme", Freshness::Tree, Holds::Facts, REF).media(&[Media::Raw, Media::Html]),
    row("readme", "/repos/{owner}/{repo}/readme/{path*}", Freshness::Tree, Holds::Facts, REF).media(&[Media::Raw, Media::Html]),
    row("archive", "/repos/{owner}/{repo}/tarball", Freshness::Never, Holds::Bytes, NONE).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("archive", "/repos/{owner}/{repo}/tarball/{ref*}", Freshness::Never, Holds::Bytes, NONE).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("archive", "/repos/{owner}/{repo}/zipball", Freshness::Never, Holds::Bytes, NONE).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("archive", "/repos/{owner}/{repo}/zipball/{ref*}", Freshness::Never, Holds::Bytes, NONE).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("commit_list", "/repos/{owner}/{repo}/commits", Freshness::Discussion, Holds::Commits, &["author", "committer", "page", "path", "per_page", "sha", "since", "until"]),
    row("commit_view", "/repos/{owner}/{repo}/commits/{ref*}", Freshness::Commit, Holds::Commits, PAGES).media(COMMIT),
    row("commit_comments", "/repos/{owner}/{repo}/commits/{ref*}/comments", Freshness::Discussion, Holds::Discussion, PAGES).media(TEXTS),
    row("commit_comments", "/repos/{owner}/{repo}/comments/{number}", Freshness::Discussion, Holds::Discussion, NONE).media(TEXTS),
    row("commit_pulls", "/repos/{owner}/{repo}/commits/{ref*}/pulls", Freshness::List, Holds::Pulls, PAGES),
    row("commit_branches", "/repos/{owner}/{repo}/commits/{ref*}/branches-where-head", Freshness::Ref, Holds::Facts, NONE),
    row("commit_status", "/repos/{owner}/{repo}/commits/{ref*}/status", Freshness::Runs, Holds::Statuses, PAGES),
    row("commit_status", "/repos/{owner}/{repo}/commits/{ref*}/statuses", Freshness::Runs, Holds::Statuses, PAGES),
    row("commit_status", "/repos/{owner}/{repo}/statuses/{sha}", Freshness::Runs, Holds::Statuses, PAGES),
    row("commit_checks", "/repos/{owner}/{repo}/commits/{ref*}/check-runs", Freshness::Runs, Holds::Checks, &["app_id", "check_name", "filter", "page", "per_page", "status"]),
    row("commit_checks", "/repos/{owner}/{repo}/commits/{ref*}/check-suites", Freshness::Runs, Holds::Checks, &["app_id", "check_name", "page", "per_page"]),
    row("check_view", "/repos/{owner}/{repo}/check-runs/{number}", Freshness::Run, Holds::Checks, NONE),
    row("check_annotations", "/repos/{owner}/{repo}/check-runs/{number}/annotations", Freshness::Runs, Holds::Facts, PAGES),
    row("compare", "/repos/{owner}/{repo}/compare/{ref*}", Freshness::Discussion, Holds::Commits, PAGES).media(&[Media::Diff, Media::Patch]),
    row("pr_list", "/repos/{owner}/{repo}/pulls", Freshness::List, Holds::Pulls, &["base", "direction", "head", "page", "per_page", "sort", "state"]).media(TEXTS),
    row("pr_view", "/repos/{owner}/{repo}/pulls/{number}", Freshness::Pull, Holds::Pulls, NONE).media(PULL),
    row("pr_files", "/repos/{owner}/{repo}/pulls/{number}/files", Freshness::Discussion, Holds::Facts, PAGES),
    row("pr_commits", "/repos/{owner}/{repo}/pulls/{number}/commits", Freshness::Discussion, Holds::Commits, PAGES),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/{number}/comments", Freshness::Discussion, Holds::Discussion, COMMENTS).media(TEXTS),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/comments", Freshness::Discussion, Holds::Discussion, COMMENTS).media(TEXTS),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/comments/{number}", Freshness::Discussion, Holds::Discussion, NONE).media(TEXTS),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/comments/{number}/reactions", Freshness::Discussion, Holds::Discussion, REACTIONS),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/reviews", Freshness::Discussion, Holds::Reviews, PAGES).media(TEXTS),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/reviews/{number}", Freshness::Discussion, Holds::Reviews, NONE).media(TEXTS),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/reviews/{number}/comments", Freshness::Discussion, Holds::ReviewComments, PAGES).media(TEXTS),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers", Freshness::Discussion, Holds::Accounts, NONE),
    row("issue_list", "/repos/{owner}/{repo}/issues", Freshness::List, Holds::Issues, &["assignee", "creator", "direction", "issue_field_values", "labels", "mentioned", "milestone", "page", "per_page", "since", "sort", "state", "type"]).media(TEXTS),
    row("issue_view", "/repos/{owner}/{repo}/issues/{number}", Freshness::Issue, Holds::Issues, NONE).media(TEXTS),
    row("issue_comments", "/repos/{owner}/{repo}/issues/{number}/comments", Freshness::Discussion, Holds::Discussion, PAGES_SINCE).media(TEXTS),
    row("issue_comments", "/repos/{owner}/{repo}/issues/comments", Freshness::Discussion, Holds::Discussion, COMMENTS).media(TEXTS),
    row("issue_comments", "/repos/{owner}/{repo}/issues/comments/{number}", Freshness::Discussion, Holds::Discussion, NONE).media(TEXTS),
    row("issue_comments", "/repos/{owner}/{repo}/issues/comments/{number}/reactions", Freshness::Discussion, Holds::Discussion, REACTIONS),
    row("issue_events", "/repos/{owner}/{repo}/issues/{number}/events", Freshness::Discussion, Holds::IssueEvents, PAGES),
    row("issue_events", "/repos/{owner}/{repo}/issues/events", Freshness::Discussion, Holds::IssueEvents, PAGES),
    row("issue_events", "/repos/{owner}/{repo}/issues/events/{number}", Freshness::Discussion, Holds::IssueEvents, NONE),
    row("issue_events", "/repos/{owner}/{repo}/issues/{number}/timeline", Freshness::Discussion, Holds::IssueEvents, &["exclude", "page", "per_page"]),
    row("issue_labels", "/repos/{owner}/{repo}/issues/{number}/labels", Freshness::Discussion, Holds::Facts, PAGES),
    row("issue_labels", "/repos/{owner}/{repo}/issues/{number}/reactions", Freshness::Discussion, Holds::Facts, REACTIONS),
    row("assignees", "/repos/{owner}/{repo}/assignees", Freshness::Discussion, Holds::Accounts, PAGES),
    row("assignees", "/repos/{owner}/{repo}/assignees/{login}", Freshness::Discussion, Holds::Accounts, NONE),
    row("labels", "/repos/{owner}/{repo}/labels", Freshness::Discussion, Holds::Facts, PAGES),
    row("labels", "/repos/{owner}/{repo}/labels/{label*}", Freshness::Discussion, Holds::Facts, NONE),
    row("milestones", "/repos/{owner}/{repo}/milestones", Freshness::Discussion, Holds::Facts, &["direction", "page", "per_page", "sort", "state"]),
    row("milestones", "/repos/{owner}/{repo}/milestones/{number}", Freshness::Discussion, Holds::Facts, NONE),
    row("run_list", "/repos/{owner}/{repo}/actions/runs", Freshness::Runs, Holds::Runs, RUNS),
    row("run_view", "/repos/{owner}/{repo}/actions/runs/{number}", Freshness::Run, Holds::Runs, RUN),
    row("run_view", "/repos/{owner}/{repo}/actions/runs/{number}/attempts/{number}", Freshness::Run, Holds::Runs, RUN),
    row("run_jobs", "/repos/{owner}/{repo}/actions/runs/{number}/jobs", Freshness::Runs, Holds::Runs, &["filter", "page", "per_page"]),
    row("run_jobs", "/repos/{owner}/{repo}/actions/runs/{number}/attempts/{number}/jobs", Freshness::Runs, Holds::Runs, PAGES),
    row("run_artifacts", "/repos/{owner}/{repo}/actions/runs/{number}/artifacts", Freshness::Runs, Holds::Runs, &["direction", "name", "page", "per_page"]),
    row("run_artifacts", "/repos/{owner}/{repo}/actions/artifacts", Freshness::Runs, Holds::Runs, &["name", "page", "per_page"]),
    row("run_artifacts", "/repos/{owner}/{repo}/actions/artifacts/{number}", Freshness::Run, Holds::Runs, NONE),
    row("artifact_archive", "/repos/{owner}/{repo}/actions/artifacts/{number}/zip", Freshness::Never, Holds::Bytes, NONE).gate(Gate::Logs).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("run_logs", "/repos/{owner}/{repo}/actions/runs/{number}/logs", Freshness::Never, Holds::Bytes, NONE).gate(Gate::Logs).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("run_logs", "/repos/{owner}/{repo}/actions/runs/{number}/attempts/{number}/logs", Freshness::Never, Holds::Bytes, NONE).gate(Gate::Logs).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("job_view", "/repos/{owner}/{repo}/actions/jobs/{number}", Freshness::Run, Holds::Runs, NONE),
    row("job_logs", "/repos/{owner}/{repo}/actions/jobs/{number}/logs", Freshness::Never, Holds::Bytes, NONE).gate(Gate::Logs).media(&[Media::Bytes]).redirect(Redirect::FollowLog),
    row("workflows", "/repos/{owner}/{repo}/actions/workflows", Freshness::Discussion, Holds::Facts, PAGES),
    row("workflows", "/repos/{owner}/{repo}/actions/workflows/{name}", Freshness::Discussion, Holds::Facts, NONE),
    row("run_list", "/repos/{owner}/{repo}/actions/workflows/{name}/runs", Freshness::Runs, Holds::Runs, RUNS),
    row("branch_list", "/repos/{owner}/{repo}/branches", Freshness::Ref, Holds::Facts, &["page", "per_page", "protected"]),
    row("branch_protection", "/repos/{owner}/{repo}/branches/{ref*}/protection", Freshness::Never, Holds::Nothing, NONE).gate(Gate::Local),
    row("branch_protection", "/repos/{owner}/{repo}/branches/{ref*}/protection/{rest*}", Freshness::Never, Holds::Nothing, NONE).gate(Gate::Local),
    row("branch_view", "/repos/{owner}/{repo}/branches/{ref*}", Freshness::Ref, Holds::Commits, NONE),
    row("tags", "/repos/{owner}/{repo}/tags", Freshness::Reference, Holds::Facts, PAGES),
    row("git_object", "/repos/{owner}/{repo}/git/blobs/{sha}", Freshness::Object, Holds::Facts, NONE).media(&[Media::Raw]),
    row("git_object", "/repos/{owner}/{repo}/git/commits/{ref*}", Freshness::Object, Holds::Facts, NONE),
    row("git_object", "/repos/{owner}/{repo}/git/tags/{sha}", Freshness::Object, Holds::Facts, NONE),
    row("git_object", "/repos/{owner}/{repo}/git/trees/{ref*}", Freshness::Object, Holds::Facts, &["recursive"]),
    row("git_ref", "/repos/{owner}/{repo}/git/ref/{ref*}", Freshness::Ref, Holds::Facts, NONE),
    row("git_ref", "/repos/{owner}/{repo}/git/matching-refs/", Freshness::Ref, Holds::Facts, NONE),
    row("git_ref", "/repos/{owner}/{repo}/git/matching-refs/{prefix*}", Freshness::Ref, Holds::Facts, NONE),
    row("release_list", "/repos/{owner}/{repo}/releases", Freshness::Discussion, Holds::Releases, PAGES).media(TEXTS),
    row("release_view", "/repos/{owner}/{repo}/releases/latest", Freshness::Discussion, Holds::Releases, NONE).media(TEXTS),
    row("release_view", "/repos/{owner}/{repo}/releases/tags/{ref*}", Freshness::Reference, Holds::Releases, NONE).media(TEXTS),
    row("release_view", "/repos/{owner}/{repo}/releases/{number}", Freshness::Reference, Holds::Releases, NONE).media(TEXTS),
    row("release_assets", "/repos/{owner}/{repo}/releases/{number}/assets", Freshness::Discussion, Holds::Assets, PAGES),
    row("release_assets", "/repos/{owner}/{repo}/releases/assets/{number}", Freshness::Reference, Holds::Assets, NONE).media(&[Media::Bytes]).redirect(Redirect::PassOn),
    row("search_issues", "/search/issues", Freshness::Search, Holds::Issues, SEARCH).media(&[Media::TextMatch]).gate(Gate::Search).budget(Budget::Search).narrow(Narrow::Search(Unbound::Public)),
    row("search_code", "/search/code", Freshness::Search, Holds::Code, SEARCH).media(&[Media::TextMatch]).gate(Gate::Search).budget(Budget::CodeSearch).narrow(Narrow::Search(Unbound::Refused)),
    row("search_commits", "/search/commits", Freshness::Search, Holds::Commits, SEARCH).media(&[Media::TextMatch]).gate(Gate::Search).budget(Budget::Search).narrow(Narrow::Search(Unbound::Refused)),
    row("search_repositories", "/search/repositories", Freshness::Search, Holds::Repositories, SEARCH).media(&[Media::TextMatch]).gate(Gate::Search).budget(Budget::Search).narrow(Narrow::Search(Unbound::Public)),
    row("rulesets", "/repos/{owner}/{repo}/rulesets", Freshness::Never, Holds::Nothing, NONE).gate(Gate::Local),
    row("rulesets", "/repos/{owner}/{repo}/rulesets/{rest*}", Freshness::Never, Holds::Nothing, NONE).gate(Gate::Local),
    row("rulesets", "/repos/{owner}/{repo}/rules/branches/{ref*}", Freshness::Never, Holds::Nothing, NONE).gate(Gate::Local),
];
