//! Branches, tags and references.

use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::views::git;

/// All branches.
pub(crate) fn branches(site: &Site<'_>) -> Outcome {
    site.list(&site.content.git.branches, |(name, sha)| git::branch(name, sha, site))
}

/// One branch with its last commit. Its name may hold a slash, encoded.
pub(crate) fn branch(site: &Site<'_>) -> Outcome {
    let name = site.call.param("branch");
    let sha = site.content.git.branches.get(&name).ok_or_else(branch_not_found)?;
    let tip = site.content.git.resolve(sha).ok_or_else(branch_not_found)?;
    Ok(Answer::ok(git::full_branch(&name, tip, site)))
}

fn branch_not_found() -> Answer {
    Answer::refusal(http::StatusCode::NOT_FOUND, "Branch not found")
}

/// All tags, the newest first.
pub(crate) fn tags(site: &Site<'_>) -> Outcome {
    site.list(&site.content.git.tags, |tag| git::tag(tag, site))
}

/// Every reference: name without `refs/`, kind and sha of its object.
fn references<'a>(site: &Site<'a>) -> impl Iterator<Item = (String, &'static str, &'a str)> + use<'a> {
    let content = &site.content.git;
    let branches =
        content.branches.iter().map(|(name, sha)| (format!("heads/{name}"), "commit", sha.as_str()));
    let tags = content.tags.iter().map(|tag| (format!("tags/{}", tag.name), "tag", tag.sha.as_str()));
    branches.chain(tags)
}

/// The reference with exactly this name.
pub(crate) fn reference(site: &Site<'_>) -> Outcome {
    let wanted = site.call.param("ref");
    let (name, kind, sha) =
        references(site).find(|(name, ..)| *name == wanted).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(git::reference(&name, kind, sha, site)))
}

/// References whose names begin so. None is an empty list.
pub(crate) fn matching(site: &Site<'_>) -> Outcome {
    let beginning = site.call.param("ref");
    let matching = references(site).filter(|(name, ..)| name.starts_with(&beginning));
    site.list(matching, |(name, kind, sha)| git::reference(&name, kind, sha, site))
}
