//! Pull requests and their reviews.

use serde_json::{Value, json};

use super::issues::{matches, reactions_on};
use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{Comment, Issue, Pull, Reacted, Review, Subject};
use crate::views::{diffs, git, pulls as views};

/// The pull request of the path. An issue is none.
fn pull<'a>(site: &Site<'a>) -> Result<(&'a Issue, &'a Pull), Answer> {
    let issue = site.call.id("pull_number").and_then(|number| site.content.tracker.issue(number));
    issue.and_then(|issue| Some((issue, issue.pull.as_ref()?))).ok_or_else(Answer::not_found)
}

fn review_of<'a>(site: &Site<'a>) -> Result<&'a Review, Answer> {
    let number = pull(site)?.0.number;
    let id = site.call.id("review_id");
    let mut reviews = site.content.tracker.reviews.iter();
    reviews
        .find(|it| it.pull == number && Some(it.id) == id && views::is_shown(it, site))
        .ok_or_else(Answer::not_found)
}

fn comment_of<'a>(site: &Site<'a>) -> Result<&'a Comment, Answer> {
    let id = site.call.id("comment_id");
    let mut comments = site.content.tracker.comments.iter();
    comments
        .find(|it| Some(it.id) == id && matches!(it.on, Subject::Review { .. }))
        .ok_or_else(Answer::not_found)
}

/// Pull requests, the newest first; open ones unless `state` says otherwise. `head` is
/// `owner:branch`.
pub(crate) fn list(site: &Site<'_>) -> Outcome {
    let head = site.call.query_text("head");
    let from = |it: &Issue| {
        let pull = it.pull.as_ref();
        let label = pull.map(|pull| format!("{}:{}", site.owner.login, pull.branch));
        pull.is_some() && (head.is_none() || head == label)
    };
    let matching = site.content.tracker.issues.iter().rev().filter(|it| from(it) && matches(it, site));
    site.list(matching, |it| views::simple(it, site))
}

/// One pull request, or its difference as text.
pub(crate) fn get(site: &Site<'_>) -> Outcome {
    let (issue, pull) = pull(site)?;
    if let Some(text) = diffs::of_pull(pull, site) {
        return Ok(text);
    }
    Ok(Answer::ok(views::full(issue, site)).modified_at(&rfc3339(issue.updated_at())))
}

/// The file it changes.
pub(crate) fn files(site: &Site<'_>) -> Outcome {
    let (_, pull) = pull(site)?;
    site.list([pull], |pull| views::file(&pull.path, &pull.head, site))
}

/// The commit it proposes.
pub(crate) fn commits(site: &Site<'_>) -> Outcome {
    let (_, pull) = pull(site)?;
    site.list(site.content.git.resolve(&pull.head), |commit| git::commit(commit, site))
}

/// What was said about its lines.
pub(crate) fn comments(site: &Site<'_>) -> Outcome {
    let number = pull(site)?.0.number;
    site.list(views::review_comments(number, site), |it| views::review_comment(it, site))
}

/// What was said about lines of all pull requests.
pub(crate) fn all_comments(site: &Site<'_>) -> Outcome {
    let comments = site.content.tracker.comments.iter();
    site.list(comments.filter(|it| views::is_of_finished_review(it, &site.content.tracker)), |it| {
        views::review_comment(it, site)
    })
}

/// One of these comments.
pub(crate) fn comment(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(views::review_comment(comment_of(site)?, site)))
}

/// Emoji under one of them.
pub(crate) fn comment_reactions(site: &Site<'_>) -> Outcome {
    reactions_on(Reacted::Comment(comment_of(site)?.id), site)
}

/// Its reviews.
pub(crate) fn reviews(site: &Site<'_>) -> Outcome {
    let number = pull(site)?.0.number;
    let reviews = site.content.tracker.reviews.iter();
    let reviews = reviews.filter(|it| it.pull == number && views::is_shown(it, site));
    site.list(reviews, |it| views::review(it, site))
}

/// One review.
pub(crate) fn review(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(views::review(review_of(site)?, site)))
}

/// What one review says about lines.
pub(crate) fn review_comments(site: &Site<'_>) -> Outcome {
    let review = review_of(site)?;
    let on = Subject::Review { pull: review.pull, review: review.id };
    let comments = site.content.tracker.comments.iter().filter(|it| it.on == on);
    site.list(comments, |it| views::review_comment(it, site))
}

/// Who is asked to review it.
pub(crate) fn requested_reviewers(site: &Site<'_>) -> Outcome {
    let (_, pull) = pull(site)?;
    let users: Vec<Value> = pull.reviewers.iter().map(|id| site.user(*id)).collect();
    Ok(Answer::ok(json!({ "users": users, "teams": views::teams(pull, site) })))
}
