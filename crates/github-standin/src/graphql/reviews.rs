//! Reviews of pull requests, and what they say about lines. The model has no replies: each comment
//! begins a thread. What is in a review that is not submitted is there for its author only.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::json;

use super::accounts::actor;
use super::connection::connection;
use super::git::commit;
use super::node::PullNode;
use super::object::{Field, admits, leaf, plain};
use super::tracker::reaction_groups;
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{Comment, Pull, Reacted, Review, Subject};
use crate::views::UPDATED_AT;
use crate::views::pulls::{HUNK, is_shown};

impl<'a> PullNode<'a> {
    /// The reviews that the caller may see.
    pub(super) fn reviews(&self) -> impl Iterator<Item = ReviewNode<'a>> + use<'a> {
        let Self { it, pull, site } = *self;
        let reviews = site.content.tracker.reviews.iter();
        let shown = reviews.filter(move |review| review.pull == it.number && is_shown(review, &site));
        shown.map(move |it| ReviewNode { it, pull, site })
    }

    pub(super) fn review_nodes(&self, info: &ResolveInfo<'_>, latest: bool) -> Field<'a> {
        let finished = self.reviews().filter(|node| !latest || node.it.state != "PENDING");
        connection(info, finished.filter(|node| admits(info, "states", node.it.state)), |node| node)
    }

    pub(super) fn review_threads(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        connection(info, self.reviews().flat_map(ReviewNode::comments), ThreadNode)
    }
}

/// `PullRequestReview`.
#[derive(Clone, Copy)]
pub(super) struct ReviewNode<'a> {
    it: &'a Review,
    pull: &'a Pull,
    site: Site<'a>,
}

impl<'a> ReviewNode<'a> {
    /// `APPROVED`, …
    pub(super) fn state(&self) -> &'static str {
        self.it.state
    }

    fn comments(self) -> impl Iterator<Item = ReviewCommentNode<'a>> + use<'a> {
        let on = Subject::Review { pull: self.it.pull, review: self.it.id };
        let comments = self.site.content.tracker.comments.iter().filter(move |it| it.on == on);
        comments.map(move |it| ReviewCommentNode { it, review: self })
    }
}

impl ObjectValue for ReviewNode<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequestReview"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let (it, site) = (self.it, &self.site);
        Ok(match info.field_name() {
            "id" => leaf(format!("PRR_{}", it.id)),
            "databaseId" => leaf(it.id),
            "author" => actor(it.author, site),
            "authorAssociation" => leaf(site.association(it.author)),
            "body" => leaf(&it.body),
            "state" => leaf(it.state),
            "submittedAt" => leaf((it.state != "PENDING").then_some(UPDATED_AT)),
            "comments" => return connection(info, self.comments(), |comment| comment),
            "commit" => commit(&self.pull.head, *site),
            // The model has no reactions to reviews.
            "reactionGroups" => plain(&json!(reaction_groups(Reacted::Comment(0), site))),
            "url" => leaf(site.html(&format!("/pull/{}#pullrequestreview-{}", it.pull, it.id))),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// `PullRequestReviewComment`.
#[derive(Clone, Copy)]
struct ReviewCommentNode<'a> {
    it: &'a Comment,
    review: ReviewNode<'a>,
}

impl ObjectValue for ReviewCommentNode<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequestReviewComment"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let (it, ReviewNode { it: review, pull, site }) = (self.it, self.review);
        Ok(match info.field_name() {
            "id" => leaf(format!("PRRC_{}", it.id)),
            "databaseId" => leaf(it.id),
            "fullDatabaseId" => leaf(it.id.to_string()),
            "author" => actor(it.author, &site),
            "authorAssociation" => leaf(site.association(it.author)),
            "body" | "bodyText" => leaf(&it.body),
            "commit" | "originalCommit" => commit(&pull.head, site),
            "createdAt" | "publishedAt" | "updatedAt" => leaf(rfc3339(it.at)),
            "diffHunk" => leaf(HUNK),
            "includesCreatedEdit" | "isMinimized" | "outdated" => leaf(false),
            "line" | "originalLine" | "position" | "originalPosition" => leaf(1),
            "startLine" | "originalStartLine" | "minimizedReason" | "replyTo" => leaf(()),
            "path" => leaf(&pull.path),
            "pullRequestReview" => ResolvedValue::object(self.review),
            "reactionGroups" => plain(&json!(reaction_groups(Reacted::Comment(it.id), &site))),
            "state" => leaf(if review.state == "PENDING" { "PENDING" } else { "SUBMITTED" }),
            "subjectType" => leaf("LINE"),
            "url" => leaf(site.html(&format!("/pull/{}#discussion_r{}", review.pull, it.id))),
            "viewerDidAuthor" => leaf(site.is_asked_by(it.author)),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// `PullRequestReviewThread`: a comment, and what would reply to it.
struct ThreadNode<'a>(ReviewCommentNode<'a>);

impl ObjectValue for ThreadNode<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequestReviewThread"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        Ok(match info.field_name() {
            "id" => leaf(format!("PRRT_{}", self.0.it.id)),
            "comments" => return connection(info, [self.0], |comment| comment),
            "diffSide" => leaf("RIGHT"),
            "isCollapsed" | "isOutdated" | "isResolved" => leaf(false),
            "line" | "originalLine" => leaf(1),
            "path" => leaf(&self.0.review.pull.path),
            "originalStartLine" | "resolvedBy" | "startDiffSide" | "startLine" => leaf(()),
            "subjectType" => leaf("LINE"),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}
