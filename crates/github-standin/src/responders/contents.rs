//! `GET …/contents/{path}` and `GET …/readme`.

use serde_json::Value;

use super::downloads;
use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::model::content::git::Entry;
use crate::views::git;

/// A file as JSON or raw, or what is in a directory.
pub(crate) fn get(site: &Site<'_>) -> Outcome {
    show(&site.call.param("path"), site)
}

/// The README of a directory, the root by default.
pub(crate) fn readme(site: &Site<'_>) -> Outcome {
    let directory = site.call.param("dir");
    let path = if directory.is_empty() { "README.md".to_owned() } else { format!("{directory}/README.md") };
    show(&path, site)
}

/// Where the archive of a reference is, of the default branch if none is named.
pub(crate) fn tarball(site: &Site<'_>) -> Outcome {
    archive("tarball", site)
}

/// The same as a ZIP archive.
pub(crate) fn zipball(site: &Site<'_>) -> Outcome {
    archive("zipball", site)
}

fn archive(kind: &str, site: &Site<'_>) -> Outcome {
    let named = site.call.param("ref");
    let reference = if named.is_empty() { "HEAD" } else { named.as_str() };
    site.content.git.resolve(reference).ok_or_else(Answer::not_found)?;
    Ok(downloads::redirect(&format!("{kind}/{}/{reference}", site.full_name()), site))
}

fn show(path: &str, site: &Site<'_>) -> Outcome {
    // Slashes before, after and between names do not count, as on GitHub.
    let path = path.split('/').filter(|name| !name.is_empty()).collect::<Vec<_>>().join("/");
    let path = path.as_str();
    let tree = &site.content.git;
    let reference = site.call.query_text("ref").unwrap_or_else(|| "main".to_owned());
    tree.resolve(&reference).ok_or_else(|| no_commit(&reference))?;
    if let Some((sha, bytes)) = tree.files.get(path).and_then(|sha| Some((sha, tree.blobs.get(sha)?))) {
        // "application/vnd.github.raw+json: Returns the raw file contents".
        if site.call.wants_raw() {
            return Ok(Answer::raw("application/vnd.github.raw+json; charset=utf-8", bytes.clone()));
        }
        return Ok(Answer::ok(git::file(path, sha, bytes, &reference, site)));
    }
    let entries = tree.list(path);
    if entries.is_empty() {
        return Err(Answer::not_found());
    }
    let view = |(path, entry): (&String, &Entry)| git::entry(path, entry, &reference, site);
    Ok(Answer::ok(entries.iter().map(view).collect::<Vec<Value>>().into()))
}

fn no_commit(reference: &str) -> Answer {
    Answer::refusal(http::StatusCode::NOT_FOUND, format!("No commit found for the ref {reference}"))
}
