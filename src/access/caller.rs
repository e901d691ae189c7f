//! Authentication of callers.

use octopool_core::{AccountLogin, CallerToken, MembershipProof, PoolId};

use super::membership::{MembershipError, org_token, verify_with_org_token};
use super::{TokenHolder, sql};
use crate::app::App;
use crate::github::Account;
use crate::ports::DatabaseError;

/// Why a caller token does not give access to a pool.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallerDenied {
    /// No token was sent.
    #[error("no token was sent")]
    Missing,
    /// Unknown token, disabled caller, no grant, or no such pool. These are not told apart, so that
    /// a token cannot be used to find out which pools and callers exist.
    #[error("the token does not give access to the pool")]
    Invalid,
    /// The caller was enrolled for an org that is no longer the configured one.
    #[error("the caller belongs to another org")]
    OtherOrg,
    /// The proof of membership has expired and could not be renewed.
    #[error(transparent)]
    Membership(#[from] MembershipError),
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Finds the caller that holds a token, and renews its proof of membership if that has expired.
pub(crate) async fn authenticate(
    app: &App,
    bearer: Option<&str>,
    pool: &PoolId,
) -> Result<TokenHolder, CallerDenied> {
    let bearer = bearer.ok_or(CallerDenied::Missing)?;
    let token = CallerToken::parse(bearer).ok_or(CallerDenied::Invalid)?;
    let holder = sql::find_holder(app.database(), &token.digest(), pool, app.now()).await?;
    admit(app, holder).await
}

/// A caller token that gives access to at least one pool.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) holder: TokenHolder,
    /// All pools that the token gives access to, by name.
    pub(crate) pools: Vec<String>,
    /// The pool of a request that names none, if the token gives access to it.
    pub(crate) pool: Option<PoolId>,
}

/// Finds the caller that holds a token and the pools that it gives access to, for a request that
/// concerns no pool. A token without any pool is refused like an unknown one.
pub(crate) async fn authenticate_anywhere(app: &App, bearer: Option<&str>) -> Result<Granted, CallerDenied> {
    let bearer = bearer.ok_or(CallerDenied::Missing)?;
    let token = CallerToken::parse(bearer).ok_or(CallerDenied::Invalid)?;
    let pools = sql::grants(app.database(), &token.digest(), None).await?;
    let default = &app.config.default_login_pool;
    let pool = match pools.as_slice() {
        [only] => PoolId::parse(only).ok(),
        several => several.iter().any(|pool| pool == default.as_str()).then(|| default.clone()),
    };
    let any = pools.first().and_then(|pool| PoolId::parse(pool).ok());
    let any = pool.as_ref().or(any.as_ref()).ok_or(CallerDenied::Invalid)?;
    let holder = authenticate(app, Some(bearer), any).await?;
    Ok(Granted { holder, pools, pool })
}

/// Admits the holder if it belongs to the configured org and is still a member. Returns it with the
/// current proof.
pub(crate) async fn admit(app: &App, holder: Option<TokenHolder>) -> Result<TokenHolder, CallerDenied> {
    let mut holder = holder.ok_or(CallerDenied::Invalid)?;
    if !holder.org_login.eq_ignore_ascii_case(app.config.allowed_org.as_str()) {
        return Err(CallerDenied::OtherOrg);
    }
    if !holder.proof.is_fresh(app.now(), app.config.org_verify_ttl) {
        holder.proof = renew(app, &holder).await?;
    }
    Ok(holder)
}

/// Verifies the membership again. The proof has the time before the request to GitHub, so that a
/// slow reply does not extend it; on failure the old proof stays.
async fn renew(app: &App, holder: &TokenHolder) -> Result<MembershipProof, CallerDenied> {
    let asked_at = app.now();
    let org_token = org_token(app.ports.secrets.as_ref())?;
    let login = AccountLogin::from_github(&holder.github_login)
        .ok_or_else(|| DatabaseError::Failed("a stored login is invalid".to_owned()))?;
    let account = Account { id: holder.account, login };
    verify_with_org_token(&app.github(), &app.config.allowed_org, &account, &org_token).await?;
    sql::renew_proof(app.database(), &holder.caller_id, asked_at).await?;
    Ok(MembershipProof { verified_at: asked_at })
}
