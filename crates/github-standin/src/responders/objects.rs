//! Git's own objects, by sha.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::views::git;

/// A blob.
pub(crate) fn blob(site: &Site<'_>) -> Outcome {
    let sha = site.call.param("file_sha");
    let bytes = site.content.git.blobs.get(&sha).ok_or_else(Answer::not_found)?;
    if site.call.wants_raw() {
        return Ok(Answer::raw("application/vnd.github.raw+json; charset=utf-8", bytes.clone()));
    }
    Ok(Answer::ok(git::blob(&sha, bytes, site)))
}

/// A commit.
pub(crate) fn commit(site: &Site<'_>) -> Outcome {
    let sha = site.call.param("commit_sha");
    let commit = site.content.git.commits.iter().find(|it| it.sha == sha).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(git::commit_object(commit, site)))
}

/// An annotated tag.
pub(crate) fn tag(site: &Site<'_>) -> Outcome {
    let sha = site.call.param("tag_sha");
    let tag = site.content.git.tags.iter().find(|it| it.sha == sha).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(git::tag_object(tag, site)))
}

/// A tree by its sha or by what leads to a commit; all below it when `recursive` is there, whatever
/// it says.
pub(crate) fn tree(site: &Site<'_>) -> Outcome {
    let content = &site.content.git;
    let wanted = site.call.param("tree_sha");
    let mut directories = content.directories().into_iter();
    let named = directories.find(|directory| content.tree_id(directory) == wanted);
    let directory = named.or_else(|| content.resolve(&wanted).map(|_| "")).ok_or_else(Answer::not_found)?;
    let mut entries = content.list(directory);
    if site.call.query_text("recursive").is_some() {
        let below = content.directories().into_iter().filter(|it| it.starts_with(directory));
        let all: BTreeMap<_, _> = below.flat_map(|it| content.list(it)).collect();
        entries = all;
    }
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let view = |(path, entry): (&String, &_)| {
        git::tree_entry(path.strip_prefix(&prefix).unwrap_or(path), entry, site)
    };
    let sha = content.tree_id(directory);
    Ok(Answer::ok(json!({
        "sha": sha,
        "url": site.url(&format!("/git/trees/{sha}")),
        "tree": entries.iter().map(view).collect::<Vec<Value>>(),
        "truncated": false,
    })))
}
