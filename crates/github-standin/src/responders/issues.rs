//! Issues and what is said about them.

use serde_json::Value;

use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{Comment, Issue, Reacted, Subject};
use crate::views::issues as views;

/// The issue of the path; a pull request is one.
fn issue<'a>(site: &Site<'a>) -> Result<&'a Issue, Answer> {
    let number = site.call.id("issue_number");
    number.and_then(|number| site.content.tracker.issue(number)).ok_or_else(Answer::not_found)
}

/// The comment of the path, if it is on an issue.
fn comment_of<'a>(site: &Site<'a>) -> Result<&'a Comment, Answer> {
    let id = site.call.id("comment_id");
    let mut comments = site.content.tracker.comments.iter();
    comments.find(|it| Some(it.id) == id && matches!(it.on, Subject::Issue(_))).ok_or_else(Answer::not_found)
}

/// `state`, `labels`, `creator` and `assignee` of a list.
pub(super) fn matches(it: &Issue, site: &Site<'_>) -> bool {
    let query = |name| site.call.query_text(name);
    let login = |id: &u64| site.state.accounts.get(*id).map(|account| account.login.clone());
    let state = match query("state").as_deref() {
        Some("all") => true,
        Some("closed") => !it.is_open(),
        _ => it.is_open(),
    };
    let labels = query("labels")
        .is_none_or(|wanted| wanted.split(',').all(|it_is| it.labels.iter().any(|l| l == it_is)));
    let creator = query("creator").is_none_or(|wanted| login(&it.author) == Some(wanted));
    let assignee = query("assignee")
        .is_none_or(|wanted| it.assignees.iter().any(|id| login(id).as_ref() == Some(&wanted)));
    state && labels && creator && assignee
}

/// Issues and pull requests, the newest first; open ones unless `state` says otherwise.
pub(crate) fn list(site: &Site<'_>) -> Outcome {
    let matching = site.content.tracker.issues.iter().rev().filter(|it| matches(it, site));
    site.list(matching, |it| views::issue(it, site))
}

/// One issue.
pub(crate) fn get(site: &Site<'_>) -> Outcome {
    let issue = issue(site)?;
    Ok(Answer::ok(views::issue(issue, site)).modified_at(&rfc3339(issue.updated_at())))
}

/// The conversation of an issue.
pub(crate) fn comments(site: &Site<'_>) -> Outcome {
    let number = issue(site)?.number;
    site.list(views::comments_on(number, site), |it| views::comment(it, site))
}

/// The conversations of all issues.
pub(crate) fn all_comments(site: &Site<'_>) -> Outcome {
    let comments = site.content.tracker.comments.iter().filter(|it| matches!(it.on, Subject::Issue(_)));
    site.list(comments, |it| views::comment(it, site))
}

/// One comment.
pub(crate) fn comment(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(views::comment(comment_of(site)?, site)))
}

/// Emoji under a comment.
pub(crate) fn comment_reactions(site: &Site<'_>) -> Outcome {
    reactions_on(Reacted::Comment(comment_of(site)?.id), site)
}

/// Emoji under an issue.
pub(crate) fn reactions(site: &Site<'_>) -> Outcome {
    reactions_on(Reacted::Issue(issue(site)?.number), site)
}

/// Emoji under anything.
pub(super) fn reactions_on(on: Reacted, site: &Site<'_>) -> Outcome {
    let reactions = site.content.tracker.reactions.iter().filter(|it| it.on == on);
    site.list(reactions, |it| views::reaction(it, site))
}

/// The labels of an issue.
pub(crate) fn labels(site: &Site<'_>) -> Outcome {
    let issue = issue(site)?;
    site.list(views::labels_of(issue, site), |label| views::label(label, site))
}

/// What happened to an issue.
pub(crate) fn events(site: &Site<'_>) -> Outcome {
    let number = issue(site)?.number;
    let events = site.content.tracker.events.iter().filter(|it| it.issue == number);
    site.list(events, |it| views::event(it, site))
}

/// What happened to all issues, the newest first.
pub(crate) fn all_events(site: &Site<'_>) -> Outcome {
    site.list(site.content.tracker.events.iter().rev(), |it| views::event_with_issue(it, site))
}

/// One event.
pub(crate) fn event(site: &Site<'_>) -> Outcome {
    let id = site.call.id("event_id");
    let found = site.content.tracker.events.iter().find(|it| Some(it.id) == id);
    Ok(Answer::ok(views::event_with_issue(found.ok_or_else(Answer::not_found)?, site)))
}

/// Events and comments of an issue in the order they came.
pub(crate) fn timeline(site: &Site<'_>) -> Outcome {
    let number = issue(site)?.number;
    let events = site.content.tracker.events.iter().filter(|it| it.issue == number);
    let events = events.map(|it| (it.at, views::event(it, site)));
    let comments = views::comments_on(number, site).map(|it| (it.at, views::timeline_comment(it, site)));
    let references = site.content.tracker.references.iter().filter(|it| it.issue == number);
    let references =
        references.filter_map(|it| Some((it.at, views::cross_reference(it, &site.visible(it.from.0)?)?)));
    let mut all: Vec<(i64, Value)> = events.chain(comments).chain(references).collect();
    all.sort_by_key(|(at, _)| *at);
    site.list(all, |(_, view)| view)
}
