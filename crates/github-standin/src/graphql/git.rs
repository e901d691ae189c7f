//! References, commits, trees and what ran on a commit.

use std::path::Path;

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::checks;
use super::connection::connection;
use super::node::{AccountNode, RepositoryNode};
use super::object::{Field, Plain, leaf, plain};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::git::{Commit, Entry};

/// `Ref`: a branch.
#[derive(Clone, Copy)]
pub(super) struct RefNode<'a> {
    name: &'a str,
    sha: &'a str,
    site: Site<'a>,
}

/// A branch; null without one.
pub(super) fn branch<'a>(name: &str, site: Site<'a>) -> ResolvedValue<'a> {
    let found = site.content.git.branches.get_key_value(name);
    ResolvedValue::nullable_object(found.map(|(name, sha)| RefNode { name, sha, site }))
}

impl ObjectValue for RefNode<'_> {
    fn type_name(&self) -> &'static str {
        "Ref"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        Ok(match info.field_name() {
            "id" => leaf(format!("REF_{}_heads/{}", self.site.repository.id, self.name)),
            "name" => leaf(self.name),
            "prefix" => leaf("refs/heads/"),
            "repository" => ResolvedValue::object(RepositoryNode(self.site)),
            "target" => commit(self.sha, self.site),
            // No branch here is protected, as far as those who may read can see.
            "branchProtectionRule" => leaf(()),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// `Commit`.
#[derive(Clone, Copy)]
pub(super) struct CommitNode<'a> {
    pub(super) it: &'a Commit,
    pub(super) site: Site<'a>,
}

/// The commit of a reference; null for an unknown one.
pub(super) fn commit<'a>(reference: &str, site: Site<'a>) -> ResolvedValue<'a> {
    let found = site.content.git.resolve(reference);
    ResolvedValue::nullable_object(found.map(|it| CommitNode { it, site }))
}

impl<'a> CommitNode<'a> {
    fn scalar(&self, name: &str) -> Option<Value> {
        let it = self.it;
        let (headline, body) = it.message.split_once("\n\n").unwrap_or((&it.message, ""));
        Some(match name {
            "id" => json!(format!("C_{}", it.sha)),
            "oid" => json!(it.sha),
            "abbreviatedOid" => json!(it.sha.get(..7)),
            "message" => json!(it.message),
            "messageHeadline" => json!(headline),
            "messageBody" => json!(body),
            "authoredDate" | "committedDate" => json!(rfc3339(it.at)),
            "url" => json!(self.site.html(&format!("/commit/{}", it.sha))),
            _ => return None,
        })
    }

    fn author(&self) -> GitActor<'a> {
        GitActor { commit: self.it, site: self.site }
    }
}

impl ObjectValue for CommitNode<'_> {
    fn type_name(&self) -> &'static str {
        "Commit"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        if let Some(value) = self.scalar(info.field_name()) {
            return Ok(leaf(value));
        }
        Ok(match info.field_name() {
            "author" | "committer" => ResolvedValue::object(self.author()),
            "authors" => return connection(info, [self.author()], |it| it),
            "repository" => ResolvedValue::object(RepositoryNode(self.site)),
            "statusCheckRollup" => checks::rollup(&self.it.sha, self.site),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// `GitActor`: who wrote a commit.
#[derive(Clone, Copy)]
struct GitActor<'a> {
    commit: &'a Commit,
    site: Site<'a>,
}

impl ObjectValue for GitActor<'_> {
    fn type_name(&self) -> &'static str {
        "GitActor"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        let user = AccountNode::find(self.commit.author, &self.site);
        let login = user.map(|it| it.account.login.as_str());
        Ok(match info.field_name() {
            "name" => leaf(user.map(|it| it.account.name.as_deref().unwrap_or(&it.account.login))),
            "email" => leaf(login.map(|login| format!("{login}@users.noreply.github.com"))),
            "date" => leaf(rfc3339(self.commit.at)),
            "user" => ResolvedValue::nullable_object(user),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// The object of an expression such as `HEAD:docs`: a commit, a tree or a blob; null without one.
/// All commits have the same files.
pub(super) fn object<'a>(expression: &str, site: Site<'a>) -> ResolvedValue<'a> {
    let Some((reference, path)) = expression.split_once(':') else { return commit(expression, site) };
    if site.content.git.resolve(reference).is_none() {
        return leaf(());
    }
    let git = &site.content.git;
    let path = path.trim_end_matches('/');
    if let Some(sha) = git.files.get(path) {
        let bytes = git.blobs.get(sha).map(Vec::as_slice).unwrap_or_default();
        return plain(&json!({
            "__typename": "Blob",
            "id": format!("B_{sha}"),
            "oid": sha,
            "byteSize": bytes.len(),
            "isBinary": std::str::from_utf8(bytes).is_err(),
            "text": std::str::from_utf8(bytes).ok(),
        }));
    }
    if git.directories().contains(path) { tree(path, site) } else { leaf(()) }
}

fn tree<'a>(path: &str, site: Site<'a>) -> ResolvedValue<'a> {
    let git = &site.content.git;
    let entries: Vec<Value> =
        git.list(path).iter().map(|(path, entry)| tree_entry(path, entry, site)).collect();
    let oid = git.tree_id(path);
    let tree = json!({ "__typename": "Tree", "id": format!("T_{oid}"), "oid": oid, "entries": entries });
    ResolvedValue::object(Plain::new(tree))
}

fn tree_entry(path: &str, entry: &Entry, site: Site<'_>) -> Value {
    let name = Path::new(path).file_name().map(|it| it.to_string_lossy().into_owned());
    let (kind, oid, mode) = match entry {
        Entry::File(sha) => ("blob", sha, 0o100_644),
        Entry::Directory(sha) => ("tree", sha, 0o40_000),
    };
    let bytes = match entry {
        Entry::File(sha) => site.content.git.blobs.get(sha).map_or(0, Vec::len),
        Entry::Directory(_) => 0,
    };
    json!({
        "__typename": "TreeEntry",
        "name": name,
        "nameRaw": name.as_ref().map(|name| STANDARD.encode(name)),
        "path": path,
        "pathRaw": STANDARD.encode(path),
        "type": kind,
        "oid": oid,
        "mode": mode,
        "size": bytes,
        "submodule": null,
    })
}
