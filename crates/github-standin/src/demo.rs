//! The seed: one organization with everybody a test needs to meet.

use crate::credentials::Credentials;
use crate::keys::{self, KeyError};
use crate::model::apps::{App, AppId, Installation, InstallationId, Selection, read_access};
use crate::model::memberships::{Membership, Role};
use crate::model::{EditError, State};
use crate::seed;

/// Organization `acme`.
pub const ACME: u64 = 9000;
/// Organization `umbrella`, which suspended the App.
pub const UMBRELLA: u64 = 9001;
/// `mona`, an admin of `acme`.
pub const MONA: u64 = 1001;
/// `hubot`, a member of `acme`.
pub const HUBOT: u64 = 1002;
/// `octocat`, a member of `acme` who shows it to the world.
pub const OCTOCAT: u64 = 1003;
/// `mallory`, an outsider.
pub const MALLORY: u64 = 1004;
/// `newbie`, invited to `acme`.
pub const NEWBIE: u64 = 1005;
/// The App `octopool-acme`.
pub const APP: AppId = 4242;
/// The App on `acme`.
pub const INSTALLATION: InstallationId = 77001;
/// The App on `umbrella`, suspended.
pub const SUSPENDED_INSTALLATION: InstallationId = 77002;
/// `acme/website`, public.
pub const WEBSITE: u64 = 5001;
/// `acme/rocket`, public.
pub const ROCKET: u64 = 5002;
/// `acme/secret-plans`, private.
pub const SECRET_PLANS: u64 = 5003;
/// `mona/rocket`, a private fork of `acme/rocket`, seen by `mona` only.
pub const PRIVATE_FORK: u64 = 5909;
/// The pull request of `acme/rocket` that comes from the private fork.
pub const PULL_OF_FORK: u64 = 11;
/// The pull request that `mona` has begun to review.
pub const PULL_IN_REVIEW: u64 = 5;
/// The pull request that a secret team is asked to review.
pub const PULL_OF_TEAM: u64 = 4;
/// The issue of `acme/rocket` that a private and a public repository mention.
pub const MENTIONED_ISSUE: u64 = 20;
/// What every private text of the seed says.
pub const PRIVATE_TEXT: &str = "for few eyes only";

/// Bytes of the blobs in `acme/rocket` that are there for their size. Base64 makes 2, 64 and 1024 KiB of them.
pub const BLOB_SIZES: [usize; 3] = [1536, 49_152, 786_432];
/// The blob whose answer is about 2 KB.
pub const BLOB_2_KB: &str = "0000000000000000000000000000000000000600";
/// The blob whose answer is about 64 KB.
pub const BLOB_64_KB: &str = "000000000000000000000000000000000000c000";
/// The blob whose answer is about 1 MB.
pub const BLOB_1_MB: &str = "00000000000000000000000000000000000c0000";

/// What `gh auth login` asks for.
const GH_SCOPES: [&str; 3] = ["gist", "read:org", "repo"];
/// What the App may do.
const APP_PERMISSIONS: [&str; 7] =
    ["actions", "checks", "contents", "issues", "metadata", "pull_requests", "statuses"];

/// The seed could not be built from these credentials.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The private key is not one.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Two things of the seed collide: a mistake in this file.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl State {
    /// The seed; the README lists it.
    ///
    /// # Errors
    /// When the private key in `credentials` is not one.
    pub fn demo(credentials: &Credentials) -> Result<Self, DemoError> {
        let mut state = Self::default();
        state.add_demo_accounts()?;
        state.add_demo_repositories()?;
        seed::fill(&mut state);
        state.add_demo_app(credentials)?;
        state.add_demo_tokens(credentials);
        Ok(state)
    }

    fn add_demo_accounts(&mut self) -> Result<(), EditError> {
        self.accounts.add_organization(ACME, "acme")?;
        self.accounts.add_organization(UMBRELLA, "umbrella")?;
        let users = [
            (MONA, "mona", "Mona Lisa Octocat"),
            (HUBOT, "hubot", "Hubot"),
            (OCTOCAT, "octocat", "The Octocat"),
            (MALLORY, "mallory", "Mallory"),
            (NEWBIE, "newbie", "Newbie"),
        ];
        for (id, login, name) in users {
            self.accounts.add_user(id, login)?;
            self.accounts.set_name(id, name)?;
        }
        self.memberships.set(ACME, MONA, Membership::active(Role::Admin));
        self.memberships.set(ACME, HUBOT, Membership::active(Role::Member));
        self.memberships.set(ACME, OCTOCAT, Membership::active(Role::Member).public());
        self.memberships.set(ACME, NEWBIE, Membership::pending(Role::Member));
        Ok(())
    }

    fn add_demo_repositories(&mut self) -> Result<(), EditError> {
        self.repositories.add(WEBSITE, ACME, "website", false)?;
        self.repositories.add(ROCKET, ACME, "rocket", false)?;
        self.repositories.add(SECRET_PLANS, ACME, "secret-plans", true)?;
        self.repositories.add(PRIVATE_FORK, MONA, "rocket", true)
    }

    fn add_demo_app(&mut self, credentials: &Credentials) -> Result<(), KeyError> {
        let permissions = read_access(&APP_PERMISSIONS);
        self.app = Some(App {
            id: credentials.app_id,
            client_id: "Iv23liOctopoolAcme01".to_owned(),
            slug: "octopool-acme".to_owned(),
            name: "octopool for acme".to_owned(),
            owner: ACME,
            public_key: keys::public_key(&credentials.app_private_key_pem)?,
            permissions: permissions.clone(),
        });
        let acme = Installation {
            id: credentials.installation_id,
            account: ACME,
            suspended: false,
            repositories: Selection::All,
            permissions,
        };
        let umbrella =
            Installation { id: SUSPENDED_INSTALLATION, account: UMBRELLA, suspended: true, ..acme.clone() };
        self.installations.add(acme);
        self.installations.add(umbrella);
        Ok(())
    }

    fn add_demo_tokens(&mut self, credentials: &Credentials) {
        let tokens = &credentials.tokens;
        self.tokens.add_personal("org", &tokens.org, MONA, &["read:org"]);
        let personal = [
            ("mona", &tokens.mona, MONA),
            ("hubot", &tokens.hubot, HUBOT),
            ("octocat", &tokens.octocat, OCTOCAT),
            ("mallory", &tokens.mallory, MALLORY),
            ("newbie", &tokens.newbie, NEWBIE),
        ];
        for (name, secret, account) in personal {
            self.tokens.add_personal(name, secret, account, &GH_SCOPES);
        }
    }
}
