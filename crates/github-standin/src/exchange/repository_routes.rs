//! The routes below `/repos/{owner}/{repo}`.
//!
//! Each names the permission an installation token needs for it:
//! <https://docs.github.com/rest/authentication/permissions-required-for-github-apps>.

use super::route::{Respond, Route};
use crate::model::quotas::Resource;
use crate::responders::{
    actions, checks, commits, contents, issues, labels, metadata, objects, pulls, refs, releases,
    repositories, stats,
};

macro_rules! below {
    ($rest:literal, $permission:literal, $docs:literal, $respond:path) => {
        Route {
            method: "GET",
            pattern: concat!("/repos/{owner}/{repo}", $rest),
            docs: $docs,
            resource: Some(Resource::Core),
            respond: Respond::Repository($permission, $respond),
        }
    };
}

/// What is literal comes before what is not: `/issues/comments` before `/issues/{issue_number}`.
pub(super) const ROUTES: &[Route] = &[
    below!("", "metadata", "rest/repos/repos#get-a-repository", repositories::get),
    below!("/languages", "metadata", "rest/repos/repos#list-repository-languages", metadata::languages),
    below!(
        "/contributors",
        "metadata",
        "rest/repos/repos#list-repository-contributors",
        metadata::contributors
    ),
    below!(
        "/license",
        "metadata",
        "rest/licenses/licenses#get-the-license-for-a-repository",
        metadata::license
    ),
    below!("/topics", "metadata", "rest/repos/repos#get-all-repository-topics", metadata::topics),
    below!(
        "/community/profile",
        "metadata",
        "rest/metrics/community#get-community-profile-metrics",
        metadata::community_profile
    ),
    below!("/forks", "metadata", "rest/repos/forks#list-forks", metadata::forks),
    below!("/stargazers", "metadata", "rest/activity/starring#list-stargazers", metadata::stargazers),
    below!("/subscribers", "metadata", "rest/activity/watching#list-watchers", metadata::subscribers),
    below!(
        "/deployments",
        "deployments",
        "rest/deployments/deployments#list-deployments",
        metadata::deployments
    ),
    below!("/events", "metadata", "rest/activity/events#list-repository-events", metadata::events),
    below!(
        "/stats/contributors",
        "metadata",
        "rest/metrics/statistics#get-all-contributor-commit-activity",
        stats::contributors
    ),
    below!(
        "/stats/commit_activity",
        "metadata",
        "rest/metrics/statistics#get-the-last-year-of-commit-activity",
        stats::commit_activity
    ),
    below!(
        "/stats/code_frequency",
        "metadata",
        "rest/metrics/statistics#get-the-weekly-commit-activity",
        stats::code_frequency
    ),
    below!(
        "/stats/participation",
        "metadata",
        "rest/metrics/statistics#get-the-weekly-commit-count",
        stats::participation
    ),
    below!(
        "/stats/punch_card",
        "metadata",
        "rest/metrics/statistics#get-the-hourly-commit-count-for-each-day",
        stats::punch_card
    ),
    below!("/contents/{path}", "contents", "rest/repos/contents#get-repository-content", contents::get),
    below!("/readme", "contents", "rest/repos/contents#get-a-repository-readme", contents::readme),
    below!(
        "/readme/{dir}",
        "contents",
        "rest/repos/contents#get-a-repository-readme-for-a-directory",
        contents::readme
    ),
    below!("/commits", "contents", "rest/commits/commits#list-commits", commits::list),
    below!("/commits/{ref}", "contents", "rest/commits/commits#get-a-commit", commits::get),
    below!(
        "/commits/{commit_sha}/comments",
        "contents",
        "rest/commits/comments#list-commit-comments",
        commits::comments
    ),
    below!(
        "/commits/{commit_sha}/pulls",
        "pull_requests",
        "rest/commits/commits#list-pull-requests-associated-with-a-commit",
        commits::pulls
    ),
    below!(
        "/commits/{commit_sha}/branches-where-head",
        "contents",
        "rest/commits/commits#list-branches-for-head-commit",
        commits::branches
    ),
    below!(
        "/commits/{ref}/status",
        "statuses",
        "rest/commits/statuses#get-the-combined-status-for-a-specific-reference",
        checks::combined_status
    ),
    below!(
        "/commits/{ref}/statuses",
        "statuses",
        "rest/commits/statuses#list-commit-statuses-for-a-reference",
        checks::statuses
    ),
    below!(
        "/commits/{ref}/check-runs",
        "checks",
        "rest/checks/runs#list-check-runs-for-a-git-reference",
        checks::runs
    ),
    below!(
        "/commits/{ref}/check-suites",
        "checks",
        "rest/checks/suites#list-check-suites-for-a-git-reference",
        checks::suites
    ),
    below!(
        "/comments/{comment_id}",
        "contents",
        "rest/commits/comments#get-a-commit-comment",
        commits::comment
    ),
    below!("/compare/{basehead}", "contents", "rest/commits/commits#compare-two-commits", commits::compare),
    below!(
        "/statuses/{ref}",
        "statuses",
        "rest/commits/statuses#list-commit-statuses-for-a-reference",
        checks::statuses
    ),
    below!(
        "/check-runs/{check_run_id}/annotations",
        "checks",
        "rest/checks/runs#list-check-run-annotations",
        checks::annotations
    ),
    below!("/check-runs/{check_run_id}", "checks", "rest/checks/runs#get-a-check-run", checks::run),
    below!("/check-suites/{check_suite_id}", "checks", "rest/checks/suites#get-a-check-suite", checks::suite),
    below!(
        "/check-suites/{check_suite_id}/check-runs",
        "checks",
        "rest/checks/runs#list-check-runs-in-a-check-suite",
        checks::runs_of_suite
    ),
    below!("/branches", "contents", "rest/branches/branches#list-branches", refs::branches),
    below!("/branches/{branch}", "contents", "rest/branches/branches#get-a-branch", refs::branch),
    below!("/tags", "metadata", "rest/repos/repos#list-repository-tags", refs::tags),
    below!("/git/ref/{ref}", "contents", "rest/git/refs#get-a-reference", refs::reference),
    below!("/git/matching-refs/{ref}", "contents", "rest/git/refs#list-matching-references", refs::matching),
    below!("/git/refs/{ref}", "contents", "rest/git/refs#get-a-reference", refs::reference),
    below!("/git/blobs/{file_sha}", "contents", "rest/git/blobs#get-a-blob", objects::blob),
    below!("/git/commits/{commit_sha}", "contents", "rest/git/commits#get-a-commit-object", objects::commit),
    below!("/git/tags/{tag_sha}", "contents", "rest/git/tags#get-a-tag", objects::tag),
    below!("/git/trees/{tree_sha}", "contents", "rest/git/trees#get-a-tree", objects::tree),
    below!("/pulls", "pull_requests", "rest/pulls/pulls#list-pull-requests", pulls::list),
    below!(
        "/pulls/comments",
        "pull_requests",
        "rest/pulls/comments#list-review-comments-in-a-repository",
        pulls::all_comments
    ),
    below!(
        "/pulls/comments/{comment_id}",
        "pull_requests",
        "rest/pulls/comments#get-a-review-comment-for-a-pull-request",
        pulls::comment
    ),
    below!(
        "/pulls/comments/{comment_id}/reactions",
        "pull_requests",
        "rest/reactions/reactions#list-reactions-for-a-pull-request-review-comment",
        pulls::comment_reactions
    ),
    below!("/pulls/{pull_number}", "pull_requests", "rest/pulls/pulls#get-a-pull-request", pulls::get),
    below!(
        "/pulls/{pull_number}/files",
        "pull_requests",
        "rest/pulls/pulls#list-pull-requests-files",
        pulls::files
    ),
    below!(
        "/pulls/{pull_number}/commits",
        "pull_requests",
        "rest/pulls/pulls#list-commits-on-a-pull-request",
        pulls::commits
    ),
    below!(
        "/pulls/{pull_number}/comments",
        "pull_requests",
        "rest/pulls/comments#list-review-comments-on-a-pull-request",
        pulls::comments
    ),
    below!(
        "/pulls/{pull_number}/reviews",
        "pull_requests",
        "rest/pulls/reviews#list-reviews-for-a-pull-request",
        pulls::reviews
    ),
    below!(
        "/pulls/{pull_number}/reviews/{review_id}",
        "pull_requests",
        "rest/pulls/reviews#get-a-review-for-a-pull-request",
        pulls::review
    ),
    below!(
        "/pulls/{pull_number}/reviews/{review_id}/comments",
        "pull_requests",
        "rest/pulls/reviews#list-comments-for-a-pull-request-review",
        pulls::review_comments
    ),
    below!(
        "/pulls/{pull_number}/requested_reviewers",
        "pull_requests",
        "rest/pulls/review-requests#get-all-requested-reviewers-for-a-pull-request",
        pulls::requested_reviewers
    ),
    below!("/issues", "issues", "rest/issues/issues#list-repository-issues", issues::list),
    below!(
        "/issues/comments",
        "issues",
        "rest/issues/comments#list-issue-comments-for-a-repository",
        issues::all_comments
    ),
    below!(
        "/issues/comments/{comment_id}",
        "issues",
        "rest/issues/comments#get-an-issue-comment",
        issues::comment
    ),
    below!(
        "/issues/comments/{comment_id}/reactions",
        "issues",
        "rest/reactions/reactions#list-reactions-for-an-issue-comment",
        issues::comment_reactions
    ),
    below!(
        "/issues/events",
        "issues",
        "rest/issues/events#list-issue-events-for-a-repository",
        issues::all_events
    ),
    below!("/issues/events/{event_id}", "issues", "rest/issues/events#get-an-issue-event", issues::event),
    below!("/issues/{issue_number}", "issues", "rest/issues/issues#get-an-issue", issues::get),
    below!(
        "/issues/{issue_number}/comments",
        "issues",
        "rest/issues/comments#list-issue-comments",
        issues::comments
    ),
    below!("/issues/{issue_number}/events", "issues", "rest/issues/events#list-issue-events", issues::events),
    below!(
        "/issues/{issue_number}/labels",
        "issues",
        "rest/issues/labels#list-labels-for-an-issue",
        issues::labels
    ),
    below!(
        "/issues/{issue_number}/reactions",
        "issues",
        "rest/reactions/reactions#list-reactions-for-an-issue",
        issues::reactions
    ),
    below!(
        "/issues/{issue_number}/timeline",
        "issues",
        "rest/issues/timeline#list-timeline-events-for-an-issue",
        issues::timeline
    ),
    below!("/labels", "issues", "rest/issues/labels#list-labels-for-a-repository", labels::list),
    below!("/labels/{name}", "issues", "rest/issues/labels#get-a-label", labels::get),
    below!("/milestones", "issues", "rest/issues/milestones#list-milestones", labels::milestones),
    below!(
        "/milestones/{milestone_number}",
        "issues",
        "rest/issues/milestones#get-a-milestone",
        labels::milestone
    ),
    below!("/assignees", "issues", "rest/issues/assignees#list-assignees", labels::assignees),
    below!(
        "/assignees/{assignee}",
        "issues",
        "rest/issues/assignees#check-if-a-user-can-be-assigned",
        labels::assignee
    ),
    below!(
        "/actions/runs",
        "actions",
        "rest/actions/workflow-runs#list-workflow-runs-for-a-repository",
        actions::runs
    ),
    below!(
        "/actions/runs/{run_id}",
        "actions",
        "rest/actions/workflow-runs#get-a-workflow-run",
        actions::run
    ),
    below!(
        "/actions/runs/{run_id}/attempts/{attempt_number}",
        "actions",
        "rest/actions/workflow-runs#get-a-workflow-run-attempt",
        actions::attempt
    ),
    below!(
        "/actions/runs/{run_id}/attempts/{attempt_number}/jobs",
        "actions",
        "rest/actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt",
        actions::attempt_jobs
    ),
    below!(
        "/actions/runs/{run_id}/jobs",
        "actions",
        "rest/actions/workflow-jobs#list-jobs-for-a-workflow-run",
        actions::jobs
    ),
    below!(
        "/actions/runs/{run_id}/artifacts",
        "actions",
        "rest/actions/artifacts#list-workflow-run-artifacts",
        actions::artifacts
    ),
    below!(
        "/actions/jobs/{job_id}",
        "actions",
        "rest/actions/workflow-jobs#get-a-job-for-a-workflow-run",
        actions::job
    ),
    below!(
        "/actions/jobs/{job_id}/logs",
        "actions",
        "rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run",
        actions::logs
    ),
    below!(
        "/actions/workflows",
        "actions",
        "rest/actions/workflows#list-repository-workflows",
        actions::workflows
    ),
    below!(
        "/actions/workflows/{workflow_id}",
        "actions",
        "rest/actions/workflows#get-a-workflow",
        actions::workflow
    ),
    below!(
        "/actions/workflows/{workflow_id}/runs",
        "actions",
        "rest/actions/workflow-runs#list-workflow-runs-for-a-workflow",
        actions::workflow_runs
    ),
    below!(
        "/actions/runs/{run_id}/logs",
        "actions",
        "rest/actions/workflow-runs#download-workflow-run-logs",
        actions::run_logs
    ),
    below!(
        "/actions/runs/{run_id}/attempts/{attempt_number}/logs",
        "actions",
        "rest/actions/workflow-runs#download-workflow-run-attempt-logs",
        actions::attempt_logs
    ),
    below!(
        "/actions/artifacts",
        "actions",
        "rest/actions/artifacts#list-artifacts-for-a-repository",
        actions::all_artifacts
    ),
    below!(
        "/actions/artifacts/{artifact_id}",
        "actions",
        "rest/actions/artifacts#get-an-artifact",
        actions::artifact
    ),
    below!(
        "/actions/artifacts/{artifact_id}/{archive_format}",
        "actions",
        "rest/actions/artifacts#download-an-artifact",
        actions::artifact_archive
    ),
    below!(
        "/tarball/{ref}",
        "contents",
        "rest/repos/contents#download-a-repository-archive-tar",
        contents::tarball
    ),
    below!(
        "/zipball/{ref}",
        "contents",
        "rest/repos/contents#download-a-repository-archive-zip",
        contents::zipball
    ),
    below!("/releases", "contents", "rest/releases/releases#list-releases", releases::list),
    below!("/releases/latest", "contents", "rest/releases/releases#get-the-latest-release", releases::latest),
    below!(
        "/releases/tags/{tag}",
        "contents",
        "rest/releases/releases#get-a-release-by-tag-name",
        releases::by_tag
    ),
    below!(
        "/releases/assets/{asset_id}",
        "contents",
        "rest/releases/assets#get-a-release-asset",
        releases::asset
    ),
    below!("/releases/{release_id}", "contents", "rest/releases/releases#get-a-release", releases::get),
    below!(
        "/releases/{release_id}/assets",
        "contents",
        "rest/releases/assets#list-release-assets",
        releases::assets
    ),
];
