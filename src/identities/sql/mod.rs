//! Identities and their scopes.

pub(crate) mod lifecycle;
mod registration;

use octopool_core::{Credential, IdentityId, IdentitySpec, PoolId, Scopes, SecretRef, Status};
use serde::Deserialize;
use serde_json::json;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, recorded};

pub(crate) use registration::{Found, Stored, Writing, find_for, register};

/// An identity to be registered.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    /// Unique over all pools.
    pub id: IdentityId,
    /// The pool it serves.
    pub pool: PoolId,
    /// What it is.
    pub spec: IdentitySpec,
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
        .map(
            |scope| json!({ "owner": scope.owner, "repo": scope.repo, "allow_private": scope.allow_private }),
        )
        .collect();
    json!(rows).to_string()
}

/// An identity as it is stored, without its scopes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IdentityRow {
    /// Its id.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub credential: Credential,
    /// The name of the secret that holds it.
    pub secret_ref: SecretRef,
    /// Whether it serves.
    pub status: Status,
}

/// The identities of a pool, by id.
pub(crate) async fn list(database: &dyn Database, pool: &PoolId) -> Result<Vec<IdentityRow>, DatabaseError> {
    let select = Statement::new(
        "SELECT id, kind, secret_ref, installation_id, status FROM identities WHERE pool_id = ?1 ORDER BY id",
        [pool.as_str().into()],
    );
    Answers::new(database.batch(vec![select]).await?).all_of("identities")
}
