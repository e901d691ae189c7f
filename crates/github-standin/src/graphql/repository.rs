//! Repositories.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use super::accounts::actor;
use super::connection::{connection, empty};
use super::errors::not_found;
use super::node::{AccountNode, IssueNode, PullNode, RepositoryNode, issue_or_pull};
use super::object::{Field, Plain, admits, number, order, plain, text};
use super::tracker::{label, milestone};
use super::{git, issues, pulls, releases};
use crate::call::site::Site;
use crate::model::node_id::NodeId;
use crate::views::repositories::topics;
use crate::views::{CREATED_AT, UPDATED_AT};

impl ObjectValue for RepositoryNode<'_> {
    fn type_name(&self) -> &'static str {
        "Repository"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let (name, site) = (info.field_name(), self.0);
        let known = settings(name).or_else(|| scalar(name, &site)).or_else(|| viewers(name, &site));
        if let Some(value) = known.or_else(|| about(name, &site)) {
            return Ok(plain(&value));
        }
        single(info, site)
            .or_else(|| listed(info, site))
            .unwrap_or_else(|| Err(self.unknown_field_error(info)))
    }
}

/// What says which repository it is.
fn scalar(name: &str, site: &Site<'_>) -> Option<Value> {
    let it = site.repository;
    let full_name = site.full_name();
    Some(match name {
        "id" => json!(NodeId::Repository(it.id).to_string()),
        "databaseId" => json!(it.id),
        "name" => json!(it.name),
        "nameWithOwner" => json!(full_name),
        "url" => json!(site.html("")),
        "resourcePath" => json!(format!("/{full_name}")),
        "sshUrl" => json!(format!("git@github.com:{full_name}.git")),
        "isPrivate" => json!(it.private),
        "visibility" => json!(if it.private { "PRIVATE" } else { "PUBLIC" }),
        "isFork" => json!(it.parent.is_some()),
        "isEmpty" => json!(site.content.git.commits.is_empty()),
        "isInOrganization" => json!(site.owner.kind == crate::model::accounts::AccountKind::Organization),
        "stargazerCount" => json!(site.state.social.stargazers(it.id).count()),
        "forkCount" => json!(site.forks().count()),
        "openGraphImageUrl" => json!(format!("https://opengraph.githubassets.com/1/{full_name}")),
        "securityPolicyUrl" => json!(site.html("/security/policy")),
        _ => return None,
    })
}

/// What is the same for every repository here.
fn settings(name: &str) -> Option<Value> {
    Some(match name {
        "hasIssuesEnabled"
        | "hasProjectsEnabled"
        | "hasWikiEnabled"
        | "isBlankIssuesEnabled"
        | "mergeCommitAllowed"
        | "squashMergeAllowed"
        | "rebaseMergeAllowed"
        | "forkingAllowed" => json!(true),
        "hasDiscussionsEnabled"
        | "deleteBranchOnMerge"
        | "isArchived"
        | "isDisabled"
        | "isLocked"
        | "isMirror"
        | "isTemplate"
        | "isSecurityPolicyEnabled"
        | "isUserConfigurationRepository"
        | "usesCustomOpenGraphImage"
        | "autoMergeAllowed" => json!(false),
        "description" | "homepageUrl" | "mirrorUrl" | "archivedAt" | "templateRepository" => Value::Null,
        "diskUsage" => json!(0),
        "createdAt" => json!(CREATED_AT),
        "updatedAt" | "pushedAt" => json!(UPDATED_AT),
        "fundingLinks" | "contactLinks" | "issueTemplates" | "pullRequestTemplates" => json!([]),
        _ => return None,
    })
}

/// What depends on who looks.
fn viewers(name: &str, site: &Site<'_>) -> Option<Value> {
    let viewer = site.call.caller.account();
    let pushes = site.may_push();
    Some(match name {
        "viewerCanAdminister" => json!(pushes),
        "viewerPermission" => json!(if pushes { "ADMIN" } else { "READ" }),
        "viewerHasStarred" => {
            json!(site.state.social.stargazers(site.repository.id).any(|id| Some(id) == viewer))
        }
        "viewerSubscription" => json!("UNSUBSCRIBED"),
        "viewerDefaultMergeMethod" => json!("MERGE"),
        "viewerDefaultCommitEmail" | "viewerPossibleCommitEmails" => Value::Null,
        _ => return None,
    })
}

