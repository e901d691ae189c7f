//! Commits, files and references.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::accounts::merge;
use super::pulls;
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::git::{Commit, Entry, Tag};
use crate::model::content::issues::Subject;

/// GitHub's `commit`, as lists have it.
pub(crate) fn commit(it: &Commit, site: &Site<'_>) -> Value {
    let sha = &it.sha;
    let url = site.url(&format!("/commits/{sha}"));
    let comments = site.content.tracker.comments.iter();
    let comments = comments.filter(|comment| comment.on == Subject::Commit(sha.clone()));
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "url": url,
        "html_url": site.html(&format!("/commit/{sha}")),
        "comments_url": format!("{url}/comments"),
        "author": site.user(it.author),
        "committer": site.user(it.author),
        "parents": parents(it, "/commits", site),
        "commit": {
            "url": site.url(&format!("/git/commits/{sha}")),
            "message": it.message,
            "author": signature(it, site),
            "committer": signature(it, site),
            "tree": tree_link(site),
            "comment_count": comments.count(),
            "verification": unsigned(),
        },
    })
}

/// GitHub's `commit` with what it changes.
pub(crate) fn full_commit(it: &Commit, site: &Site<'_>) -> Value {
    let files = [pulls::file("README.md", &it.sha, site)];
    merge(
        commit(it, site),
        json!({ "stats": { "additions": 1, "deletions": 1, "total": 2 }, "files": files }),
    )
}

/// GitHub's `git-commit`.
pub(crate) fn commit_object(it: &Commit, site: &Site<'_>) -> Value {
    json!({
        "sha": it.sha,
        "node_id": format!("C_{}", it.sha),
        "url": site.url(&format!("/git/commits/{}", it.sha)),
        "html_url": site.html(&format!("/commit/{}", it.sha)),
        "message": it.message,
        "author": signature(it, site),
        "committer": signature(it, site),
        "tree": tree_link(site),
        "parents": parents(it, "/git/commits", site),
        "verification": unsigned(),
    })
}

/// GitHub's `simple-commit`, as runs and check suites have it.
pub(crate) fn simple_commit(it: &Commit, site: &Site<'_>) -> Value {
    let author = signature(it, site);
    let author = json!({ "name": author["name"], "email": author["email"] });
    json!({
        "id": it.sha,
        "tree_id": site.content.git.tree_id(""),
        "message": it.message,
        "timestamp": rfc3339(it.at),
        "author": author,
        "committer": author,
    })
}

fn signature(it: &Commit, site: &Site<'_>) -> Value {
    let login = site.state.accounts.get(it.author).map_or("ghost", |author| &author.login);
    json!({
        "name": login,
        "email": format!("{}+{login}@users.noreply.github.com", it.author),
        "date": rfc3339(it.at),
    })
}

fn parents(it: &Commit, below: &str, site: &Site<'_>) -> Vec<Value> {
    let view = |sha: &String| {
        json!({
            "sha": sha,
            "url": site.url(&format!("{below}/{sha}")),
            "html_url": site.html(&format!("/commit/{sha}")),
        })
    };
    it.parent.iter().map(view).collect()
}

