//! Pull requests and their reviews.

use serde_json::{Value, json};

use super::accounts::merge;
use super::issues::{comment_base, comments_on, common, html, issue_id};
use super::repositories::repository;
use crate::call::site::Site;
use crate::call::urls::page;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{Comment, Issue, Pull, Review, Subject, Team, Tracker};
use crate::model::node_id::NodeId;

/// What every change of a file here is.
pub(crate) const HUNK: &str = "@@ -1 +1 @@\n-pub fn launch() {}\n+pub fn launch() { /* soon */ }";

/// GitHub's `pull-request-simple`; null for an issue that is not a pull request.
pub(crate) fn simple(it: &Issue, site: &Site<'_>) -> Value {
    let Some(pull) = &it.pull else { return Value::Null };
    let url = site.url(&format!("/pulls/{}", it.number));
    let issue_url = site.url(&format!("/issues/{}", it.number));
    let html = html(it, site);
    let statuses = site.url(&format!("/statuses/{}", pull.head));
    let link = |href: &str| json!({ "href": href });
    let links = json!({
        "self": link(&url), "html": link(&html), "issue": link(&issue_url), "statuses": link(&statuses),
        "comments": link(&format!("{issue_url}/comments")),
        "commits": link(&format!("{url}/commits")),
        "review_comments": link(&format!("{url}/comments")),
        "review_comment": link(&site.url("/pulls/comments{/number}")),
    });
    let view = json!({
        "url": url,
        "id": issue_id(it.number, site) + 500,
        "node_id": NodeId::Pull(site.repository.id, it.number).to_string(),
        "html_url": html,
        "diff_url": format!("{html}.diff"),
        "patch_url": format!("{html}.patch"),
        "issue_url": issue_url,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": site.url("/pulls/comments{/number}"),
        "comments_url": format!("{issue_url}/comments"),
        "statuses_url": statuses,
        "draft": pull.draft,
        "merged_at": merged_at(it, pull),
        "merge_commit_sha": pull.head,
        "requested_reviewers": pull.reviewers.iter().map(|id| site.user(*id)).collect::<Vec<_>>(),
        "requested_teams": teams(pull, site),
        "head": head(pull, site),
        "base": end("main", &pull.base, site),
        "auto_merge": null,
        "_links": links,
    });
    merge(common(it, site), view)
}

/// GitHub's `pull-request`.
pub(crate) fn full(it: &Issue, site: &Site<'_>) -> Value {
    let Some(pull) = &it.pull else { return Value::Null };
    let merged = pull.merged && !it.is_open();
    let more = json!({
        "merged": merged,
        "mergeable": it.is_open().then_some(true),
        "mergeable_state": if it.is_open() { "clean" } else { "unknown" },
        "rebaseable": it.is_open().then_some(true),
        "merged_by": if merged { site.user(site.owner.id) } else { Value::Null },
        "comments": comments_on(it.number, site).count(),
        "review_comments": review_comments(it.number, site).count(),
        "maintainer_can_modify": false,
        "commits": 1, "additions": 1, "deletions": 1, "changed_files": 1,
    });
    merge(simple(it, site), more)
}

fn merged_at(it: &Issue, pull: &Pull) -> Option<String> {
    it.closed_at.filter(|_| pull.merged).map(rfc3339)
}

fn end(branch: &str, sha: &str, site: &Site<'_>) -> Value {
    json!({
        "label": format!("{}:{branch}", site.owner.login),
        "ref": branch,
        "sha": sha,
        "user": site.user(site.owner.id),
        "repo": repository(site.repository, None, site.state, site.call.urls),
    })
}

/// The head is in a fork or in the repository itself. Of a fork that the caller may not see, GitHub
/// says `null`.
fn head(pull: &Pull, site: &Site<'_>) -> Value {
    let view = end(&pull.branch, &pull.head, site);
    let Some(fork) = pull.fork else { return view };
    let fork = site.visible(fork);
    let shown = fork.map(|fork| repository(fork.repository, None, site.state, site.call.urls));
    merge(view, json!({ "repo": shown }))
}

/// The teams that are asked and that the caller may see.
pub(crate) fn shown_teams<'a>(pull: &'a Pull, site: &Site<'_>) -> impl Iterator<Item = &'a Team> {
    let sees_secrets = site.may_push();
    pull.teams.iter().filter(move |team| !team.secret || sees_secrets)
}

