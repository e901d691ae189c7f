//! What is known about a repository besides its content: languages, people, licence, events.

use serde_json::{Map, Value, json};

use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::call::urls::Urls;
use crate::model::State;
use crate::model::accounts::AccountId;
use crate::model::clock::rfc3339;
use crate::model::repositories::Repository;
use crate::views::accounts::merge;
use crate::views::repositories::{minimal_repository, mit, topics as topics_of};
use crate::views::{UPDATED_AT, git};

fn is_filled(site: &Site<'_>) -> bool {
    !site.content.git.files.is_empty()
}

/// Bytes per language.
pub(crate) fn languages(site: &Site<'_>) -> Outcome {
    let bytes = site.content.git.rust_bytes();
    let languages = if bytes > 0 { json!({ "Rust": bytes }) } else { json!({}) };
    Ok(Answer::ok(languages))
}

/// Who wrote commits, and how many. An empty repository has no content: 204.
pub(crate) fn contributors(site: &Site<'_>) -> Outcome {
    let authors = authors(site);
    if authors.is_empty() {
        return Ok(Answer::no_content());
    }
    site.list(authors, |(id, commits)| merge(site.user(id), json!({ "contributions": commits })))
}

/// Authors and their commits, the most diligent first.
pub(super) fn authors(site: &Site<'_>) -> Vec<(AccountId, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for commit in &site.content.git.commits {
        *counts.entry(commit.author).or_insert(0) += 1;
    }
    let mut authors: Vec<_> = counts.into_iter().collect();
    authors.sort_by_key(|(_, commits)| std::cmp::Reverse(*commits));
    authors
}

/// The file `LICENSE` and what it says.
pub(crate) fn license(site: &Site<'_>) -> Outcome {
    let git = &site.content.git;
    let sha = git.files.get("LICENSE").ok_or_else(Answer::not_found)?;
    let bytes = git.blobs.get(sha).ok_or_else(Answer::not_found)?;
    let file = git::file("LICENSE", sha, bytes, "main", site);
    Ok(Answer::ok(merge(file, json!({ "license": mit(site.call.urls) }))))
}

/// Topics.
pub(crate) fn topics(site: &Site<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "names": topics_of(is_filled(site)) })))
}

/// Which files a good community has.
pub(crate) fn community_profile(site: &Site<'_>) -> Outcome {
    let file = |path: &str| {
        let url = site.url(&format!("/contents/{path}"));
        let html = site.html(&format!("/blob/main/{path}"));
        site.content.git.files.contains_key(path).then(|| json!({ "url": url, "html_url": html }))
    };
    Ok(Answer::ok(json!({
        "health_percentage": if is_filled(site) { 71 } else { 0 },
        "description": null,
        "documentation": null,
        "files": {
            "code_of_conduct": null,
            "code_of_conduct_file": file("CODE_OF_CONDUCT.md"),
            "license": is_filled(site).then(|| merge(mit(site.call.urls), json!({ "html_url": site.html("/blob/main/LICENSE") }))),
            "contributing": file("CONTRIBUTING.md"),
            "readme": file("README.md"),
            "issue_template": null,
            "pull_request_template": null,
        },
        "updated_at": UPDATED_AT,
        "content_reports_enabled": false,
    })))
}

/// The forks that the caller may see.
pub(crate) fn forks(site: &Site<'_>) -> Outcome {
    let viewer = site.call.caller.account();
    site.list(site.forks(), |it| minimal_repository(it.repository, viewer, site.state, site.call.urls))
}

/// Who starred it; with when, in the media type for that.
pub(crate) fn stargazers(site: &Site<'_>) -> Outcome {
    let starred_at = site.call.accept.contains("star+json");
    site.list(site.state.social.stargazers(site.repository.id), |id| {
        if starred_at { json!({ "starred_at": UPDATED_AT, "user": site.user(id) }) } else { site.user(id) }
    })
}

/// Who watches it. Here, these are the stargazers.
pub(crate) fn subscribers(site: &Site<'_>) -> Outcome {
    site.list(site.state.social.stargazers(site.repository.id), |id| site.user(id))
}

/// One deployment per tag.
pub(crate) fn deployments(site: &Site<'_>) -> Outcome {
    site.list(&site.content.git.tags, |tag| {
        let id = site.repository.id * 100 + u64::try_from(tag.at / 3600 % 100).unwrap_or_default();
        let url = site.url(&format!("/deployments/{id}"));
        json!({
            "id": id,
            "node_id": format!("DE_{id}"),
            "url": url,
            "sha": tag.commit,
            "ref": tag.name,
            "task": "deploy",
            "payload": {},
            "environment": "production",
            "description": null,
            "creator": site.user(site.owner.id),
            "created_at": rfc3339(tag.at),
            "updated_at": rfc3339(tag.at),
            "statuses_url": format!("{url}/statuses"),
            "repository_url": site.url(""),
        })
    })
}

/// Something that happened in public.
pub(super) struct PublicEvent<'a> {
    pub(super) repository: &'a Repository,
    pub(super) actor: AccountId,
    at: i64,
}

/// What happened in public repositories, the newest first.
pub(super) fn public_events<'a>(
    state: &'a State,
    wanted: impl Fn(&PublicEvent<'a>) -> bool,
) -> Vec<PublicEvent<'a>> {
    let public = state.repositories.iter().filter(|it| !it.private);
    let events = public.flat_map(|repository| {
        let commits = state.contents.of(repository.id).git.commits.iter();
        commits.map(move |commit| PublicEvent { repository, actor: commit.author, at: commit.at })
    });
    let mut events: Vec<_> = events.filter(wanted).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    events
}

/// Everything that happened in this repository.
pub(crate) fn events(site: &Site<'_>) -> Outcome {
    let commits = site.content.git.commits.iter();
    let events = commits.map(|it| PublicEvent { repository: site.repository, actor: it.author, at: it.at });
    site.list(events, |it| event(&it, site.state, site.call.urls))
}

/// GitHub's `event`. All are of the one type whose payload its description lets pass: the others'
/// are also a `PublicEvent`'s, and it allows only one.
pub(super) fn event(it: &PublicEvent<'_>, state: &State, urls: &Urls) -> Value {
    let actor = state.accounts.get(it.actor);
    let login = actor.map_or("ghost", |actor| &actor.login);
    let owner = state.accounts.get(it.repository.owner).map_or("ghost", |owner| &owner.login);
    let name = format!("{owner}/{}", it.repository.name);
    json!({
        "id": format!("{}{}", it.repository.id, it.at),
        "type": "PublicEvent",
        "actor": {
            "id": it.actor,
            "login": login,
            "display_login": login,
            "gravatar_id": "",
            "url": urls.api(&format!("/users/{login}")),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?", it.actor),
        },
        "repo": { "id": it.repository.id, "name": name, "url": urls.api(&format!("/repos/{name}")) },
        "payload": Map::new(),
        "public": !it.repository.private,
        "created_at": rfc3339(it.at),
    })
}
