//! What is in repositories: one file per area. A repository is empty until it is filled.

pub mod actions;
pub mod git;
pub mod issues;
pub mod releases;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::repositories::RepositoryId;
use actions::Actions;
use git::Git;
use issues::Tracker;
use releases::Release;

static EMPTY: LazyLock<Content> = LazyLock::new(Content::default);

/// Everything in one repository.
#[derive(Debug, Default)]
pub struct Content {
    /// Issues, pull requests and what is said about them.
    pub tracker: Tracker,
    /// Commits, files, branches and tags.
    pub git: Git,
    /// Workflow runs and their jobs.
    pub actions: Actions,
    /// Releases, the newest first.
    pub releases: Vec<Release>,
}

/// The contents of all repositories.
#[derive(Debug, Default)]
pub struct Contents(BTreeMap<RepositoryId, Content>);

impl Contents {
    /// What is in a repository.
    pub fn of(&self, id: RepositoryId) -> &Content {
        self.0.get(&id).unwrap_or(&EMPTY)
    }

    /// The same, to change it.
    pub fn edit(&mut self, id: RepositoryId) -> &mut Content {
        self.0.entry(id).or_default()
    }

    /// Adds a blob of `size` bytes and returns its id, which says the size: 1536 is `0000…0600`.
    ///
    /// `GET …/git/blobs/{sha}` answers with them in base64, so with a third more than `size`.
    pub fn add_sized_blob(&mut self, id: RepositoryId, size: usize) -> String {
        let sha = format!("{size:040x}");
        self.edit(id).git.blobs.insert(sha.clone(), vec![b'x'; size]);
        sha
    }
}
