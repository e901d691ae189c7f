//! The admins: the root, who holds the deployment's own secret, and the holders of named tokens that the root made.

use octopool_core::{AdminToken, AdminTokenName, PoolId, same_secret};
use secrecy::ExposeSecret as _;

use super::sql;
use crate::app::App;
use crate::config::ADMIN_TOKEN;
use crate::ports::DatabaseError;
use octopool_core::Actor;

/// Why a bearer does not open the admin's endpoints, or not this one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminDenied {
    /// The deployment has no admin token, so nobody is the admin.
    #[error("no admin token is configured")]
    Unconfigured,
    /// Nothing was sent.
    #[error("no bearer was sent")]
    Missing,
    /// Something else was sent, or a token that has expired or was revoked.
    #[error("the bearer is no admin token")]
    Wrong,
    /// The token is for one pool, and this is not about that pool alone; about which one, if it is about one.
    #[error("the admin token is for another pool")]
    OtherPool(Option<PoolId>),
    /// Only the root may do this.
    #[error("only the root may do this")]
    NotRoot,
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Somebody who was let in as an admin.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    /// None for the root.
    token: Option<AdminTokenName>,
    restriction: Option<PoolId>,
}

impl Admin {
    /// Refuses a pool that this admin has no say in.
    pub(crate) fn demand(&self, pool: &PoolId) -> Result<(), AdminDenied> {
        match &self.restriction {
            Some(only) if only != pool => Err(AdminDenied::OtherPool(Some(pool.clone()))),
            _ => Ok(()),
        }
    }

    /// Refuses who has a say in one pool only.
    pub(crate) fn demand_all_pools(&self) -> Result<(), AdminDenied> {
        if self.restriction.is_none() { Ok(()) } else { Err(AdminDenied::OtherPool(None)) }
    }

    /// Refuses everybody but the root.
    pub(crate) fn demand_root(&self) -> Result<(), AdminDenied> {
        if self.token.is_none() { Ok(()) } else { Err(AdminDenied::NotRoot) }
    }

    /// The pool that a list may tell of: the one that was asked for, or the one that this admin is restricted to.
    pub(crate) fn restrict(&self, asked: Option<PoolId>) -> Result<Option<PoolId>, AdminDenied> {
        if let Some(pool) = &asked {
            self.demand(pool)?;
        }
        Ok(asked.or_else(|| self.restriction.clone()))
    }

    /// The only pool that this admin has a say in, if it is only one.
    pub(crate) fn restriction(&self) -> Option<&PoolId> {
        self.restriction.as_ref()
    }

    /// How the audit calls this admin.
    pub(crate) fn actor(&self) -> Actor {
        self.token.as_ref().map_or(Actor::Admin, |name| Actor::AdminToken(name.to_string()))
    }
}

/// Finds the admin behind a bearer.
///
/// The root's token is compared over digests and in constant time: how much of a guess is right does not show in how long the
/// answer takes. Neither it nor a guess that has not the form of a named token costs a statement.
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
