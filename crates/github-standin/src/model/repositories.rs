//! Repositories and the names they used to have.

use std::collections::BTreeMap;

use super::EditError;
use super::accounts::{AccountId, Accounts};

/// GitHub's numeric repository id.
pub type RepositoryId = u64;

/// One repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The number that identifies it.
    pub id: RepositoryId,
    /// The account it belongs to.
    pub owner: AccountId,
    /// Its current name.
    pub name: String,
    /// Whether only members and covered tokens see it.
    pub private: bool,
    /// The repository that it is a fork of.
    pub parent: Option<RepositoryId>,
    /// `owner/name` pairs that redirect here.
    pub former_names: Vec<String>,
}

/// All repositories.
#[derive(Debug, Default)]
pub struct Repositories(BTreeMap<RepositoryId, Repository>);

impl Repositories {
    /// Creates a repository.
    ///
    /// # Errors
    /// When the id is taken.
    pub fn add(
        &mut self,
        id: RepositoryId,
        owner: AccountId,
        name: &str,
        private: bool,
    ) -> Result<(), EditError> {
        if self.0.contains_key(&id) {
            return Err(EditError::IdTaken(id));
        }
        let name = name.to_owned();
        let repository = Repository { id, owner, name, private, parent: None, former_names: Vec::new() };
        self.0.insert(id, repository);
        Ok(())
    }

    /// Makes a repository private or public.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_private(&mut self, id: RepositoryId, private: bool) -> Result<(), EditError> {
        self.0.get_mut(&id).ok_or(EditError::UnknownRepository(id))?.private = private;
        Ok(())
    }

    /// Makes a repository a fork of another.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn set_parent(&mut self, id: RepositoryId, parent: RepositoryId) -> Result<(), EditError> {
        self.0.get_mut(&id).ok_or(EditError::UnknownRepository(id))?.parent = Some(parent);
        Ok(())
    }

    /// Deletes a repository.
    pub fn remove(&mut self, id: RepositoryId) -> Option<Repository> {
        self.0.remove(&id)
    }

    /// The repository with this id.
    pub fn get(&self, id: RepositoryId) -> Option<&Repository> {
        self.0.get(&id)
    }

    /// The repository that is called `owner/name` now, whatever the case.
    pub fn find(&self, accounts: &Accounts, owner: &str, name: &str) -> Option<&Repository> {
        let owner = accounts.find(owner)?.id;
        self.0.values().find(|repo| repo.owner == owner && repo.name.eq_ignore_ascii_case(name))
    }

    /// The repository that used to be called `owner/name`. A current name wins over a former one,
    /// so ask [`Self::find`] first.
    pub fn find_former(&self, owner: &str, name: &str) -> Option<&Repository> {
        let former = format!("{owner}/{name}");
        self.0.values().find(|repo| repo.former_names.iter().any(|known| known.eq_ignore_ascii_case(&former)))
    }

    /// Every repository, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Repository> {
        self.0.values()
    }

    /// The repositories of one account, by id.
    pub fn of(&self, owner: AccountId) -> impl Iterator<Item = &Repository> {
        self.0.values().filter(move |repo| repo.owner == owner)
    }

    /// Renames a repository of `owner_login`; see [`super::State::rename_repository`].
    pub(super) fn rename(
        &mut self,
        id: RepositoryId,
        owner_login: &str,
        name: &str,
    ) -> Result<(), EditError> {
        let repository = self.0.get_mut(&id).ok_or(EditError::UnknownRepository(id))?;
        repository.former_names.push(format!("{owner_login}/{}", repository.name));
        name.clone_into(&mut repository.name);
        Ok(())
    }

    /// Changes the owner; see [`super::State::transfer_repository`].
    pub(super) fn give(&mut self, id: RepositoryId, to: AccountId) {
        if let Some(repository) = self.0.get_mut(&id) {
            repository.owner = to;
        }
    }

    /// Keeps the addresses under an owner's former login working.
    pub(super) fn remember_owner(&mut self, owner: AccountId, former_login: &str) {
        for repository in self.0.values_mut().filter(|repo| repo.owner == owner) {
            repository.former_names.push(format!("{former_login}/{}", repository.name));
        }
    }
}
