//! Issues and what is said about them.

use serde_json::{Value, json};

use super::accounts::merge;
use super::repositories::repository;
use super::{CREATED_AT, UPDATED_AT};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{
    Comment, Event, Issue, Label, Milestone, Reacted, Reaction, Reference, Subject,
};
use crate::model::node_id::NodeId;

/// GitHub's `label`.
pub(crate) fn label(it: &Label, site: &Site<'_>) -> Value {
    json!({
        "id": it.id,
        "node_id": format!("LA_{}", it.id),
        "url": site.url(&format!("/labels/{}", it.name.replace(' ', "%20"))),
        "name": it.name,
        "description": format!("About {}", it.name),
        "color": it.color,
        "default": true,
    })
}

/// The labels of an issue.
pub(crate) fn labels_of<'a>(issue: &'a Issue, site: &Site<'a>) -> impl Iterator<Item = &'a Label> + use<'a> {
    let labels = &site.content.tracker.labels;
    issue.labels.iter().filter_map(|name| labels.iter().find(|label| label.name == *name))
}

/// GitHub's `milestone`.
pub(crate) fn milestone(it: &Milestone, site: &Site<'_>) -> Value {
    let of = |open: bool| {
        let issues = site.content.tracker.issues.iter();
        issues.filter(|issue| issue.milestone == Some(it.number) && issue.is_open() == open).count()
    };
    let url = site.url(&format!("/milestones/{}", it.number));
    json!({
        "url": url,
        "html_url": site.html(&format!("/milestone/{}", it.number)),
        "labels_url": format!("{url}/labels"),
        "id": site.repository.id * 10 + it.number,
        "node_id": format!("MI_{}", it.number),
        "number": it.number,
        "title": it.title,
        "description": null,
        "creator": site.user(site.owner.id),
        "open_issues": of(true),
        "closed_issues": of(false),
        "state": if it.open { "open" } else { "closed" },
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
        "due_on": null,
        "closed_at": (!it.open).then_some(UPDATED_AT),
    })
}

/// What an issue and a pull request have in common.
pub(crate) fn common(it: &Issue, site: &Site<'_>) -> Value {
    let assignees: Vec<Value> = it.assignees.iter().map(|id| site.user(*id)).collect();
    let milestones = &site.content.tracker.milestones;
    let its_milestone =
        it.milestone.and_then(|number| milestones.iter().find(|known| known.number == number));
    json!({
        "number": it.number,
        "title": it.title,
        "body": it.body,
        "user": site.user(it.author),
        "labels": labels_of(it, site).map(|known| label(known, site)).collect::<Vec<_>>(),
        "state": if it.is_open() { "open" } else { "closed" },
        "locked": false,
        "active_lock_reason": null,
        "assignee": assignees.first(),
        "assignees": assignees,
        "milestone": its_milestone.map(|known| milestone(known, site)),
        "created_at": rfc3339(it.created_at),
        "updated_at": rfc3339(it.updated_at()),
        "closed_at": it.closed_at.map(rfc3339),
        "author_association": site.association(it.author),
    })
}

/// GitHub's `issue`. A pull request is one too, with links to its other half.
pub(crate) fn issue(it: &Issue, site: &Site<'_>) -> Value {
    let url = site.url(&format!("/issues/{}", it.number));
    let comments = comments_on(it.number, site).count();
    let view = json!({
        "url": url,
        "repository_url": site.url(""),
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "timeline_url": format!("{url}/timeline"),
        "html_url": html(it, site),
        "id": issue_id(it.number, site),
        "node_id": NodeId::Issue(site.repository.id, it.number).to_string(),
        "comments": comments,
        "state_reason": it.closed_at.map(|_| "completed"),
        "reactions": rollup(Reacted::Issue(it.number), &url, site),
    });
    let view = merge(common(it, site), view);
    let Some(pull) = &it.pull else { return view };
    let links = json!({
        "draft": pull.draft,
        "pull_request": {
            "url": site.url(&format!("/pulls/{}", it.number)),
            "html_url": html(it, site),
            "diff_url": format!("{}.diff", html(it, site)),
            "patch_url": format!("{}.patch", html(it, site)),
            "merged_at": it.closed_at.filter(|_| pull.merged).map(rfc3339),
        },
    });
    merge(view, links)
}

/// The id of an issue, which is not its number.
pub(crate) fn issue_id(number: u64, site: &Site<'_>) -> u64 {
    site.repository.id * 1000 + number
}

/// The page of an issue or a pull request.
pub(crate) fn html(it: &Issue, site: &Site<'_>) -> String {
    let kind = if it.pull.is_some() { "pull" } else { "issues" };
    site.html(&format!("/{kind}/{}", it.number))
}