fn unsigned() -> Value {
    json!({ "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null })
}

fn tree_link(site: &Site<'_>) -> Value {
    let sha = site.content.git.tree_id("");
    json!({ "sha": sha, "url": site.url(&format!("/git/trees/{sha}")) })
}

/// GitHub's `short-branch`.
pub(crate) fn branch(name: &str, sha: &str, site: &Site<'_>) -> Value {
    json!({
        "name": name,
        "commit": { "sha": sha, "url": site.url(&format!("/commits/{sha}")) },
        "protected": false,
    })
}

/// GitHub's `branch-with-protection`.
pub(crate) fn full_branch(name: &str, tip: &Commit, site: &Site<'_>) -> Value {
    let url = site.url(&format!("/branches/{name}"));
    json!({
        "name": name,
        "commit": commit(tip, site),
        "protected": false,
        "protection": { "enabled": false },
        "protection_url": format!("{url}/protection"),
        "_links": { "self": url, "html": site.html(&format!("/tree/{name}")) },
    })
}

/// GitHub's `tag`.
pub(crate) fn tag(it: &Tag, site: &Site<'_>) -> Value {
    json!({
        "name": it.name,
        "node_id": format!("REF_{}", it.name),
        "commit": { "sha": it.commit, "url": site.url(&format!("/commits/{}", it.commit)) },
        "zipball_url": site.url(&format!("/zipball/refs/tags/{}", it.name)),
        "tarball_url": site.url(&format!("/tarball/refs/tags/{}", it.name)),
    })
}

/// GitHub's `git-tag`.
pub(crate) fn tag_object(it: &Tag, site: &Site<'_>) -> Value {
    let commit = site.content.git.commits.iter().find(|commit| commit.sha == it.commit);
    json!({
        "sha": it.sha,
        "node_id": format!("TAG_{}", it.sha),
        "url": site.url(&format!("/git/tags/{}", it.sha)),
        "tag": it.name,
        "message": format!("Release {}", it.name),
        "tagger": commit.map(|commit| signature(commit, site)),
        "object": object("commit", &it.commit, site),
        "verification": unsigned(),
    })
}

/// GitHub's `git-ref`. `kind` is that of the object: an annotated tag's is `tag`.
pub(crate) fn reference(name: &str, kind: &str, sha: &str, site: &Site<'_>) -> Value {
    json!({
        "ref": format!("refs/{name}"),
        "node_id": format!("REF_{sha}"),
        "url": site.url(&format!("/git/refs/{name}")),
        "object": object(kind, sha, site),
    })
}

fn object(kind: &str, sha: &str, site: &Site<'_>) -> Value {
    json!({ "type": kind, "sha": sha, "url": site.url(&format!("/git/{kind}s/{sha}")) })
}

/// GitHub's `blob`.
pub(crate) fn blob(sha: &str, bytes: &[u8], site: &Site<'_>) -> Value {
    json!({
        "sha": sha,
        "node_id": format!("B_{sha}"),
        "size": bytes.len(),
        "url": site.url(&format!("/git/blobs/{sha}")),
        "content": lines(bytes),
        "encoding": "base64",
    })
}

/// Base64 in lines of sixty characters, each with its end, as GitHub writes it.
fn lines(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let lines = encoded.as_bytes().chunks(60).map(String::from_utf8_lossy);
    lines.flat_map(|line| [line.into_owned(), "\n".to_owned()]).collect()
}

/// One entry of GitHub's `git-tree`.
pub(crate) fn tree_entry(path: &str, entry: &Entry, site: &Site<'_>) -> Value {
    let (mode, kind, sha) = match entry {
        Entry::File(sha) => ("100644", "blob", sha),
        Entry::Directory(sha) => ("040000", "tree", sha),
    };
    let url = site.url(&format!("/git/{kind}s/{sha}"));
    let view = json!({ "path": path, "mode": mode, "type": kind, "sha": sha, "url": url });
    match site.content.git.blobs.get(sha) {
        Some(bytes) if kind == "blob" => merge(view, json!({ "size": bytes.len() })),
        _ => view,
    }
}

/// One entry of GitHub's `content-directory`.
pub(crate) fn entry(path: &str, entry: &Entry, reference: &str, site: &Site<'_>) -> Value {
    let (kind, git, html, sha) = match entry {
        Entry::File(sha) => ("file", "blobs", "blob", sha),
        Entry::Directory(sha) => ("dir", "trees", "tree", sha),
    };
    let url = site.url(&format!("/contents/{path}?ref={reference}"));
    let git = site.url(&format!("/git/{git}/{sha}"));
    let html = site.html(&format!("/{html}/{reference}/{path}"));
    let raw = format!("https://raw.githubusercontent.com/{}/{reference}/{path}", site.full_name());
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "size": site.content.git.blobs.get(sha).map_or(0, Vec::len),
        "type": kind,
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": (kind == "file").then_some(raw),
        "_links": { "self": url, "git": git, "html": html },
    })
}

/// GitHub's `content-file`.
pub(crate) fn file(path: &str, sha: &str, bytes: &[u8], reference: &str, site: &Site<'_>) -> Value {
    let content = json!({ "content": lines(bytes), "encoding": "base64" });
    merge(entry(path, &Entry::File(sha.to_owned()), reference, site), content)
}