/// GitHub's `team` for each of them.
pub(crate) fn teams(pull: &Pull, site: &Site<'_>) -> Vec<Value> {
    shown_teams(pull, site)
        .map(|team| {
            let url = site.call.urls.api(&format!("/organizations/{}/team/{}", site.owner.id, team.id));
            json!({
                "id": team.id,
                "node_id": format!("T_{}", team.id),
                "name": team.slug,
                "slug": team.slug,
                "description": null,
                "privacy": if team.secret { "secret" } else { "closed" },
                "permission": "push",
                "url": url,
                "html_url": page(&format!("/orgs/{}/teams/{}", site.owner.login, team.slug)),
                "members_url": format!("{url}/members{{/member}}"),
                "repositories_url": format!("{url}/repos"),
                "type": "organization",
                "parent": null,
            })
        })
        .collect()
}

/// Whether the caller sees a review.
pub(crate) fn is_shown(it: &Review, site: &Site<'_>) -> bool {
    it.state != "PENDING" || site.is_asked_by(it.author)
}

/// Whether a comment is in a review that was submitted. Lists of comments have no others, also for
/// their author.
pub(crate) fn is_of_finished_review(it: &Comment, tracker: &Tracker) -> bool {
    let Subject::Review { review, .. } = it.on else { return false };
    tracker.reviews.iter().any(|known| known.id == review && known.state != "PENDING")
}

/// GitHub's `diff-entry` for a file that was changed.
pub(crate) fn file(path: &str, at: &str, site: &Site<'_>) -> Value {
    json!({
        "sha": site.content.git.files.get(path),
        "filename": path,
        "status": "modified",
        "additions": 1, "deletions": 1, "changes": 2,
        "blob_url": site.html(&format!("/blob/{at}/{path}")),
        "raw_url": site.html(&format!("/raw/{at}/{path}")),
        "contents_url": site.url(&format!("/contents/{path}?ref={at}")),
        "patch": HUNK,
    })
}

/// GitHub's `pull-request-review`.
pub(crate) fn review(it: &Review, site: &Site<'_>) -> Value {
    let (html, pull_url) = addresses(it.pull, &format!("#pullrequestreview-{}", it.id), site);
    let head = site.content.tracker.issue(it.pull).and_then(|issue| issue.pull.as_ref()).map(|it| &it.head);
    let mut view = json!({
        "id": it.id,
        "node_id": format!("PRR_{}", it.id),
        "user": site.user(it.author),
        "body": it.body,
        "state": it.state,
        "commit_id": head,
        "html_url": html,
        "pull_request_url": pull_url,
        "_links": { "html": { "href": html }, "pull_request": { "href": pull_url } },
        "author_association": site.association(it.author),
    });
    if it.state != "PENDING" {
        view["submitted_at"] = super::UPDATED_AT.into();
    }
    view
}

/// What was said about lines of a pull request.
pub(crate) fn review_comments<'a>(
    number: u64,
    site: &Site<'a>,
) -> impl Iterator<Item = &'a Comment> + use<'a> {
    let comments = site.content.tracker.comments.iter();
    let tracker = &site.content.tracker;
    comments.filter(move |it| {
        matches!(it.on, Subject::Review { pull, .. } if pull == number) && is_of_finished_review(it, tracker)
    })
}

/// GitHub's `pull-request-review-comment`, which also has what `review-comment` wants.
pub(crate) fn review_comment(it: &Comment, site: &Site<'_>) -> Value {
    let Subject::Review { pull, review } = it.on else { return Value::Null };
    let url = site.url(&format!("/pulls/comments/{}", it.id));
    let (html, pull_url) = addresses(pull, &format!("#discussion_r{}", it.id), site);
    let reviewed = site.content.tracker.issue(pull).and_then(|issue| issue.pull.as_ref());
    let head = reviewed.map(|it| &it.head);
    let more = json!({
        "pull_request_review_id": review,
        "diff_hunk": HUNK,
        "path": reviewed.map(|it| &it.path),
        "position": 1, "original_position": 1,
        "line": 1, "original_line": 1, "side": "RIGHT",
        "commit_id": head, "original_commit_id": head,
        "html_url": html,
        "pull_request_url": pull_url,
        "_links": { "self": { "href": url }, "html": { "href": html }, "pull_request": { "href": pull_url } },
    });
    merge(comment_base(it, &url, site), more)
}

fn addresses(pull: u64, anchor: &str, site: &Site<'_>) -> (String, String) {
    (site.html(&format!("/pull/{pull}{anchor}")), site.url(&format!("/pulls/{pull}")))
}
