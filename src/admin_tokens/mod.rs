//! Named admin tokens: made, listed and revoked by the root.

pub(crate) mod http;
mod sql;

use octopool_core::{AdminToken, AdminTokenName, PoolId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::change::{Mutation, Refused};
use crate::idempotency::Once;
use crate::ports::{DatabaseError, EntropyError};
use crate::sql::{Page, Window};
use sql::AdminTokenRow;

/// A token that the root wants.
#[derive(Clone, Debug)]
pub(crate) struct NewAdminToken {
    /// What to call it.
    pub name: AdminTokenName,
    /// The only pool that it is to open; all if absent.
    pub pool: Option<PoolId>,
    /// From when on it is to open nothing; never if absent.
    pub expires_at: Option<Timestamp>,
}

/// A token, shown this once.
#[derive(Debug)]
pub(crate) struct CreatedAdminToken {
    /// What is stored.
    pub row: AdminTokenRow,
    /// Shown once; a dry run makes none.
    pub token: Option<AdminToken>,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateTokenError {
    /// There is a token of this name.
    #[error("there is an admin token of this name")]
    Exists,
    /// The database did not take it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There was no randomness for the token.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A page of tokens.
pub(crate) async fn list_admin_tokens(
    app: &App,
    window: &Window,
) -> Result<Page<AdminTokenRow>, DatabaseError> {
    sql::page(app.database(), window).await
}

/// Makes a token. Of a name that is taken the old token lives on: a new one in its place would shut out whoever uses it.
pub(crate) async fn create_admin_token(
    app: &App,
    mutation: &Mutation,
    new: &NewAdminToken,
    once: &Once,
) -> Result<CreatedAdminToken, CreateTokenError> {
    if let Some((row, token)) = once.kept::<_, AdminToken>()? {
        return Ok(CreatedAdminToken { row, token: Some(token) });
    }
    let row = AdminTokenRow {
        name: new.name.to_string(),
        pool_id: new.pool.as_ref().map(ToString::to_string),
        expires_at: new.expires_at.map(Timestamp::as_millis),
        created_at: app.now().as_millis(),
        last_used_at: None,
    };
    if mutation.dry_run {
        let taken = sql::find(app.database(), &new.name).await?.is_some();
        return if taken {
            Err(CreateTokenError::Exists)
        } else {
            Ok(CreatedAdminToken { row, token: None })
        };
    }
    let token = AdminToken::from_random(app.ports.random()?);
    let keeping = once.keeping(app, &token)?;
    let expires_at = new.expires_at.and_then(Timestamp::to_rfc3339);
    let audit =
        mutation.audit("admin_token.create", json!({ "pool": row.pool_id, "expires_at": expires_at }));
    if sql::create(app.database(), &row, &token.digest(), &audit, keeping.as_ref()).await? {
        return Ok(CreatedAdminToken { row, token: Some(token) });
    }
    Err(CreateTokenError::Exists)
}

/// Takes a token away. It counts at once: nothing remembers admin tokens.
pub(crate) async fn revoke_admin_token(
    app: &App,
    mutation: &Mutation,
    name: &AdminTokenName,
) -> Result<(), Refused> {
    mutation.demand_unconditional()?;
    if mutation.dry_run {
        let seen = sql::find(app.database(), name).await?;
        return seen.map(drop).ok_or(Refused::AdminTokenNotFound);
    }
    let audit = mutation.audit("admin_token.revoke", json!({}));
    let revoked = sql::revoke(app.database(), name, app.now(), &audit).await?;
    if revoked { Ok(()) } else { Err(Refused::AdminTokenNotFound) }
}
