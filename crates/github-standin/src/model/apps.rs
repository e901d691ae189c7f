//! GitHub Apps and their installations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rsa::RsaPublicKey;

use super::EditError;
use super::accounts::AccountId;
use super::repositories::{Repository, RepositoryId};

/// The number GitHub gives an App.
pub type AppId = u64;
/// The number GitHub gives an installation of an App on an account.
pub type InstallationId = u64;

/// A registered App. Only its owner has its private keys.
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
    /// What JWT signatures are checked against: a key each time somebody asked for one.
    pub public_keys: Vec<RsaPublicKey>,
    /// What it asks for when it is installed.
    pub permissions: Permissions,
    /// Where its pages are. Those of the seed's App are GitHub's own, which nothing here serves.
    pub site: String,
}

/// The registered Apps, and the codes of those that were registered from a manifest.
#[derive(Default)]
pub struct Apps {
    apps: BTreeMap<AppId, App>,
    codes: BTreeMap<String, Code>,
}

/// What a code stands for.
struct Code {
    app: AppId,
    expires_at: i64,
}

/// "You must complete this step within one hour": registering an App from a manifest.
const CODE_SECONDS: i64 = 3600;

impl Apps {
    /// Registers an App, or replaces the one with this id.
    pub fn add(&mut self, app: App) {
        self.apps.insert(app.id, app);
    }

    /// The App with this id.
    pub fn get(&self, id: AppId) -> Option<&App> {
        self.apps.get(&id)
    }

    /// The App with this id, to change it.
    pub fn edit(&mut self, id: AppId) -> Option<&mut App> {
        self.apps.get_mut(&id)
    }

    /// The App that an issuer of a JWT names, by its id or client id.
    pub fn find_issuer(&self, iss: &str) -> Option<&App> {
        self.iter().find(|app| iss == app.id.to_string() || iss == app.client_id)
    }

    /// The App with this name in URLs.
    pub fn find_slug(&self, slug: &str) -> Option<&App> {
        self.iter().find(|app| app.slug == slug)
    }

    /// The App that was registered first, which is the seed's.
    pub fn first(&self) -> Option<&App> {
        self.iter().next()
    }

    /// Every App, by id.
    pub fn iter(&self) -> impl Iterator<Item = &App> {
        self.apps.values()
    }

    /// An id that no App has.
    pub fn next_id(&self) -> AppId {
        self.apps.keys().next_back().map_or(1, |last| last + 1)
    }

    /// A code that can be exchanged for the App's credentials, once and within an hour.
    pub fn issue_code(&mut self, app: AppId, now: i64) -> String {
        let code = crate::random::alphanumeric(40).to_ascii_lowercase();
        self.codes.insert(code.clone(), Code { app, expires_at: now + CODE_SECONDS });
        code
    }

    /// The App of a code, which is used up.
    pub fn redeem_code(&mut self, code: &str, now: i64) -> Option<AppId> {
        self.codes.remove(code).filter(|code| code.expires_at > now).map(|code| code.app)
    }
}

impl fmt::Debug for Apps {
    /// Without the codes: who has one gets a private key.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Apps").field("apps", &self.apps).finish_non_exhaustive()
    }
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

/// An App on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The number that identifies it.
    pub id: InstallationId,
    /// The App.
    pub app: AppId,
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

/// All installations of all Apps.
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

    /// The installation with this id, if it is this App's.
    pub fn of(&self, app: AppId, id: InstallationId) -> Option<&Installation> {
        self.get(id).filter(|it| it.app == app)
    }

    /// An id that no installation has.
    pub fn next_id(&self) -> InstallationId {
        self.0.keys().next_back().map_or(1, |last| last + 1)
    }

    /// Every installation, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Installation> {
        self.0.values()
    }
}
