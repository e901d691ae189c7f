//! Every read that the relay serves (contract, section 6, "Route list"). Anything that is not here is not served.
//!
//! This table is the one place where a route is described: what it is called, its path, how fast its answer ages, what its body may hold, what
//! the policy has to allow, the budget that GitHub counts it against, and the media types it answers.

use super::freshness::Freshness;
use super::hygiene::Holds;
use super::media::Media;
use super::quota::Budget;
use super::route::Gate;

/// One route, and all the rules that hold for it.
#[derive(Clone, Copy, Debug)]
pub struct RouteRow {
    /// Its name in statistics and answers; several paths share one.
    pub kind: &'static str,
    /// The path. `{owner}`, `{repo}`, `{login}`, `{number}`, `{sha}` and `{metric}` are checked for what they name, other names stand for any
    /// one segment, and `{*}` for one or more.
    pub pattern: &'static str,
    /// How fast the answer ages.
    pub freshness: Freshness,
    /// What the body may hold, and so what is taken out of it.
    pub holds: Holds,
    /// What the policy has to allow.
    pub gate: Gate,
    /// The budget that GitHub counts it against.
    pub budget: Budget,
    /// What it answers beside JSON, if it is asked for.
    pub media: &'static [Media],
}

/// A route without a gate that counts against `core` and answers JSON only.
const fn row(kind: &'static str, pattern: &'static str, freshness: Freshness, holds: Holds) -> RouteRow {
    RouteRow { kind, pattern, freshness, holds, gate: Gate::Open, budget: Budget::Core, media: &[] }
}

impl RouteRow {
    const fn gate(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }

    const fn budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    const fn media(self, media: &'static [Media]) -> Self {
        Self { media, ..self }
    }
}

