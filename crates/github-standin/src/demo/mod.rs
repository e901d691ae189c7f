//! The seed: one organization with everybody a test needs to meet.

mod contents;
pub mod credentials;
mod ids;

use crate::call::urls::page;
use crate::keys::{self, KeyError};
use crate::model::apps::{App, Installation, Selection, read_access};
use crate::model::memberships::{Membership, Role};
use crate::model::{EditError, State};
use credentials::Credentials;

pub use ids::*;

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
        contents::fill(&mut state);
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
        self.repositories.add(PRIVATE_FORK, MONA, "rocket", true)?;
        self.repositories.set_parent(PRIVATE_FORK, ROCKET)
    }

    fn add_demo_app(&mut self, credentials: &Credentials) -> Result<(), KeyError> {
        let permissions = read_access(&APP_PERMISSIONS);
        self.apps.add(App {
            id: credentials.app_id,
            client_id: "Iv23liOctopoolAcme01".to_owned(),
            slug: "octopool-acme".to_owned(),
            name: "octopool for acme".to_owned(),
            owner: ACME,
            public_keys: vec![keys::public_key(&credentials.app_private_key_pem)?],
            permissions: permissions.clone(),
            site: page(""),
        });
        let acme = Installation {
            id: credentials.installation_id,
            app: credentials.app_id,
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
