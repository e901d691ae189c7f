//! Statuses and checks of a commit.

use serde_json::{Value, json};

use super::commits::commit;
use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::model::content::actions::Run;
use crate::views::actions as views;
use crate::views::repositories::minimal_repository;

fn runs_of<'a>(sha: &str, site: &Site<'a>) -> Vec<&'a Run> {
    site.content.actions.runs.iter().filter(|run| run.head == sha).collect()
}

/// All statuses of a commit.
pub(crate) fn statuses(site: &Site<'_>) -> Outcome {
    let sha = &commit(site, "ref")?.sha;
    let statuses = site.content.actions.statuses.iter().filter(|it| it.sha == *sha);
    site.list(statuses, |it| views::status(it, site))
}

/// The worst of them. Without any, GitHub says `pending`.
pub(crate) fn combined_status(site: &Site<'_>) -> Outcome {
    let sha = &commit(site, "ref")?.sha;
    let of_commit = || site.content.actions.statuses.iter().filter(|it| it.sha == *sha);
    let any = |wanted: &[&str]| of_commit().any(|it| wanted.contains(&it.state));
    let state = if any(&["failure", "error"]) {
        "failure"
    } else if any(&["pending"]) || of_commit().count() == 0 {
        "pending"
    } else {
        "success"
    };
    let page = site.page(of_commit(), |it| views::simple_status(it, site));
    let body = json!({
        "state": state,
        "sha": sha,
        "total_count": page.total,
        "statuses": page.items,
        "repository": minimal_repository(site.repository, None, site.state, site.call.urls),
        "commit_url": site.url(&format!("/commits/{sha}")),
        "url": site.url(&format!("/commits/{sha}/status")),
    });
    Ok(page.linked(body))
}

/// Check runs of a commit: the latest, or with `filter=all` those of earlier attempts, too.
pub(crate) fn runs(site: &Site<'_>) -> Outcome {
    let all = site.call.query_text("filter").as_deref() == Some("all");
    let runs = runs_of(&commit(site, "ref")?.sha, site);
    let attempts = runs.into_iter().flat_map(|run| {
        let first = if all { 1 } else { run.attempt };
        (first..=run.attempt).rev().map(move |attempt| (run, attempt))
    });
    Ok(site.page(attempts, |(run, attempt)| views::check_run(run, attempt, site)).counted("check_runs"))
}

/// One check run.
pub(crate) fn run(site: &Site<'_>) -> Outcome {
    let found = site.call.id("check_run_id").and_then(|id| site.content.actions.job(id));
    let (run, attempt) = found.ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(views::check_run(run, attempt, site)))
}

fn suite_of<'a>(site: &Site<'a>) -> Result<&'a Run, Answer> {
    let id = site.call.id("check_suite_id");
    site.content.actions.runs.iter().find(|run| Some(run.suite()) == id).ok_or_else(Answer::not_found)
}

/// One check suite.
pub(crate) fn suite(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(views::check_suite(suite_of(site)?, site)))
}

/// Its check runs.
pub(crate) fn runs_of_suite(site: &Site<'_>) -> Outcome {
    let runs = [suite_of(site)?];
    Ok(site.page(runs, |run| views::check_run(run, run.attempt, site)).counted("check_runs"))
}

/// Check suites of a commit.
pub(crate) fn suites(site: &Site<'_>) -> Outcome {
    let runs = runs_of(&commit(site, "ref")?.sha, site);
    Ok(site.page(runs, |run| views::check_suite(run, site)).counted("check_suites"))
}

/// What a check run says about lines.
pub(crate) fn annotations(site: &Site<'_>) -> Outcome {
    let found = site.call.id("check_run_id").and_then(|id| site.content.actions.job(id));
    let (run, _) = found.ok_or_else(Answer::not_found)?;
    site.list(views::annotations(run, site), |it: Value| it)
}
