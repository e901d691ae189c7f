//! Authentication of admins: the root, who holds the deployment's own token, and holders of named
//! tokens.

use octopool_core::{AdminToken, AdminTokenName, PoolId, same_secret};
use secrecy::ExposeSecret as _;

use super::sql;
use crate::app::App;
use crate::config::ADMIN_TOKEN;
use crate::ports::DatabaseError;
use octopool_core::Actor;

/// Why a request is not allowed as an admin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminDenied {
    /// The deployment has no admin token, so every admin request is refused.
    #[error("no admin token is configured")]
    Unconfigured,
    /// No token was sent.
    #[error("no token was sent")]
    Missing,
    /// The token is not an admin token, has expired, or was revoked.
    #[error("the token is not an admin token")]
    Wrong,
    /// The token is restricted to one pool, and the request concerns more than that pool. Has the
    /// pool of the request, if there is one.
    #[error("the admin token is for another pool")]
    OtherPool(Option<PoolId>),
    /// Only the root may do this.
    #[error("only the root may do this")]
    NotRoot,
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// An authenticated admin.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    /// `None` for the root.
    token: Option<AdminTokenName>,
    restriction: Option<PoolId>,
}

impl Admin {
    /// Fails if this admin is restricted to another pool.
    pub(crate) fn demand(&self, pool: &PoolId) -> Result<(), AdminDenied> {
        match &self.restriction {
            Some(only) if only != pool => Err(AdminDenied::OtherPool(Some(pool.clone()))),
            _ => Ok(()),
        }
    }

    /// Fails if this admin is restricted to one pool.
    pub(crate) fn demand_all_pools(&self) -> Result<(), AdminDenied> {
        if self.restriction.is_none() { Ok(()) } else { Err(AdminDenied::OtherPool(None)) }
    }

    /// Fails for everyone but the root.
    pub(crate) fn demand_root(&self) -> Result<(), AdminDenied> {
        if self.token.is_none() { Ok(()) } else { Err(AdminDenied::NotRoot) }
    }

    /// The pool that a list is limited to: the requested one, or the one that this admin is
    /// restricted to. Fails if they differ.
    pub(crate) fn restrict(&self, asked: Option<PoolId>) -> Result<Option<PoolId>, AdminDenied> {
        if let Some(pool) = &asked {
            self.demand(pool)?;
        }
        Ok(asked.or_else(|| self.restriction.clone()))
    }

    /// The pool that this admin is restricted to, if any.
    pub(crate) fn restriction(&self) -> Option<&PoolId> {
        self.restriction.as_ref()
    }

    /// This admin as the audit log names it.
    pub(crate) fn actor(&self) -> Actor {
        self.token.as_ref().map_or(Actor::Admin, |name| Actor::AdminToken(name.to_string()))
    }
}

/// Finds the admin that holds a token.
///
/// The root's token is compared by digest and in constant time, so that the time of the reply does
/// not show how much of a guess is right. The database is queried only for text that has the form
/// of a named token.
pub(crate) async fn authorize_admin(app: &App, bearer: Option<&str>) -> Result<Admin, AdminDenied> {
    let expected = app.ports.secrets.find(ADMIN_TOKEN).ok_or(AdminDenied::Unconfigured)?;
    let bearer = bearer.ok_or(AdminDenied::Missing)?;
    if same_secret(bearer, expected.expose_secret()) {
        return Ok(Admin { token: None, restriction: None });
    }
    let token = AdminToken::parse(bearer).ok_or(AdminDenied::Wrong)?;
    let used = sql::use_admin_token(app.database(), &token.digest(), app.now()).await?;
    let used = used.ok_or(AdminDenied::Wrong)?;
    Ok(Admin { token: Some(used.name), restriction: used.pool })
}
