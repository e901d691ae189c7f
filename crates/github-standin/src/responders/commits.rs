//! Commits and what belongs to them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::model::content::git::Commit;
use crate::model::content::issues::Subject;
use crate::views::{diffs, git, issues, pulls as pull_views};

/// The commit that `name` of the path refers to. GitHub answers 422 for a sha that does not exist.
pub(super) fn commit<'a>(site: &Site<'a>, name: &str) -> Result<&'a Commit, Answer> {
    let reference = site.call.param(name);
    site.content.git.resolve(&reference).ok_or_else(|| {
        let message = format!("No commit found for SHA: {reference}");
        Answer::refusal(StatusCode::UNPROCESSABLE_ENTITY, message)
    })
}

/// The history of a branch or a commit, the default branch's unless `sha` says otherwise.
pub(crate) fn list(site: &Site<'_>) -> Outcome {
    let git = &site.content.git;
    if git.commits.is_empty() {
        return Err(Answer::refusal(StatusCode::CONFLICT, "Git Repository is empty."));
    }
    let from = site.call.query_text("sha").unwrap_or_else(|| "main".to_owned());
    let from = git.resolve(&from).ok_or_else(Answer::not_found)?;
    let author = site.call.query_text("author");
    let by = |commit: &&Commit| {
        let login = site.state.accounts.get(commit.author).map(|it| it.login.as_str());
        author.as_deref().is_none_or(|wanted| login == Some(wanted))
    };
    site.list(git.history(from).filter(by), |commit| git::commit(commit, site))
}

/// One commit with the files it changes, or its difference as text, or only its sha.
pub(crate) fn get(site: &Site<'_>) -> Outcome {
    let commit = commit(site, "ref")?;
    if site.call.accepts("sha") {
        return Ok(Answer::raw("application/vnd.github.sha; charset=utf-8", commit.sha.clone().into_bytes()));
    }
    let text = diffs::of_commits("README.md", &[commit], site);
    Ok(text.unwrap_or_else(|| Answer::ok(git::full_commit(commit, site))))
}

/// What was said about it.
pub(crate) fn comments(site: &Site<'_>) -> Outcome {
    let on = Subject::Commit(commit(site, "commit_sha")?.sha.clone());
    let comments = site.content.tracker.comments.iter().filter(|comment| comment.on == on);
    site.list(comments, |comment| issues::commit_comment(comment, site))
}

/// One comment on any commit.
pub(crate) fn comment(site: &Site<'_>) -> Outcome {
    let id = site.call.id("comment_id");
    let mut comments = site.content.tracker.comments.iter();
    let found = comments.find(|it| Some(it.id) == id && matches!(it.on, Subject::Commit(_)));
    Ok(Answer::ok(issues::commit_comment(found.ok_or_else(Answer::not_found)?, site)))
}

/// Pull requests that propose it.
pub(crate) fn pulls(site: &Site<'_>) -> Outcome {
    let sha = &commit(site, "commit_sha")?.sha;
    let proposing = site
        .content
        .tracker
        .issues
        .iter()
        .filter(|it| it.pull.as_ref().is_some_and(|pull| pull.head == *sha));
    site.list(proposing, |it| pull_views::simple(it, site))
}

/// Branches that end with it.
pub(crate) fn branches(site: &Site<'_>) -> Outcome {
    let sha = &commit(site, "commit_sha")?.sha;
    let branches = site.content.git.branches.iter().filter(|(_, tip)| *tip == sha);
    site.list(branches, |(name, sha)| git::branch(name, sha, site))
}

/// `base...head`: what one has that the other has not.
pub(crate) fn compare(site: &Site<'_>) -> Outcome {
    let spec = site.call.param("basehead");
    let (base, head) = spec.split_once("...").ok_or_else(Answer::not_found)?;
    let git = &site.content.git;
    let ends = git.resolve(base).zip(git.resolve(head));
    let (base, head) = ends.ok_or_else(Answer::not_found)?;
    let history = |from| git.history(from).map(|commit| commit.sha.as_str()).collect::<Vec<_>>();
    let (before, after) = (history(base), history(head));
    let mut ahead: Vec<&Commit> = git.history(head).filter(|it| !before.contains(&it.sha.as_str())).collect();
    // GitHub lists these, and only these, the oldest first.
    ahead.reverse();
    let behind = before.iter().filter(|sha| !after.contains(sha)).count();
    let common = git.history(head).find(|it| before.contains(&it.sha.as_str()));
    let common = common.ok_or_else(Answer::not_found)?;
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    if let Some(text) = diffs::of_commits("README.md", &ahead, site) {
        return Ok(text);
    }
    let page = site.page(&ahead, |commit| git::commit(commit, site));
    let view = comparison(&spec, base, common, site);
    let counts = json!({
        "status": status, "ahead_by": ahead.len(), "behind_by": behind, "total_commits": ahead.len(),
        "commits": page.items,
        "files": if ahead.is_empty() { Vec::new() } else { vec![pull_views::file("README.md", &head.sha, site)] },
    });
    Ok(page.linked(crate::views::accounts::merge(view, counts)))
}

fn comparison(spec: &str, base: &Commit, common: &Commit, site: &Site<'_>) -> Value {
    let html = site.html(&format!("/compare/{spec}"));
    json!({
        "url": site.url(&format!("/compare/{spec}")),
        "html_url": html,
        "permalink_url": html,
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "base_commit": git::commit(base, site),
        "merge_base_commit": git::commit(common, site),
    })
}
