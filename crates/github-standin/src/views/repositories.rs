//! Repositories.

use serde_json::{Value, json};

use super::accounts::{merge, simple_user};
use super::{CREATED_AT, UPDATED_AT};
use crate::call::urls::{Urls, page};
use crate::model::State;
use crate::model::content::git::object_id;
use crate::model::memberships::Role;
use crate::model::node_id::NodeId;
use crate::model::repositories::Repository;

/// Links below the repository's own address: field, rest of the URL.
const LINKS: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

/// GitHub's `repository`. `viewer` is the account that looks at it, for `permissions`.
pub(crate) fn repository(repository: &Repository, viewer: Option<u64>, state: &State, urls: &Urls) -> Value {
    let Some(owner) = state.accounts.get(repository.owner) else { return Value::Null };
    let full_name = format!("{}/{}", owner.login, repository.name);
    let url = urls.api(&format!("/repos/{full_name}"));
    let links: Value = LINKS.iter().map(|(name, rest)| (*name, format!("{url}{rest}"))).collect();
    let node_id = NodeId::Repository(repository.id).to_string();
    let fields = json!({
        "id": repository.id,
        "node_id": node_id,
        "name": repository.name,
        "full_name": full_name,
        "private": repository.private,
        "fork": repository.parent.is_some(),
        "visibility": if repository.private { "private" } else { "public" },
        "owner": simple_user(owner, urls),
        "html_url": page(&format!("/{full_name}")),
        "clone_url": page(&format!("/{full_name}.git")),
        "svn_url": page(&format!("/{full_name}")),
        "git_url": format!("git://github.com/{full_name}.git"),
        "ssh_url": format!("git@github.com:{full_name}.git"),
        "created_at": CREATED_AT,
        "updated_at": UPDATED_AT,
        "pushed_at": UPDATED_AT,
    });
    let repository = merge(merge(links, constants()), merge(fields, counted(repository, state, urls)));
    match viewer {
        Some(viewer) => merge(repository, personal(owner.id, viewer, state)),
        None => repository,
    }
}

/// GitHub's `minimal-repository`, as lists have it: with `role_name` for the viewer.
pub(crate) fn minimal_repository(it: &Repository, viewer: Option<u64>, state: &State, urls: &Urls) -> Value {
    let view = repository(it, viewer, state, urls);
    match viewer {
        Some(_) => {
            let role = if view["permissions"]["admin"] == true { "admin" } else { "read" };
            merge(view, json!({ "role_name": role }))
        }
        None => view,
    }
}

/// GitHub's `full-repository`: what `GET /repos/{owner}/{repo}` adds.
pub(crate) fn full_repository(it: &Repository, viewer: Option<u64>, state: &State, urls: &Urls) -> Value {
    merge(
        repository(it, viewer, state, urls),
        json!({ "network_count": 0, "subscribers_count": state.social.stargazers(it.id).count() }),
    )
}

/// What a token that may push gets besides, made up from the viewer, so that a cache that mixes
/// viewers up is found out.
pub(crate) fn clone_token(viewer: Option<u64>) -> Value {
    let secret = object_id(&format!("temp clone token of {viewer:?}"));
    json!({ "temp_clone_token": secret[..28].to_ascii_uppercase() })
}

/// What follows from other areas of the model.
fn counted(repository: &Repository, state: &State, urls: &Urls) -> Value {
    let content = state.contents.of(repository.id);
    let open = content.tracker.issues.iter().filter(|issue| issue.is_open()).count();
    let stars = state.social.stargazers(repository.id).count();
    let filled = !content.git.files.is_empty();
    json!({
        "open_issues": open, "open_issues_count": open,
        "stargazers_count": stars, "watchers": stars, "watchers_count": stars,
        "language": filled.then_some("Rust"),
        "license": filled.then(|| mit(urls)),
        "topics": topics(filled),
    })
}

/// Topics of a repository with files.
pub(crate) fn topics(filled: bool) -> &'static [&'static str] {
    if filled { &["launch", "rust"] } else { &[] }
}

/// GitHub's `license-simple` for the one license there is here.
pub(crate) fn mit(urls: &Urls) -> Value {
    json!({
        "key": "mit",
        "name": "MIT License",
        "spdx_id": "MIT",
        "url": urls.api("/licenses/mit"),
        "node_id": "MDc6TGljZW5zZW1pdA==",
    })
}

/// What is the same for every repository here.
fn constants() -> Value {
    json!({
        "description": null, "homepage": null, "mirror_url": null,
        "archived": false, "disabled": false, "is_template": false,
        "has_issues": true, "has_projects": true, "has_downloads": true, "has_wiki": true,
        "has_pages": false, "has_discussions": false,
        "allow_forking": true, "web_commit_signoff_required": false,
        "size": 0, "forks": 0, "forks_count": 0,
        "default_branch": "main",
    })
}

/// What depends on who looks: a relay must not hand these from one caller to another.
fn personal(owner: u64, viewer: u64, state: &State) -> Value {
    let membership = state.memberships.find_active(owner, viewer);
    let admin = owner == viewer || membership.is_some_and(|it| it.role == Role::Admin);
    json!({
        "permissions": {
            "admin": admin, "maintain": admin, "push": admin, "triage": admin, "pull": true,
        },
    })
}
