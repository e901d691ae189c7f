//! Commits, files, branches and tags.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rsa::sha2::{Digest as _, Sha256};

use crate::model::accounts::AccountId;

/// One repository's objects. All commits have the same files: what is tested is the relay, not git.
#[derive(Debug, Default)]
pub struct Git {
    /// Commits of the default branch and of others, the newest first.
    pub commits: Vec<Commit>,
    /// Branch to sha.
    pub branches: BTreeMap<String, String>,
    /// Annotated tags, the newest first.
    pub tags: Vec<Tag>,
    /// Path to blob.
    pub files: BTreeMap<String, String>,
    /// Sha to bytes.
    pub blobs: BTreeMap<String, Vec<u8>>,
}

/// A commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its id.
    pub sha: String,
    /// Its parent; the first has none.
    pub parent: Option<String>,
    /// Its message.
    pub message: String,
    /// Who wrote it.
    pub author: AccountId,
    /// Seconds since 1970.
    pub at: i64,
}

/// An annotated tag.
#[derive(Debug, Clone)]
pub struct Tag {
    /// `v1.0.0`.
    pub name: String,
    /// The id of the tag object.
    pub sha: String,
    /// The commit it stands for.
    pub commit: String,
    /// Seconds since 1970.
    pub at: i64,
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file and its blob.
    File(String),
    /// A directory and its tree.
    Directory(String),
}

/// An id that looks like git's and depends on what it names. Nothing here needs it to be git's own
/// SHA-1.
pub fn object_id(content: &str) -> String {
    let mut digest = format!("{:x}", Sha256::digest(content));
    digest.truncate(40);
    digest
}

impl Git {
    /// Adds a file to all commits.
    pub fn add_file(&mut self, path: &str, text: &str) {
        let sha = object_id(text);
        self.blobs.insert(sha.clone(), text.as_bytes().to_vec());
        self.files.insert(path.to_owned(), sha);
    }

    /// How many bytes of Rust there are: the only language here, told by the ends of names.
    pub fn rust_bytes(&self) -> usize {
        let is_rust = |path: &str| Path::new(path).extension().is_some_and(|it| it == "rs");
        let rust = self.files.iter().filter(|(path, _)| is_rust(path));
        rust.filter_map(|(_, sha)| self.blobs.get(sha)).map(Vec::len).sum()
    }

    /// The commit a sha, a beginning of one, a branch or a tag stands for.
    pub fn resolve(&self, reference: &str) -> Option<&Commit> {
        let name = reference.strip_prefix("refs/").unwrap_or(reference);
        let head = if name == "HEAD" { "main" } else { name };
        let branch = self.branches.get(head.strip_prefix("heads/").unwrap_or(head));
        let tag = name.strip_prefix("tags/").unwrap_or(name);
        let tag = || self.tags.iter().find(|it| it.name == tag).map(|it| &it.commit);
        match branch.or_else(tag) {
            Some(sha) => self.commits.iter().find(|commit| commit.sha == *sha),
            None if name.len() >= 7 => self.commits.iter().find(|commit| commit.sha.starts_with(name)),
            None => None,
        }
    }

    /// A commit and everything before it, the newest first.
    pub fn history<'a>(&'a self, from: &'a Commit) -> impl Iterator<Item = &'a Commit> {
        std::iter::successors(Some(from), |commit| {
            let parent = commit.parent.as_ref()?;
            self.commits.iter().find(|it| it.sha == *parent)
        })
    }

    /// What is directly in a directory, by path; the empty path is the root. Nothing when there is
    /// no such directory.
    pub fn list(&self, directory: &str) -> BTreeMap<String, Entry> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let below =
            self.files.iter().filter_map(|(path, sha)| Some((path, path.strip_prefix(&prefix)?, sha)));
        below
            .map(|(path, rest, sha)| match rest.split_once('/') {
                None => (path.clone(), Entry::File(sha.clone())),
                Some((name, _)) => {
                    let path = format!("{prefix}{name}");
                    let tree = self.tree_id(&path);
                    (path, Entry::Directory(tree))
                }
            })
            .collect()
    }

    /// The tree of a directory, which depends on all files below it.
    pub fn tree_id(&self, directory: &str) -> String {
        let files = self.files.iter().filter(|(path, _)| {
            directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
        });
        let parts: Vec<&str> = files.flat_map(|(path, sha)| [path.as_str(), sha.as_str()]).collect();
        object_id(&parts.join(" "))
    }

    /// Every directory, the root first.
    pub fn directories(&self) -> BTreeSet<&str> {
        let of = self.files.keys().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at]));
        std::iter::once("").chain(of).collect()
    }
}