/// The conversation of an issue.
pub(crate) fn comments_on<'a>(number: u64, site: &Site<'a>) -> impl Iterator<Item = &'a Comment> + use<'a> {
    site.content.tracker.comments.iter().filter(move |comment| comment.on == Subject::Issue(number))
}

/// What all comments have in common.
pub(crate) fn comment_base(it: &Comment, url: &str, site: &Site<'_>) -> Value {
    json!({
        "url": url,
        "id": it.id,
        "node_id": format!("C_{}", it.id),
        "user": site.user(it.author),
        "body": it.body,
        "created_at": rfc3339(it.at),
        "updated_at": rfc3339(it.at),
        "author_association": site.association(it.author),
        "reactions": rollup(Reacted::Comment(it.id), url, site),
    })
}

/// GitHub's `issue-comment`.
pub(crate) fn comment(it: &Comment, site: &Site<'_>) -> Value {
    let Subject::Issue(number) = it.on else { return Value::Null };
    let more = json!({
        "html_url": site.html(&format!("/issues/{number}#issuecomment-{}", it.id)),
        "issue_url": site.url(&format!("/issues/{number}")),
    });
    merge(comment_base(it, &site.url(&format!("/issues/comments/{}", it.id)), site), more)
}

/// GitHub's `commit-comment`.
pub(crate) fn commit_comment(it: &Comment, site: &Site<'_>) -> Value {
    let Subject::Commit(sha) = &it.on else { return Value::Null };
    let more = json!({
        "html_url": site.html(&format!("/commit/{sha}#commitcomment-{}", it.id)),
        "commit_id": sha, "path": null, "position": null, "line": null,
    });
    merge(comment_base(it, &site.url(&format!("/comments/{}", it.id)), site), more)
}

/// One of GitHub's `issue-event-for-issue`: labeled or closed.
pub(crate) fn event(it: &Event, site: &Site<'_>) -> Value {
    let view = json!({
        "id": it.id,
        "node_id": format!("E_{}", it.id),
        "url": site.url(&format!("/issues/events/{}", it.id)),
        "actor": site.user(it.actor),
        "event": if it.label.is_some() { "labeled" } else { "closed" },
        "commit_id": null,
        "commit_url": null,
        "created_at": rfc3339(it.at),
        "performed_via_github_app": null,
    });
    let labels = &site.content.tracker.labels;
    match it.label.as_ref().and_then(|name| labels.iter().find(|label| label.name == *name)) {
        Some(label) => merge(view, json!({ "label": { "name": label.name, "color": label.color } })),
        None => merge(view, json!({ "state_reason": null })),
    }
}

/// GitHub's `issue-event`: the same with the issue it is about.
pub(crate) fn event_with_issue(it: &Event, site: &Site<'_>) -> Value {
    let about = site.content.tracker.issue(it.issue).map(|about| issue(about, site));
    merge(event(it, site), json!({ "issue": about }))
}

/// A comment in the timeline.
pub(crate) fn timeline_comment(it: &Comment, site: &Site<'_>) -> Value {
    merge(comment(it, site), json!({ "event": "commented", "actor": site.user(it.author) }))
}

/// GitHub's `timeline-cross-referenced-event`, as seen from the site that has the issue which
/// refers to another.
pub(crate) fn cross_reference(it: &Reference, from: &Site<'_>) -> Option<Value> {
    let source = issue(from.content.tracker.issue(it.from.1)?, from);
    let of = json!({ "repository": repository(from.repository, None, from.state, from.call.urls) });
    Some(json!({
        "event": "cross-referenced",
        "actor": from.user(it.actor),
        "created_at": rfc3339(it.at),
        "updated_at": rfc3339(it.at),
        "source": { "type": "issue", "issue": merge(source, of) },
    }))
}

/// GitHub's `reaction`.
pub(crate) fn reaction(it: &Reaction, site: &Site<'_>) -> Value {
    json!({
        "id": it.id,
        "node_id": format!("REA_{}", it.id),
        "user": site.user(it.author),
        "content": it.content,
        "created_at": UPDATED_AT,
    })
}

/// GitHub's `reaction-rollup`.
fn rollup(on: Reacted, url: &str, site: &Site<'_>) -> Value {
    let of = |content: &str| {
        let all = site.content.tracker.reactions.iter();
        all.filter(|it| it.on == on && (content.is_empty() || it.content == content)).count()
    };
    let names = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];
    let counts: Value = names.into_iter().map(|name| (name.to_owned(), json!(of(name)))).collect();
    merge(counts, json!({ "url": format!("{url}/reactions"), "total_count": of("") }))
}