/// Licence, languages, topics: what GitHub finds in the files.
fn about(name: &str, site: &Site<'_>) -> Option<Value> {
    let filled = !site.content.git.files.is_empty();
    let language = json!({ "__typename": "Language", "id": "L_rust", "name": "Rust", "color": "#dea584" });
    Some(match name {
        "licenseInfo" if filled => json!({
            "__typename": "License",
            "id": "MDc6TGljZW5zZW1pdA==",
            "key": "mit",
            "name": "MIT License",
            "nickname": null,
            "spdxId": "MIT",
            "url": "http://choosealicense.com/licenses/mit/",
        }),
        "codeOfConduct" if site.content.git.files.contains_key("CODE_OF_CONDUCT.md") => json!({
            "__typename": "CodeOfConduct", "id": "CC_other", "key": "other", "name": "Other", "url": null,
        }),
        "licenseInfo" | "codeOfConduct" => Value::Null,
        "primaryLanguage" => json!(filled.then_some(language)),
        "languages" => {
            let bytes = site.content.git.rust_bytes();
            let edge = json!({ "__typename": "LanguageEdge", "size": bytes, "node": language });
            let edges: Vec<_> = (bytes > 0).then_some(edge).into_iter().collect();
            json!({
                "__typename": "LanguageConnection",
                "totalCount": edges.len(),
                "totalSize": bytes,
                "nodes": edges.iter().map(|edge| edge["node"].clone()).collect::<Vec<_>>(),
                "edges": edges,
            })
        }
        _ => return None,
    })
}

/// One object.
fn single<'a>(info: &'a ResolveInfo<'a>, site: Site<'a>) -> Option<Field<'a>> {
    let asked = || number(info, "number").and_then(|it| u64::try_from(it).ok()).unwrap_or_default();
    let missing =
        |what: &str| not_found(&format!("Could not resolve to {what} with the number of {}.", asked()));
    Some(match info.field_name() {
        "owner" => Ok(actor(site.owner.id, &site)),
        "parent" => {
            let parent = site.repository.parent.and_then(|id| site.visible(id));
            Ok(ResolvedValue::nullable_object(parent.map(RepositoryNode)))
        }
        "defaultBranchRef" => Ok(git::branch("main", site)),
        "ref" => {
            let name = text(info, "qualifiedName").unwrap_or_default();
            Ok(git::branch(name.strip_prefix("refs/heads/").unwrap_or(name), site))
        }
        "object" => Ok(git::object(text(info, "expression").or(text(info, "oid")).unwrap_or_default(), site)),
        "issue" => match IssueNode::find(asked(), site) {
            Some(issue) => Ok(ResolvedValue::object(issue)),
            None => Err(missing("an Issue")),
        },
        "pullRequest" => match PullNode::find(asked(), site) {
            Some(pull) => Ok(ResolvedValue::object(pull)),
            None => Err(missing("a PullRequest")),
        },
        "issueOrPullRequest" => match site.content.tracker.issue(asked()) {
            Some(it) => Ok(ResolvedValue::object(issue_or_pull(it, site))),
            None => Err(missing("an issue or pull request")),
        },
        "discussion" => Err(missing("a Discussion")),
        "release" => Ok(releases::by_tag(text(info, "tagName").unwrap_or_default(), site)),
        "latestRelease" => Ok(releases::newest(site)),
        _ => return None,
    })
}

/// A list.
fn listed<'a>(info: &'a ResolveInfo<'a>, site: Site<'a>) -> Option<Field<'a>> {
    let tracker = &site.content.tracker;
    Some(match info.field_name() {
        "issues" => issues::list(info, site),
        "pullRequests" => pulls::list(info, site),
        "releases" => releases::list(info, site),
        "labels" => labels(info, site),
        "milestones" => {
            let state = |open| if open { "OPEN" } else { "CLOSED" };
            let found = tracker.milestones.iter().filter(|it| admits(info, "states", state(it.open)));
            connection(info, found, |it| Plain::new(milestone(it, &site)))
        }
        "assignableUsers" | "mentionableUsers" => {
            let found = site.state.accounts.iter().filter(|it| site.is_assignable(it.id));
            connection(info, found.filter_map(|it| AccountNode::find(it.id, &site)), |it| it)
        }
        "watchers" | "stargazers" => {
            let found = site.state.social.stargazers(site.repository.id);
            connection(info, found.filter_map(|id| AccountNode::find(id, &site)), |it| it)
        }
        "forks" => connection(info, site.forks(), RepositoryNode),
        "repositoryTopics" => {
            let filled = !site.content.git.files.is_empty();
            connection(info, topics(filled), |name| {
                let topic = json!({ "__typename": "Topic", "id": format!("TO_{name}"), "name": name });
                Plain::new(
                    json!({ "__typename": "RepositoryTopic", "id": format!("RT_{name}"), "topic": topic }),
                )
            })
        }
        "discussions" | "discussionCategories" | "projects" | "projectsV2" | "rulesets" => empty(info),
        _ => return None,
    })
}

fn labels<'a>(info: &ResolveInfo<'_>, site: Site<'a>) -> Field<'a> {
    let wanted = text(info, "query").unwrap_or_default().to_lowercase();
    let labels = site.content.tracker.labels.iter();
    let mut found: Vec<_> = labels.filter(|it| it.name.to_lowercase().contains(&wanted)).collect();
    order(&mut found, info, |it, field| (field == "NAME").then(|| it.name.to_lowercase()));
    connection(info, found, |it| Plain::new(label(it, &site)))
}
