//! Callers.

use octopool_core::{AccountLogin, CallerToken, MembershipProof, PoolId};

use super::membership::{MembershipError, org_token, verify_with_org_token};
use super::sql::{self, TokenHolder};
use crate::app::App;
use crate::github::Account;
use crate::ports::DatabaseError;

/// Why a bearer does not open a pool.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallerDenied {
    /// Nothing was sent.
    #[error("no bearer was sent")]
    Missing,
    /// An unknown token, a disabled caller, no grant, no such pool: deliberately one and the same, so that
    /// a token cannot be used to find out which pools and callers there are.
    #[error("the token does not open the pool")]
    Invalid,
    /// The caller was enrolled for another org than the one configured now.
    #[error("the caller belongs to another org")]
    OtherOrg,
    /// The proof of membership has run out and could not be renewed.
    #[error(transparent)]
    Membership(#[from] MembershipError),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Finds the caller behind a bearer and renews its proof of membership if that has run out.
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

/// Lets in whom the database knows, if it is of this org and still a member. Answers the holder with the proof as it is now.
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

/// Asks GitHub again. The time of the proof is when the question was asked, so that a slow answer
/// does not stretch it; a failure leaves the old one.
async fn renew(app: &App, holder: &TokenHolder) -> Result<MembershipProof, CallerDenied> {
    let asked_at = app.now();
    let org_token = org_token(app.ports.secrets.as_ref())?;
    let login = AccountLogin::from_github(&holder.github_login)
        .ok_or_else(|| DatabaseError::Failed("a stored login is none".to_owned()))?;
    let account = Account { id: holder.account, login };
    verify_with_org_token(&app.github(), &app.config.allowed_org, &account, &org_token).await?;
    sql::renew_proof(app.database(), &holder.caller_id, asked_at).await?;
    Ok(MembershipProof { verified_at: asked_at })
}
