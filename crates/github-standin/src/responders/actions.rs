//! Workflows, runs, jobs and logs.

use http::StatusCode;

use super::downloads;
use crate::call::answer::{Answer, Outcome, Payload};
use crate::call::caller::{Identity, requires_authentication};
use crate::call::site::Site;
use crate::model::content::actions::{Run, Workflow};
use crate::views::actions as views;

fn run_of<'a>(site: &Site<'a>) -> Result<&'a Run, Answer> {
    site.call.id("run_id").and_then(|id| site.content.actions.run(id)).ok_or_else(Answer::not_found)
}

/// A run and the attempt of the path.
fn attempt_of<'a>(site: &Site<'a>) -> Result<(&'a Run, u64), Answer> {
    let run = run_of(site)?;
    let attempt = site.call.id("attempt_number").filter(|attempt| (1..=run.attempt).contains(attempt));
    Ok((run, attempt.ok_or_else(Answer::not_found)?))
}

fn job_of<'a>(site: &Site<'a>) -> Result<(&'a Run, u64), Answer> {
    site.call.id("job_id").and_then(|id| site.content.actions.job(id)).ok_or_else(Answer::not_found)
}

fn workflow_of<'a>(site: &Site<'a>) -> Result<&'a Workflow, Answer> {
    site.content.actions.workflow(&site.call.param("workflow_id")).ok_or_else(Answer::not_found)
}

/// `branch`, `head_sha` and `status` (which may also be a conclusion) of a list.
fn matches(run: &Run, site: &Site<'_>) -> bool {
    let query = |name| site.call.query_text(name);
    query("branch").is_none_or(|branch| branch == run.branch)
        && query("head_sha").is_none_or(|sha| sha == run.head)
        && query("status").is_none_or(|it| it == run.status() || run.conclusion == Some(it.as_str()))
}

/// Runs, the newest first.
pub(crate) fn runs(site: &Site<'_>) -> Outcome {
    let runs = site.content.actions.runs.iter().filter(|run| matches(run, site));
    Ok(site.page(runs, |run| views::run(run, run.attempt, site)).counted("workflow_runs"))
}

/// Runs of one workflow.
pub(crate) fn workflow_runs(site: &Site<'_>) -> Outcome {
    let workflow = workflow_of(site)?.id;
    let runs = site.content.actions.runs.iter().filter(|run| run.workflow == workflow && matches(run, site));
    Ok(site.page(runs, |run| views::run(run, run.attempt, site)).counted("workflow_runs"))
}

/// One run.
pub(crate) fn run(site: &Site<'_>) -> Outcome {
    let run = run_of(site)?;
    Ok(Answer::ok(views::run(run, run.attempt, site)))
}

/// One run as it was at an attempt.
pub(crate) fn attempt(site: &Site<'_>) -> Outcome {
    let (run, attempt) = attempt_of(site)?;
    Ok(Answer::ok(views::run(run, attempt, site)))
}

/// Jobs of the last attempt; of all with `filter=all`.
pub(crate) fn jobs(site: &Site<'_>) -> Outcome {
    let run = run_of(site)?;
    let first = if site.call.query_text("filter").as_deref() == Some("all") { 1 } else { run.attempt };
    Ok(site.page(first..=run.attempt, |attempt| views::job(run, attempt, site)).counted("jobs"))
}

/// Jobs of one attempt.
pub(crate) fn attempt_jobs(site: &Site<'_>) -> Outcome {
    let (run, attempt) = attempt_of(site)?;
    Ok(site.page([attempt], |attempt| views::job(run, attempt, site)).counted("jobs"))
}

/// Artifacts of a run.
pub(crate) fn artifacts(site: &Site<'_>) -> Outcome {
    let run = run_of(site)?;
    Ok(site.page([run], |run| views::artifact(run, site)).counted("artifacts"))
}

/// The artifacts of all runs, the newest first, by `name` if it is given.
pub(crate) fn all_artifacts(site: &Site<'_>) -> Outcome {
    let wanted = site.call.query_text("name").is_none_or(|name| name == views::ARTIFACT);
    let runs = site.content.actions.runs.iter().filter(|_| wanted);
    Ok(site.page(runs, |run| views::artifact(run, site)).counted("artifacts"))
}

fn artifact_of<'a>(site: &Site<'a>) -> Result<&'a Run, Answer> {
    let id = site.call.id("artifact_id");
    site.content.actions.runs.iter().find(|run| Some(run.artifact()) == id).ok_or_else(Answer::not_found)
}

/// One artifact.
pub(crate) fn artifact(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(views::artifact(artifact_of(site)?, site)))
}

/// Where it can be downloaded, as a ZIP archive. GitHub requires a credential.
pub(crate) fn artifact_archive(site: &Site<'_>) -> Outcome {
    let run = artifact_of(site)?;
    if site.call.param("archive_format") != "zip" {
        return Err(Answer::not_found());
    }
    download(&format!("artifacts/{}", run.artifact()), site)
}

/// Where the logs of a run are, as a ZIP archive.
pub(crate) fn run_logs(site: &Site<'_>) -> Outcome {
    let run = run_of(site)?;
    download(&format!("logs/{}/{}", run.id, run.attempt), site)
}

/// The same of one attempt.
pub(crate) fn attempt_logs(site: &Site<'_>) -> Outcome {
    let (run, attempt) = attempt_of(site)?;
    download(&format!("logs/{}/{attempt}", run.id), site)
}

fn download(rest: &str, site: &Site<'_>) -> Outcome {
    if matches!(site.call.caller.identity, Identity::Anonymous) {
        return Err(requires_authentication());
    }
    Ok(downloads::redirect(rest, site))
}

/// One job.
pub(crate) fn job(site: &Site<'_>) -> Outcome {
    let (run, attempt) = job_of(site)?;
    Ok(Answer::ok(views::job(run, attempt, site)))
}

/// Where the log of a job is: 302 to an address that needs no credential. The redirect itself
/// requires one.
pub(crate) fn logs(site: &Site<'_>) -> Outcome {
    let (run, attempt) = job_of(site)?;
    if matches!(site.call.caller.identity, Identity::Anonymous) {
        return Err(Answer::refusal(StatusCode::FORBIDDEN, "Must have admin rights to Repository."));
    }
    let job = run.job(attempt);
    let location = match &site.state.log_base {
        Some(base) => format!("{base}/{job}"),
        None => site.call.urls.origin(&format!("/_logs/{job}")),
    };
    Ok(Answer::redirect(StatusCode::FOUND, &location, Payload::Empty))
}

/// All workflows.
pub(crate) fn workflows(site: &Site<'_>) -> Outcome {
    Ok(site.page(&site.content.actions.workflows, |it| views::workflow(it, site)).counted("workflows"))
}

/// One workflow, by id or by the name of its file.
pub(crate) fn workflow(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(views::workflow(workflow_of(site)?, site)))
}
