//! Named admin tokens, which the root creates, lists and revokes.

pub(crate) mod http;
mod sql;

use octopool_core::{AdminToken, AdminTokenName, AuditAction, PoolId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::change::{ChangeError, Mutation};
use crate::idempotency::Execution;
use crate::ports::{DatabaseError, EntropyError};
use crate::sql::{Page, Window};

/// A token as it is stored, without its digest.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StoredAdminToken {
    /// Its name.
    pub name: String,
    /// The pool that it is restricted to; `None` for all pools.
    pub pool_id: Option<String>,
    /// When it expires, in milliseconds; `None` for never.
    pub expires_at: Option<i64>,
    /// When it was created, in milliseconds.
    pub created_at: i64,
    /// When it was last used, in milliseconds; `None` if never.
    pub last_used_at: Option<i64>,
}

/// A request for a new token.
#[derive(Clone, Debug)]
pub(crate) struct NewAdminToken {
    /// Its name.
    pub name: AdminTokenName,
    /// The pool that it is restricted to; `None` for all pools.
    pub pool: Option<PoolId>,
    /// When it expires; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// A new token; this is the only time that it is shown.
#[derive(Debug)]
pub(crate) struct CreatedAdminToken {
    /// The stored row.
    pub row: StoredAdminToken,
    /// The token itself; `None` after a dry run.
    pub token: Option<AdminToken>,
}

/// Why no token was created.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateTokenError {
    /// A token with this name exists.
    #[error("there is an admin token of this name")]
    Exists,
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No randomness was available for the token.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A page of tokens.
pub(crate) async fn list_admin_tokens(
    app: &App,
    window: &Window,
) -> Result<Page<StoredAdminToken>, DatabaseError> {
    sql::page(app.database(), window).await
}

/// Creates a token. Fails if the name is taken: replacing a token would lock out its users.
pub(crate) async fn create_admin_token(
    app: &App,
    mutation: &Mutation,
    new: &NewAdminToken,
    execution: &Execution,
) -> Result<CreatedAdminToken, CreateTokenError> {
    if let Some((row, token)) = execution.kept::<_, AdminToken>()? {
        return Ok(CreatedAdminToken { row, token: Some(token) });
    }
    let row = StoredAdminToken {
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
    let keeping = execution.keeping(app, &token)?;
    let expires_at = new.expires_at.and_then(Timestamp::to_rfc3339);
    let audit = mutation
        .audit(AuditAction::AdminTokenCreate, json!({ "pool": row.pool_id, "expires_at": expires_at }));
    if sql::create(app.database(), &row, &token.digest(), &audit, keeping.as_ref()).await? {
        return Ok(CreatedAdminToken { row, token: Some(token) });
    }
    Err(CreateTokenError::Exists)
}

/// Revokes a token. It takes effect at once, because admin tokens are not cached.
pub(crate) async fn revoke_admin_token(
    app: &App,
    mutation: &Mutation,
    name: &AdminTokenName,
) -> Result<(), ChangeError> {
    mutation.demand_unconditional()?;
    if mutation.dry_run {
        let seen = sql::find(app.database(), name).await?;
        return seen.map(drop).ok_or(ChangeError::AdminTokenNotFound);
    }
    let audit = mutation.audit(AuditAction::AdminTokenRevoke, json!({}));
    let revoked = sql::revoke(app.database(), name, app.now(), &audit).await?;
    if revoked { Ok(()) } else { Err(ChangeError::AdminTokenNotFound) }
}
