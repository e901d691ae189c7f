//! The GitHub App and its installations.

use std::collections::{BTreeMap, BTreeSet};

use rsa::RsaPublicKey;

use super::EditError;
use super::accounts::AccountId;
use super::repositories::{Repository, RepositoryId};

/// The number GitHub gives an App.
pub type AppId = u64;
/// The number GitHub gives an installation of an App on an account.
pub type InstallationId = u64;

/// The registered App. Its private key exists only in the credentials file.
#[derive(Debug, Clone)]
pub struct App {
    /// The App id, accepted as `iss` of a JWT as number or string.
    pub id: AppId,
    /// The client id, which GitHub accepts as `iss` too and recommends.
    pub client_id: String,
    /// Name in URLs.
    pub slug: String,
    /// Display name.
    pub name: String,
    /// The account that registered it.
    pub owner: AccountId,
    /// What JWT signatures are checked against.
    pub public_key: RsaPublicKey,
    /// What it asks for when it is installed.
    pub permissions: Permissions,
}

/// Level of one permission; a higher one includes the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// May read.
    Read,
    /// May read and write.
    Write,
    /// May administer.
    Admin,
}

/// Permissions by GitHub's name: `contents`, `metadata`, …
///
/// <https://docs.github.com/rest/authentication/permissions-required-for-github-apps>
pub type Permissions = BTreeMap<String, Access>;

/// Read access to each of these.
pub fn read_access(names: &[&str]) -> Permissions {
    names.iter().map(|name| ((*name).to_owned(), Access::Read)).collect()
}

/// Which repositories of its account an installation, or a token, covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All, also those created later.
    All,
    /// Only these.
    Selected(BTreeSet<RepositoryId>),
}

impl Selection {
    /// The value of `repository_selection` in GitHub's answers.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selected(_) => "selected",
        }
    }

    /// Whether the repository is covered, given that it belongs to the right account.
    pub fn covers(&self, repository: RepositoryId) -> bool {
        match self {
            Self::All => true,
            Self::Selected(ids) => ids.contains(&repository),
        }
    }
}

/// The App on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The number that identifies it.
    pub id: InstallationId,
    /// The account it is installed on.
    pub account: AccountId,
    /// Suspended by the account: no token is issued, issued ones stop working.
    pub suspended: bool,
    /// Covered repositories.
    pub repositories: Selection,
    /// What the account granted.
    pub permissions: Permissions,
}

impl Installation {
    /// Whether the repository is the installation's account's, and selected.
    pub fn covers(&self, repository: &Repository) -> bool {
        repository.owner == self.account && self.repositories.covers(repository.id)
    }
}

/// All installations of the App.
#[derive(Debug, Default)]
pub struct Installations(BTreeMap<InstallationId, Installation>);

impl Installations {
    /// Installs the App somewhere, or replaces the installation with this id.
    pub fn add(&mut self, installation: Installation) {
        self.0.insert(installation.id, installation);
    }

    /// Uninstalls.
    pub fn remove(&mut self, id: InstallationId) -> Option<Installation> {
        self.0.remove(&id)
    }

    /// The installation with this id.
    pub fn get(&self, id: InstallationId) -> Option<&Installation> {
        self.0.get(&id)
    }

    /// The installation with this id, to change what it covers.
    ///
    /// # Errors
    /// When there is none.
    pub fn edit(&mut self, id: InstallationId) -> Result<&mut Installation, EditError> {
        self.0.get_mut(&id).ok_or(EditError::UnknownInstallation(id))
    }

    /// Every installation, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Installation> {
        self.0.values()
    }
}
