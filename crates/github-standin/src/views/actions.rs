//! Workflow runs, jobs, check runs and statuses.

use serde_json::{Value, json};

use super::accounts::merge;
use super::apps::app;
use super::git::simple_commit;
use super::repositories::minimal_repository;
use super::{CREATED_AT, UPDATED_AT};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::actions::{Run, Status, Workflow};

/// GitHub's `workflow`.
pub(crate) fn workflow(it: &Workflow, site: &Site<'_>) -> Value {
    let page = site.html(&format!("/blob/main/{}", it.path));
    json!({
        "id": it.id,
        "node_id": format!("W_{}", it.id),
        "name": it.name,
        "path": it.path,
        "state": "active",
        "url": site.url(&format!("/actions/workflows/{}", it.id)),
        "html_url": page,
        "badge_url": site.html(&format!("/workflows/{}/badge.svg", it.name)),
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
    })
}

/// GitHub's `workflow-run`, as it was at an attempt.
pub(crate) fn run(it: &Run, attempt: u64, site: &Site<'_>) -> Value {
    let url = site.url(&format!("/actions/runs/{}", it.id));
    let repository = minimal_repository(site.repository, None, site.state, site.call.urls);
    let commit = site.content.git.resolve(&it.head);
    let workflow = site.content.actions.workflows.iter().find(|known| known.id == it.workflow);
    json!({
        "id": it.id,
        "name": workflow.map(|it| &it.name),
        "node_id": format!("WFR_{}", it.id),
        "check_suite_id": it.suite(),
        "head_branch": it.branch,
        "head_sha": it.head,
        "path": workflow.map(|it| &it.path),
        "run_number": it.number,
        "run_attempt": attempt,
        "display_title": commit.map(|commit| &commit.message),
        "event": "push",
        "status": it.status(),
        "conclusion": it.conclusion,
        "workflow_id": it.workflow,
        "url": url,
        "html_url": site.html(&format!("/actions/runs/{}", it.id)),
        "pull_requests": [],
        "created_at": rfc3339(it.at),
        "updated_at": rfc3339(it.at + 60),
        "run_started_at": rfc3339(it.at),
        "actor": commit.map(|commit| site.user(commit.author)),
        "triggering_actor": commit.map(|commit| site.user(commit.author)),
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "check_suite_url": site.url(&format!("/check-suites/{}", it.suite())),
        "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"),
        "previous_attempt_url": (attempt > 1).then(|| format!("{url}/attempts/{}", attempt - 1)),
        "workflow_url": site.url(&format!("/actions/workflows/{}", it.workflow)),
        "head_commit": commit.map(|commit| simple_commit(commit, site)),
        "repository": repository,
        "head_repository": repository,
    })
}

/// GitHub's `job`.
pub(crate) fn job(it: &Run, attempt: u64, site: &Site<'_>) -> Value {
    let id = it.job(attempt);
    json!({
        "id": id,
        "run_id": it.id,
        "run_url": site.url(&format!("/actions/runs/{}", it.id)),
        "run_attempt": attempt,
        "node_id": format!("CR_{id}"),
        "head_sha": it.head,
        "head_branch": it.branch,
        "workflow_name": "CI",
        "name": "build",
        "url": site.url(&format!("/actions/jobs/{id}")),
        "html_url": site.html(&format!("/actions/runs/{}/job/{id}", it.id)),
        "status": it.status(),
        "conclusion": it.conclusion,
        "created_at": rfc3339(it.at),
        "started_at": rfc3339(it.at),
        "completed_at": it.conclusion.map(|_| rfc3339(it.at + 60)),
        "steps": [],
        "check_run_url": site.url(&format!("/check-runs/{id}")),
        "labels": ["ubuntu-latest"],
        "runner_id": 1, "runner_name": "GitHub Actions 1",
        "runner_group_id": 1, "runner_group_name": "GitHub Actions",
    })
}

/// The name of every artifact here.
pub(crate) const ARTIFACT: &str = "build";

