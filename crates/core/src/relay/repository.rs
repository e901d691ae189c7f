//! A repository as reads name it.

use crate::{AccountLogin, RepoName};

/// A repository by its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Repository {
    /// The owner's login.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl Repository {
    /// Reads `owner/name` as GitHub writes it.
    pub fn parse(full_name: &str) -> Option<Self> {
        let (owner, name) = full_name.split_once('/')?;
        let owner = AccountLogin::from_github(owner)?.to_string();
        Some(Self { owner, name: RepoName::from_github(name)?.to_string() })
    }

    /// `owner/name` in lower case: what proofs about it are kept under.
    pub fn key(&self) -> String {
        format!("{}/{}", self.owner, self.name).to_ascii_lowercase()
    }
}
