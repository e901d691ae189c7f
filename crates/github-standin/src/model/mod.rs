//! What this GitHub knows: one file per area, everything addressed by numeric id.
//!
//! Logins and repository names are values that change; ids do not. A test renames an account,
//! registers its old login for another account, suspends an installation or lets a token expire by
//! editing these structs, and the responders then answer as GitHub would.

pub mod accounts;
pub mod apps;
pub mod clock;
pub mod content;
pub mod memberships;
pub mod node_id;
pub mod principal;
pub mod quotas;
pub mod repositories;
pub mod social;
pub mod tokens;

use std::collections::BTreeSet;
use std::path::PathBuf;

use accounts::{AccountId, Accounts};
use apps::{Apps, Installations};
use clock::Clock;
use content::Contents;
use memberships::Memberships;
use principal::Principal;
use quotas::{Quotas, Resource};
use repositories::{Repositories, RepositoryId};
use social::Social;
use tokens::Tokens;

/// The whole state of the stand-in.
#[derive(Debug, Default)]
pub struct State {
    /// What time it is for this GitHub.
    pub clock: Clock,
    /// Users and organizations.
    pub accounts: Accounts,
    /// Who belongs to which organization.
    pub memberships: Memberships,
    /// The registered GitHub Apps.
    pub apps: Apps,
    /// Where they are installed.
    pub installations: Installations,
    /// Repositories and their former names.
    pub repositories: Repositories,
    /// Organizations that protect what is private with single sign-on, which no personal token here
    /// is authorized for.
    pub single_sign_on: BTreeSet<AccountId>,
    /// What is in the repositories.
    pub contents: Contents,
    /// Who follows whom, who likes what.
    pub social: Social,
    /// Where the logs of jobs are, as `https://host/path`; on the stand-in itself while there is
    /// none.
    pub log_base: Option<String>,
    /// Where archives, files of releases, artifacts and logs of runs are; on the stand-in itself
    /// while there is none.
    pub download_base: Option<String>,
    /// The file with GitHub's GraphQL schema; the one that `npm ci` puts in this checkout while
    /// there is none.
    pub graphql_schema: Option<PathBuf>,
    /// Every token that was handed out and not revoked.
    pub tokens: Tokens,
    /// How much of each rate limit has been used.
    pub quotas: Quotas,
}

impl State {
    /// Gives an account another login. Its repositories redirect from their former address; the
    /// login is free again and may be registered by another account.
    ///
    /// <https://docs.github.com/account-and-profile/concepts/username-changes>
    ///
    /// # Errors
    /// When there is no such account, or when another one holds the login.
    pub fn rename_account(&mut self, id: AccountId, login: &str) -> Result<(), EditError> {
        let former = self.accounts.rename(id, login)?;
        self.repositories.remember_owner(id, &former);
        Ok(())
    }

    /// Gives a repository another name. The former one redirects.
    ///
    /// # Errors
    /// When there is no such repository.
    pub fn rename_repository(&mut self, id: RepositoryId, name: &str) -> Result<(), EditError> {
        let owner = self.repositories.get(id).ok_or(EditError::UnknownRepository(id))?.owner;
        let login = self.accounts.get(owner).ok_or(EditError::UnknownAccount(owner))?.login.clone();
        self.repositories.rename(id, &login, name)
    }

    /// Gives a repository to another account. The former name redirects.
    ///
    /// # Errors
    /// When there is no such repository or account.
    pub fn transfer_repository(&mut self, id: RepositoryId, to: AccountId) -> Result<(), EditError> {
        self.accounts.get(to).ok_or(EditError::UnknownAccount(to))?;
        let repository = self.repositories.get(id).ok_or(EditError::UnknownRepository(id))?;
        let name = repository.name.clone();
        self.rename_repository(id, &name)?;
        self.repositories.give(id, to);
        Ok(())
    }

    /// Uses up a rate limit until its window ends.
    pub fn exhaust(&mut self, principal: Principal, resource: Resource) {
        let now = self.clock.now();
        self.quotas.window(principal, resource, now).exhaust();
    }
}

/// Why an edit of the state was refused: the test that asked for it is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No account has this id.
    #[error("there is no account {0}")]
    UnknownAccount(AccountId),
    /// No repository has this id.
    #[error("there is no repository {0}")]
    UnknownRepository(RepositoryId),
    /// No installation has this id.
    #[error("there is no installation {0}")]
    UnknownInstallation(apps::InstallationId),
    /// No token goes by this name.
    #[error("there is no token named {0}")]
    UnknownToken(String),
    /// Another account holds this login; logins are unique whatever their case.
    #[error("the login {0} is taken")]
    LoginTaken(String),
    /// Something with this id is registered already.
    #[error("the id {0} is taken")]
    IdTaken(u64),
}