/// GitHub's `artifact`: the only one of a run.
pub(crate) fn artifact(it: &Run, site: &Site<'_>) -> Value {
    let id = it.artifact();
    let url = site.url(&format!("/actions/artifacts/{id}"));
    json!({
        "id": id,
        "node_id": format!("A_{id}"),
        "name": ARTIFACT,
        "size_in_bytes": 1024,
        "url": url,
        "archive_download_url": format!("{url}/zip"),
        "expired": false,
        "digest": null,
        "created_at": rfc3339(it.at),
        "updated_at": rfc3339(it.at),
        "expires_at": rfc3339(it.at + 90 * 86_400),
        "workflow_run": {
            "id": it.id, "repository_id": site.repository.id, "head_repository_id": site.repository.id,
            "head_branch": it.branch, "head_sha": it.head,
        },
    })
}

/// GitHub's `check-run`: an attempt's job, seen from the commit.
pub(crate) fn check_run(it: &Run, attempt: u64, site: &Site<'_>) -> Value {
    let id = it.job(attempt);
    let url = site.url(&format!("/check-runs/{id}"));
    let annotations = annotations(it, site).len();
    json!({
        "id": id,
        "node_id": format!("CR_{id}"),
        "head_sha": it.head,
        "external_id": format!("{id}"),
        "name": "build",
        "url": url,
        "html_url": site.html(&format!("/runs/{id}")),
        "details_url": site.html(&format!("/actions/runs/{}/job/{id}", it.id)),
        "status": it.status(),
        "conclusion": it.conclusion,
        "started_at": rfc3339(it.at),
        "completed_at": it.conclusion.map(|_| rfc3339(it.at + 60)),
        "output": {
            "title": null, "summary": null, "text": null,
            "annotations_count": annotations,
            "annotations_url": format!("{url}/annotations"),
        },
        "check_suite": { "id": it.suite() },
        "app": site.state.apps.first().map(|it| app(it, site.state, site.call.urls)),
        "pull_requests": [],
    })
}

/// GitHub's `check-suite`.
pub(crate) fn check_suite(it: &Run, site: &Site<'_>) -> Value {
    let url = site.url(&format!("/check-suites/{}", it.suite()));
    let commit = site.content.git.resolve(&it.head);
    json!({
        "id": it.suite(),
        "node_id": format!("CS_{}", it.suite()),
        "head_branch": it.branch,
        "head_sha": it.head,
        "status": it.status(),
        "conclusion": it.conclusion,
        "url": url,
        "before": commit.and_then(|commit| commit.parent.as_ref()),
        "after": it.head,
        "created_at": rfc3339(it.at),
        "updated_at": rfc3339(it.at + 60),
        "app": site.state.apps.first().map(|it| app(it, site.state, site.call.urls)),
        "head_commit": commit.map(|commit| simple_commit(commit, site)),
        "repository": minimal_repository(site.repository, None, site.state, site.call.urls),
        "latest_check_runs_count": 1,
        "check_runs_url": format!("{url}/check-runs"),
        "pull_requests": [],
    })
}

/// GitHub's `check-annotation`s: one where a run failed.
pub(crate) fn annotations(it: &Run, site: &Site<'_>) -> Vec<Value> {
    let failed = it.conclusion == Some("failure");
    let annotation = || {
        json!({
            "path": "src/lib.rs",
            "blob_href": site.url(&format!("/contents/src/lib.rs?ref={}", it.head)),
            "start_line": 1, "end_line": 1, "start_column": null, "end_column": null,
            "annotation_level": "failure",
            "title": null,
            "message": "Process completed with exit code 1.",
            "raw_details": null,
        })
    };
    failed.then(annotation).into_iter().collect()
}

/// GitHub's `simple-commit-status`, as the combined status has it.
pub(crate) fn simple_status(it: &Status, site: &Site<'_>) -> Value {
    json!({
        "id": it.id,
        "node_id": format!("SC_{}", it.id),
        "url": site.url(&format!("/statuses/{}", it.sha)),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", site.owner.id),
        "state": it.state,
        "description": null,
        "target_url": null,
        "context": it.context,
        "created_at": UPDATED_AT,
        "updated_at": UPDATED_AT,
    })
}

/// GitHub's `status`.
pub(crate) fn status(it: &Status, site: &Site<'_>) -> Value {
    merge(simple_status(it, site), json!({ "creator": site.user(site.owner.id) }))
}