/// The table.
#[rustfmt::skip] // one route a line
pub const ROUTES: &[RouteRow] = &[
    row("user_view", "/users/{login}", Freshness::Reference, Holds::Account),
    row("user_repos", "/users/{login}/repos", Freshness::Reference, Holds::Repositories),
    row("user_profile_lists", "/users/{login}/orgs", Freshness::Reference, Holds::Accounts),
    row("user_gists", "/users/{login}/gists", Freshness::Reference, Holds::Gists),
    row("user_profile_lists", "/users/{login}/followers", Freshness::Reference, Holds::Accounts),
    row("user_profile_lists", "/users/{login}/following", Freshness::Reference, Holds::Accounts),
    row("user_events", "/users/{login}/events", Freshness::Discussion, Holds::Events),
    row("user_events", "/users/{login}/received_events", Freshness::Discussion, Holds::Events),
    row("user_keys", "/users/{login}/keys", Freshness::Reference, Holds::Facts),
    row("user_keys", "/users/{login}/gpg_keys", Freshness::Reference, Holds::Facts),
    row("org_repos", "/orgs/{login}/repos", Freshness::Reference, Holds::Repositories),
    row("org_events", "/orgs/{login}/events", Freshness::Discussion, Holds::Events),
    row("org_members", "/orgs/{login}/public_members", Freshness::Reference, Holds::Accounts),
    row("org_members", "/orgs/{login}/public_members/{login}", Freshness::Reference, Holds::Accounts),
    row("gist_view", "/gists/{sha}", Freshness::Discussion, Holds::Gist),
    row("emojis", "/emojis", Freshness::Reference, Holds::Names),
    row("meta", "/meta", Freshness::Reference, Holds::Facts),
    row("licenses", "/licenses", Freshness::Reference, Holds::Facts),
    row("licenses", "/licenses/{name}", Freshness::Reference, Holds::Facts),
    row("gitignore_templates", "/gitignore/templates", Freshness::Reference, Holds::Facts),
    row("gitignore_templates", "/gitignore/templates/{name}", Freshness::Reference, Holds::Facts).media(&[Media::Raw]),
    row("rate_limit", "/rate_limit", Freshness::Never, Holds::Facts),
    row("repo_view", "/repos/{owner}/{repo}", Freshness::Repository, Holds::Repository),
    row("repo_metadata", "/repos/{owner}/{repo}/languages", Freshness::Reference, Holds::Names),
    row("repo_metadata", "/repos/{owner}/{repo}/contributors", Freshness::Reference, Holds::Accounts),
    row("repo_metadata", "/repos/{owner}/{repo}/license", Freshness::Reference, Holds::Facts).media(&[Media::Raw, Media::Html]),
    row("repo_metadata", "/repos/{owner}/{repo}/topics", Freshness::Reference, Holds::Facts),
    row("repo_metadata", "/repos/{owner}/{repo}/community/profile", Freshness::Reference, Holds::Facts),
    row("repo_lists", "/repos/{owner}/{repo}/forks", Freshness::Discussion, Holds::Repositories),
    row("repo_lists", "/repos/{owner}/{repo}/stargazers", Freshness::Discussion, Holds::Accounts),
    row("repo_lists", "/repos/{owner}/{repo}/subscribers", Freshness::Discussion, Holds::Accounts),
    row("repo_lists", "/repos/{owner}/{repo}/deployments", Freshness::Discussion, Holds::Deployments),
    row("repo_lists", "/repos/{owner}/{repo}/events", Freshness::Discussion, Holds::Events),
    row("repo_stats", "/repos/{owner}/{repo}/stats/{metric}", Freshness::Reference, Holds::Accounts),
    row("contents", "/repos/{owner}/{repo}/contents", Freshness::Reference, Holds::Facts).media(&[Media::Raw, Media::Html]),
    row("contents", "/repos/{owner}/{repo}/contents/{*}", Freshness::Reference, Holds::Facts).media(&[Media::Raw, Media::Html]),
    row("readme", "/repos/{owner}/{repo}/readme", Freshness::Reference, Holds::Facts).media(&[Media::Raw, Media::Html]),
    row("readme", "/repos/{owner}/{repo}/readme/{*}", Freshness::Reference, Holds::Facts).media(&[Media::Raw, Media::Html]),
    row("commit_list", "/repos/{owner}/{repo}/commits", Freshness::Discussion, Holds::Commits),
    row("commit_view", "/repos/{owner}/{repo}/commits/{ref}", Freshness::Discussion, Holds::Commits).media(&[Media::Diff, Media::Patch]),
    row("commit_comments", "/repos/{owner}/{repo}/commits/{ref}/comments", Freshness::Discussion, Holds::Discussion),
    row("commit_comments", "/repos/{owner}/{repo}/comments/{number}", Freshness::Discussion, Holds::Discussion),
    row("commit_pulls", "/repos/{owner}/{repo}/commits/{ref}/pulls", Freshness::List, Holds::Pulls),
    row("commit_branches", "/repos/{owner}/{repo}/commits/{ref}/branches-where-head", Freshness::Ref, Holds::Facts),
    row("commit_status", "/repos/{owner}/{repo}/commits/{ref}/status", Freshness::Run, Holds::Statuses),
    row("commit_status", "/repos/{owner}/{repo}/commits/{ref}/statuses", Freshness::Run, Holds::Statuses),
    row("commit_status", "/repos/{owner}/{repo}/statuses/{sha}", Freshness::Run, Holds::Statuses),
    row("commit_checks", "/repos/{owner}/{repo}/commits/{ref}/check-runs", Freshness::Run, Holds::Checks),
    row("commit_checks", "/repos/{owner}/{repo}/commits/{ref}/check-suites", Freshness::Run, Holds::Checks),
    row("check_annotations", "/repos/{owner}/{repo}/check-runs/{number}/annotations", Freshness::Run, Holds::Facts),
    row("compare", "/repos/{owner}/{repo}/compare/{*}", Freshness::Discussion, Holds::Commits).media(&[Media::Diff, Media::Patch]),
    row("pr_list", "/repos/{owner}/{repo}/pulls", Freshness::List, Holds::Pulls),
    row("pr_view", "/repos/{owner}/{repo}/pulls/{number}", Freshness::Pull, Holds::Pulls).media(&[Media::Diff, Media::Patch]),
    row("pr_files", "/repos/{owner}/{repo}/pulls/{number}/files", Freshness::Discussion, Holds::Facts),
    row("pr_commits", "/repos/{owner}/{repo}/pulls/{number}/commits", Freshness::Discussion, Holds::Commits),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/{number}/comments", Freshness::Discussion, Holds::Discussion),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/comments", Freshness::Discussion, Holds::Discussion),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/comments/{number}", Freshness::Discussion, Holds::Discussion),
    row("pr_comments", "/repos/{owner}/{repo}/pulls/comments/{number}/reactions", Freshness::Discussion, Holds::Discussion),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/reviews", Freshness::Discussion, Holds::Reviews),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/reviews/{number}", Freshness::Discussion, Holds::Reviews),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/reviews/{number}/comments", Freshness::Discussion, Holds::ReviewComments),
    row("pr_reviews", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers", Freshness::Discussion, Holds::Accounts),
    row("issue_list", "/repos/{owner}/{repo}/issues", Freshness::List, Holds::Issues),
    row("issue_view", "/repos/{owner}/{repo}/issues/{number}", Freshness::Issue, Holds::Issues),
    row("issue_comments", "/repos/{owner}/{repo}/issues/{number}/comments", Freshness::Discussion, Holds::Discussion),
    row("issue_comments", "/repos/{owner}/{repo}/issues/comments", Freshness::Discussion, Holds::Discussion),
    row("issue_comments", "/repos/{owner}/{repo}/issues/comments/{number}", Freshness::Discussion, Holds::Discussion),
    row("issue_comments", "/repos/{owner}/{repo}/issues/comments/{number}/reactions", Freshness::Discussion, Holds::Discussion),
    row("issue_events", "/repos/{owner}/{repo}/issues/{number}/events", Freshness::Discussion, Holds::IssueEvents),
    row("issue_events", "/repos/{owner}/{repo}/issues/events", Freshness::Discussion, Holds::IssueEvents),
    row("issue_events", "/repos/{owner}/{repo}/issues/events/{number}", Freshness::Discussion, Holds::IssueEvents),
    row("issue_events", "/repos/{owner}/{repo}/issues/{number}/timeline", Freshness::Discussion, Holds::IssueEvents),
    row("issue_labels", "/repos/{owner}/{repo}/issues/{number}/labels", Freshness::Discussion, Holds::Facts),
    row("issue_labels", "/repos/{owner}/{repo}/issues/{number}/reactions", Freshness::Discussion, Holds::Facts),
    row("assignees", "/repos/{owner}/{repo}/assignees", Freshness::Discussion, Holds::Accounts),
    row("assignees", "/repos/{owner}/{repo}/assignees/{login}", Freshness::Discussion, Holds::Accounts),
    row("labels", "/repos/{owner}/{repo}/labels", Freshness::Discussion, Holds::Facts),
    row("labels", "/repos/{owner}/{repo}/labels/{name}", Freshness::Discussion, Holds::Facts),
    row("milestones", "/repos/{owner}/{repo}/milestones", Freshness::Discussion, Holds::Facts),
    row("milestones", "/repos/{owner}/{repo}/milestones/{number}", Freshness::Discussion, Holds::Facts),
    row("run_list", "/repos/{owner}/{repo}/actions/runs", Freshness::Run, Holds::Runs),
    row("run_view", "/repos/{owner}/{repo}/actions/runs/{number}", Freshness::Run, Holds::Runs),
    row("run_view", "/repos/{owner}/{repo}/actions/runs/{number}/attempts/{number}", Freshness::Run, Holds::Runs),
    row("run_jobs", "/repos/{owner}/{repo}/actions/runs/{number}/jobs", Freshness::Run, Holds::Runs),
    row("run_jobs", "/repos/{owner}/{repo}/actions/runs/{number}/attempts/{number}/jobs", Freshness::Run, Holds::Runs),
    row("run_artifacts", "/repos/{owner}/{repo}/actions/runs/{number}/artifacts", Freshness::Run, Holds::Runs),
    row("job_view", "/repos/{owner}/{repo}/actions/jobs/{number}", Freshness::Run, Holds::Runs),
    row("job_logs", "/repos/{owner}/{repo}/actions/jobs/{number}/logs", Freshness::Never, Holds::Bytes).gate(Gate::Logs).media(&[Media::Bytes]),
    row("workflows", "/repos/{owner}/{repo}/actions/workflows", Freshness::Discussion, Holds::Facts),
    row("workflows", "/repos/{owner}/{repo}/actions/workflows/{name}", Freshness::Discussion, Holds::Facts),
    row("run_list", "/repos/{owner}/{repo}/actions/workflows/{name}/runs", Freshness::Run, Holds::Runs),
    row("branch_list", "/repos/{owner}/{repo}/branches", Freshness::Ref, Holds::Facts),
    // Branch names may contain slashes, escaped or not, so this comes before the branch itself.
    row("branch_protection", "/repos/{owner}/{repo}/branches/{*}/protection", Freshness::Never, Holds::Nothing).gate(Gate::Local),
    row("branch_protection", "/repos/{owner}/{repo}/branches/{*}/protection/{*}", Freshness::Never, Holds::Nothing).gate(Gate::Local),
    row("branch_view", "/repos/{owner}/{repo}/branches/{*}", Freshness::Ref, Holds::Commits),
    row("tags", "/repos/{owner}/{repo}/tags", Freshness::Reference, Holds::Facts),
    row("git_object", "/repos/{owner}/{repo}/git/blobs/{sha}", Freshness::Discussion, Holds::Facts).media(&[Media::Raw]),
    row("git_object", "/repos/{owner}/{repo}/git/commits/{sha}", Freshness::Discussion, Holds::Facts),
    row("git_object", "/repos/{owner}/{repo}/git/tags/{sha}", Freshness::Discussion, Holds::Facts),
    row("git_object", "/repos/{owner}/{repo}/git/trees/{ref}", Freshness::Discussion, Holds::Facts),
    row("git_ref", "/repos/{owner}/{repo}/git/ref/{*}", Freshness::Ref, Holds::Facts),
    row("git_ref", "/repos/{owner}/{repo}/git/matching-refs/{*}", Freshness::Ref, Holds::Facts),
    row("release_list", "/repos/{owner}/{repo}/releases", Freshness::Reference, Holds::Releases),
    row("release_view", "/repos/{owner}/{repo}/releases/latest", Freshness::Reference, Holds::Releases),
    row("release_view", "/repos/{owner}/{repo}/releases/tags/{*}", Freshness::Reference, Holds::Releases),
    row("release_view", "/repos/{owner}/{repo}/releases/{number}", Freshness::Reference, Holds::Releases),
    row("release_assets", "/repos/{owner}/{repo}/releases/{number}/assets", Freshness::Reference, Holds::Assets),
    row("release_assets", "/repos/{owner}/{repo}/releases/assets/{number}", Freshness::Reference, Holds::Assets).media(&[Media::Bytes]),
    row("search_issues", "/search/issues", Freshness::Search, Holds::Issues).gate(Gate::Search).budget(Budget::Search),
    row("search_code", "/search/code", Freshness::Search, Holds::Code).gate(Gate::Search).budget(Budget::CodeSearch),
    row("search_commits", "/search/commits", Freshness::Search, Holds::Commits).gate(Gate::Search).budget(Budget::Search),
    row("search_repositories", "/search/repositories", Freshness::Search, Holds::Repositories).gate(Gate::Search).budget(Budget::Search),
    row("rulesets", "/repos/{owner}/{repo}/rulesets", Freshness::Never, Holds::Nothing).gate(Gate::Local),
    row("rulesets", "/repos/{owner}/{repo}/rulesets/{*}", Freshness::Never, Holds::Nothing).gate(Gate::Local),
    row("rulesets", "/repos/{owner}/{repo}/rules/branches/{*}", Freshness::Never, Holds::Nothing).gate(Gate::Local),
];
