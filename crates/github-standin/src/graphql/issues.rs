//! Issues, and what pull requests share with them.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use super::accounts::actor;
use super::connection::{connection, empty};
use super::node::{AccountNode, IssueNode, PullNode, RepositoryNode};
use super::object::{Field, Plain, leaf, order, plain};
use super::timeline;
use super::tracker::{CommentNode, label, milestone, reaction_groups};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::{Issue, Reacted};
use crate::model::node_id::NodeId;
use crate::views::issues::{comments_on, html, issue_id, labels_of};

impl<'a> IssueNode<'a> {
    fn scalar(&self, name: &str) -> Option<Value> {
        let it = self.it;
        Some(match name {
            "id" => json!(NodeId::Issue(self.site.repository.id, it.number).to_string()),
            "databaseId" => json!(issue_id(it.number, &self.site)),
            "fullDatabaseId" => json!(issue_id(it.number, &self.site).to_string()),
            "state" => json!(if it.is_open() { "OPEN" } else { "CLOSED" }),
            "stateReason" => json!(it.closed_at.map(|_| "COMPLETED")),
            "isPinned" => json!(false),
            "subIssuesSummary" => json!({
                "__typename": "SubIssuesSummary", "total": 0, "completed": 0, "percentCompleted": 0,
            }),
            "parent" | "issueType" => Value::Null,
            _ => return scalar(it, name, &self.site),
        })
    }

    /// The pull requests that close it, of the repositories that the caller may see.
    fn closed_by(&self) -> impl Iterator<Item = PullNode<'a>> + use<'a> {
        let (state, call, site) = (self.site.state, self.site.call, self.site);
        let this = (site.repository.id, self.it.number);
        let sites = state.repositories.iter().filter_map(move |it| Site::new(it, state, call));
        sites.filter(Site::is_visible).flat_map(move |site| {
            let pulls = site.content.tracker.issues.iter();
            pulls.filter_map(move |it| {
                let pull = it.pull.as_ref().filter(|pull| pull.closes.contains(&this))?;
                Some(PullNode { it, pull, site })
            })
        })
    }
}

impl ObjectValue for IssueNode<'_> {
    fn type_name(&self) -> &'static str {
        "Issue"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        if let Some(value) = self.scalar(info.field_name()) {
            return Ok(plain(&value));
        }
        match info.field_name() {
            "closedByPullRequestsReferences" => connection(info, self.closed_by(), |it| it),
            "linkedBranches" | "subIssues" | "blockedBy" | "blocking" => empty(info),
            _ => related(self.it, info, self.site).unwrap_or_else(|| Err(self.unknown_field_error(info))),
        }
    }
}

/// A scalar that issues and pull requests have alike.
pub(super) fn scalar(it: &Issue, name: &str, site: &Site<'_>) -> Option<Value> {
    Some(match name {
        "number" => json!(it.number),
        "title" => json!(it.title),
        "body" | "bodyText" => json!(it.body),
        "url" => json!(html(it, site)),
        "closed" => json!(!it.is_open()),
        "closedAt" => json!(it.closed_at.map(rfc3339)),
        "createdAt" => json!(rfc3339(it.created_at)),
        "updatedAt" => json!(rfc3339(it.updated_at())),
        "authorAssociation" => json!(site.association(it.author)),
        "locked" => json!(false),
        "activeLockReason" => Value::Null,
        "viewerDidAuthor" => json!(site.is_asked_by(it.author)),
        "reactionGroups" => json!(reaction_groups(Reacted::Issue(it.number), site)),
        _ => return None,
    })
}

/// An object that issues and pull requests have alike.
pub(super) fn related<'a>(it: &'a Issue, info: &'a ResolveInfo<'a>, site: Site<'a>) -> Option<Field<'a>> {
    Some(match info.field_name() {
        "author" => Ok(actor(it.author, &site)),
        "repository" => Ok(ResolvedValue::object(RepositoryNode(site))),
        "assignees" => {
            let found = it.assignees.iter().filter_map(|id| AccountNode::find(*id, &site));
            connection(info, found, |it| it)
        }
        "labels" => connection(info, labels_of(it, &site), |it| Plain::new(label(it, &site))),
        "milestone" => {
            let milestones = site.content.tracker.milestones.iter();
            let found = milestones.into_iter().find(|known| Some(known.number) == it.milestone);
            Ok(found.map_or(leaf(()), |it| plain(&milestone(it, &site))))
        }
        "comments" => connection(info, comments_on(it.number, &site), |it| CommentNode { it, site }),
        "timelineItems" => timeline::items(it, info, site),
        "projectItems" | "projectCards" => empty(info),
        _ => return None,
    })
}

/// `issues` of a repository.
pub(super) fn list<'a>(info: &ResolveInfo<'_>, site: Site<'a>) -> Field<'a> {
    let all = site.content.tracker.issues.iter().filter(|it| it.pull.is_none());
    let mut issues: Vec<IssueNode<'a>> =
        all.map(|it| IssueNode { it, site }).filter(|it| wants(info, it)).collect();
    order(&mut issues, info, |node, field| order_key(node.it, field, &node.site));
    connection(info, issues, |it| it)
}

/// What `orderBy` of issues and pull requests sorts by.
pub(super) fn order_key(it: &Issue, field: &str, site: &Site<'_>) -> i64 {
    match field {
        "UPDATED_AT" => it.updated_at(),
        "COMMENTS" => i64::try_from(comments_on(it.number, site).count()).unwrap_or_default(),
        _ => it.created_at,
    }
}

/// `states`, `labels` and the parts of `filterBy` that gh uses.
fn wants(info: &ResolveInfo<'_>, node: &IssueNode<'_>) -> bool {
    let (it, site) = (node.it, &node.site);
    let state = if it.is_open() { "OPEN" } else { "CLOSED" };
    let filter = |name| super::object::inner(info, "filterBy", name);
    let person = |name, ids: &[u64]| match filter(name).and_then(|login| login.as_str()) {
        None => true,
        Some("*") => !ids.is_empty(),
        Some(login) => site.state.accounts.find(login).is_some_and(|account| ids.contains(&account.id)),
    };
    let in_states = filter("states")
        .and_then(|it| it.as_array())
        .is_none_or(|states| states.iter().any(|wanted| wanted.as_str() == Some(state)));
    // The model has no mentions, so no issue matches.
    super::object::admits(info, "states", state)
        && in_states
        && has_labels(info, it)
        && person("assignee", &it.assignees)
        && person("createdBy", &[it.author])
        && person("mentioned", &[])
}

/// Whether an issue has one of the labels that the argument names, if it does.
pub(super) fn has_labels(info: &ResolveInfo<'_>, it: &Issue) -> bool {
    let wanted = info.arguments().get("labels").and_then(|it| it.as_array());
    wanted.is_none_or(|wanted| {
        wanted.iter().filter_map(|it| it.as_str()).any(|name| it.labels.iter().any(|known| known == name))
    })
}
