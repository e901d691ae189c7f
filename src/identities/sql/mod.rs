//! Identities and their scopes.

pub(crate) mod lifecycle;
mod registration;

use octopool_core::{IdentityId, IdentityLogin, InstallationId, PoolId, Scopes, SecretRef, Weight};
use serde::Deserialize;
use serde_json::json;

use crate::ports::Statement;
use crate::sql::recorded;

pub(crate) use registration::{Found, Stored, Writing, find_for, register};

/// What an identity's credential is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Credential {
    /// A personal access token.
    Pat,
    /// An installation of the deployment's GitHub App.
    App(InstallationId),
}

impl Credential {
    /// The kind as it is stored.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::App(_) => "github_app",
        }
    }

    /// The installation, for an App.
    pub(crate) fn installation(self) -> Option<InstallationId> {
        match self {
            Self::Pat => None,
            Self::App(installation) => Some(installation),
        }
    }
}

/// An identity to be registered.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// Unique over all pools.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// The account behind the credential.
    pub login: IdentityLogin,
    /// The name of the secret that holds it.
    pub secret_ref: SecretRef,
    /// What it is.
    pub credential: Credential,
    /// Preference between equal candidates.
    pub weight: Weight,
    /// What it may serve.
    pub scopes: Scopes,
    /// Whether its credential must not be one that another pool spends, nor replace that of an identity which is there.
    pub exclusive: bool,
}

/// Takes an identity's scopes away, if the batch has recorded what it does.
fn remove_scopes(identity: &str, request_id: &str) -> Statement {
    Statement::new(
        concat!("DELETE FROM identity_scopes WHERE identity_id = ?1 AND ", recorded!()),
        [identity.into(), request_id.into()],
    )
}

/// Gives an identity these scopes, as [`scopes_json`] writes them, on the same condition.
fn insert_scopes(identity: &str, request_id: &str, scopes_json: &str) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO identity_scopes (identity_id, position, owner, repo, allow_private) \
             SELECT ?1, key, value ->> 'owner', value ->> 'repo', value ->> 'allow_private' FROM json_each(?3) \
             WHERE ",
            recorded!()
        ),
        [identity.into(), request_id.into(), scopes_json.into()],
    )
}

fn scopes_json(scopes: &Scopes) -> String {
    let rows: Vec<_> = scopes
        .as_slice()
        .iter()
        .map(|scope| {
            json!({
                "owner": scope.owner.as_str(),
                "repo": scope.repo.as_ref().map(octopool_core::RepoName::as_str),
                "allow_private": scope.allow_private,
            })
        })
        .collect();
    json!(rows).to_string()
}

/// An identity as it is stored, without its scopes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IdentityRow {
    /// Its id.
    pub id: String,
    /// `pat` or `github_app`.
    pub kind: String,
    /// The name of the secret that holds it.
    pub secret_ref: String,
    /// The installation, for an App.
    pub installation_id: Option<i64>,
    /// `active` or `disabled`.
    pub status: String,
}

/// Reads the identities of a pool, by id, as [`IdentityRow`]s.
pub(crate) fn select_of_pool(pool: &PoolId) -> Statement {
    Statement::new(
        "SELECT id, kind, secret_ref, installation_id, status FROM identities WHERE pool_id = ?1 ORDER BY id",
        [pool.as_str().into()],
    )
}
