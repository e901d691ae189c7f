//! Pull requests.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use super::accounts::actor;
use super::checks;
use super::connection::connection;
use super::git::{CommitNode, branch, commit};
use super::issues;
use super::node::{AccountNode, IssueNode, PullNode, RepositoryNode};
use super::object::{Field, Plain, Shared, admits, leaf, order, plain, text};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::issues::Pull;
use crate::model::node_id::NodeId;
use crate::views::issues::issue_id;
use crate::views::pulls::shown_teams;

impl<'a> PullNode<'a> {
    fn is_merged(&self) -> bool {
        self.pull.merged && !self.it.is_open()
    }

    fn state(&self) -> &'static str {
        match (self.it.is_open(), self.pull.merged) {
            (true, _) => "OPEN",
            (false, true) => "MERGED",
            (false, false) => "CLOSED",
        }
    }

    fn scalar(&self, name: &str) -> Option<Value> {
        let (it, pull, site) = (self.it, self.pull, &self.site);
        let id = issue_id(it.number, site) + 500;
        let open = it.is_open();
        Some(match name {
            "id" => json!(NodeId::Pull(site.repository.id, it.number).to_string()),
            "databaseId" => json!(id),
            "fullDatabaseId" => json!(id.to_string()),
            "state" => json!(self.state()),
            "isDraft" => json!(pull.draft),
            "additions" | "deletions" | "changedFiles" => json!(1),
            "baseRefName" => json!("main"),
            "baseRefOid" => json!(pull.base),
            "headRefName" => json!(pull.branch),
            "headRefOid" => json!(pull.head),
            "isCrossRepository" => json!(pull.fork.is_some()),
            "maintainerCanModify" => json!(false),
            "mergeable" => json!(if open { "MERGEABLE" } else { "UNKNOWN" }),
            "mergeStateStatus" => json!(if open { "CLEAN" } else { "UNKNOWN" }),
            "merged" => json!(self.is_merged()),
            "mergedAt" => json!(it.closed_at.filter(|_| pull.merged).map(rfc3339)),
            "reviewDecision" => json!(self.decision()),
            "autoMergeRequest" => Value::Null,
            _ => return issues::scalar(it, name, site),
        })
    }

    /// The last word of each reviewer counts; changes that one requests win over approvals.
    fn decision(&self) -> Option<&'static str> {
        let states: Vec<&str> = self.reviews().map(|it| it.state()).collect();
        if states.contains(&"CHANGES_REQUESTED") {
            return Some("CHANGES_REQUESTED");
        }
        states.contains(&"APPROVED").then_some("APPROVED")
    }

    /// People, and the teams that the caller may see.
    fn review_requests(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let site = self.site;
        let people = self.pull.reviewers.iter().filter_map(|id| AccountNode::find(*id, &site));
        let teams = shown_teams(self.pull, &site).map(|team| {
            Plain::new(json!({
                "__typename": "Team",
                "id": format!("T_{}", team.id),
                "name": team.slug,
                "slug": team.slug,
                "privacy": if team.secret { "SECRET" } else { "VISIBLE" },
                "organization": { "__typename": "Organization", "login": site.owner.login },
            }))
        });
        let asked = people.map(Shared::new).chain(teams.map(Shared::new));
        connection(info, asked.collect::<Vec<_>>(), ReviewRequest)
    }

    /// The repository that the branch is in, if the caller may see it.
    fn head_site(&self) -> Option<Site<'a>> {
        match self.pull.fork {
            Some(fork) => self.site.visible(fork),
            None => Some(self.site),
        }
    }

    /// The issues that it closes, of the repositories that the caller may see.
    fn closing(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let site = self.site;
        let closes = self.pull.closes.iter();
        let found =
            closes.filter_map(|(repository, number)| IssueNode::find(*number, site.visible(*repository)?));
        connection(info, found, |it| it)
    }

    fn commits(&self, info: &ResolveInfo<'_>) -> Field<'a> {
        let site = self.site;
        let head = site.content.git.resolve(&self.pull.head);
        connection(info, head, |it| PullRequestCommit(CommitNode { it, site }))
    }
}

impl ObjectValue for PullNode<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequest"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        if let Some(value) = self.scalar(info.field_name()) {
            return Ok(plain(&value));
        }
        let (pull, site) = (self.pull, self.site);
        let when = |condition: bool, value: ResolvedValue<'a>| if condition { value } else { leaf(()) };
        Ok(match info.field_name() {
            "baseRef" => branch("main", site),
            "headRef" => self.head_site().map_or(leaf(()), |head| branch(&pull.branch, head)),
            "baseRepository" => ResolvedValue::object(RepositoryNode(site)),
            "headRepository" => ResolvedValue::nullable_object(self.head_site().map(RepositoryNode)),
            "headRepositoryOwner" => {
                let owner = self.head_site().and_then(|head| AccountNode::find(head.owner.id, &head));
                ResolvedValue::nullable_object(owner)
            }
            "mergedBy" => when(self.is_merged(), actor(site.owner.id, &site)),
            "mergeCommit" => when(self.is_merged(), commit(&pull.head, site)),
            "potentialMergeCommit" => when(self.it.is_open(), commit(&pull.head, site)),
            "statusCheckRollup" => checks::rollup(&pull.head, site),
            "commits" => return self.commits(info),
            "files" => return connection(info, [()], |()| Plain::new(file(pull))),
            "reviews" => return self.review_nodes(info, false),
            "reviewThreads" => return self.review_threads(info),
            "latestReviews" => return self.review_nodes(info, true),
            "reviewRequests" => return self.review_requests(info),
            "closingIssuesReferences" => return self.closing(info),
            _ => {
                return issues::related(self.it, info, site)
                    .unwrap_or_else(|| Err(self.unknown_field_error(info)));
            }
        })
    }
}

fn file(pull: &Pull) -> Value {
    json!({
        "__typename": "PullRequestChangedFile",
        "path": pull.path, "additions": 1, "deletions": 1, "changeType": "MODIFIED",
    })
}

/// `PullRequestCommit`.
struct PullRequestCommit<'a>(CommitNode<'a>);

impl ObjectValue for PullRequestCommit<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequestCommit"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        match info.field_name() {
            "commit" => Ok(ResolvedValue::object(self.0)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

/// `ReviewRequest`.
struct ReviewRequest<'a>(Shared<'a>);

impl ObjectValue for ReviewRequest<'_> {
    fn type_name(&self) -> &'static str {
        "ReviewRequest"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        match info.field_name() {
            "requestedReviewer" => Ok(ResolvedValue::object(self.0.clone())),
            "asCodeOwner" => Ok(leaf(false)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

/// `pullRequests` of a repository.
pub(super) fn list<'a>(info: &ResolveInfo<'_>, site: Site<'a>) -> Field<'a> {
    let all = site.content.tracker.issues.iter();
    let pulls = all.filter_map(|it| Some(PullNode { it, pull: it.pull.as_ref()?, site }));
    let mut pulls: Vec<PullNode<'a>> = pulls
        .filter(|node| {
            admits(info, "states", node.state())
                && issues::has_labels(info, node.it)
                && text(info, "headRefName").is_none_or(|name| name == node.pull.branch)
                && text(info, "baseRefName").is_none_or(|name| name == "main")
        })
        .collect();
    order(&mut pulls, info, |node, field| issues::order_key(node.it, field, &node.site));
    connection(info, pulls, |it| it)
}
