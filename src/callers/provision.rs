//! Provisioning of callers.

use octopool_core::{AccountLogin, CallerToken, ClientName, DisplayName, PoolId};
use serde_json::json;

use super::sql::{self, CallerRow, Enrollment, Entry};
use crate::access::{self, MembershipError};
use crate::app::App;
use crate::github::{Account, GithubError};
use crate::idempotency::Once;
use crate::ports::{DatabaseError, EntropyError};
use crate::sql::Author;

/// Whom the admin wants to give access.
#[derive(Clone, Debug)]
pub(crate) struct NewCaller {
    /// The pool to grant.
    pub pool: PoolId,
    /// The account's login now.
    pub login: AccountLogin,
    /// How to call it; the login if absent.
    pub name: Option<DisplayName>,
    /// The machine that the token is for.
    pub client: ClientName,
    /// Whether to refuse a caller that may use other pools: its token would open them too, and who asks has no say there.
    pub exclusive: bool,
}

/// The caller and its new token.
#[derive(Debug)]
pub(crate) struct ProvisionedCaller {
    /// The caller as it is stored.
    pub caller: CallerRow,
    /// Shown once.
    pub token: CallerToken,
}

/// What a provisioning would do.
#[derive(Debug)]
pub(crate) struct PlannedCaller {
    /// The id of the caller, unless it would be new.
    pub id: Option<String>,
    /// How it would be called.
    pub name: DisplayName,
    /// The account.
    pub account: Account,
}

/// Why nobody was provisioned. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProvisionError {
    /// GitHub knows no account of this login.
    #[error("no account has this login")]
    NoSuchAccount,
    /// The account could not be read.
    #[error("the account could not be read: {0}")]
    AccountLookup(GithubError),
    /// The membership is not there or could not be read.
    #[error(transparent)]
    Membership(#[from] MembershipError),
    /// An operator disabled this caller; provisioning does not revive it.
    #[error("the caller is disabled")]
    Disabled,
    /// The caller may use other pools, and who asked has no say there.
    #[error("the caller may use other pools")]
    OtherPools,
    /// The database did not take it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There was no randomness for the token.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Reads the account, verifies its membership and stores pool, caller, grant and token in one batch, which is the
/// only write: whatever fails before it leaves nothing behind.
pub(crate) async fn provision_caller(
    app: &App,
    author: &Author,
    new: &NewCaller,
    once: &Once,
) -> Result<ProvisionedCaller, ProvisionError> {
    if let Some((caller, token)) = once.kept::<CallerRow, CallerToken>()? {
        // A grant that was taken away since then is given by a new request only, and does not change what this one answered.
        let org = &app.config.allowed_org;
        let now = sql::find(app.database(), caller.github_user_id, org, &new.pool).await?;
        now.as_ref().map_or(Ok(()), |now| new.admit(now))?;
        return Ok(ProvisionedCaller { caller, token });
    }
    let now = app.now();
    let account = member(app, new).await?;
    let token = app.new_token()?;
    let (token_id, caller_id) = (app.new_id()?, app.new_id()?);
    let keeping = once.keeping(app, &token)?;
    let name = new.name_of(&account);
    let entry = Entry {
        account: account.id,
        login: &account.login,
        org: &app.config.allowed_org,
        pool: &new.pool,
        client: &new.client,
        token_id: &token_id,
        token: &token,
        now,
        exclusive: new.exclusive,
        keeping: keeping.as_ref(),
        audit: &author.event(
            "caller.provision",
            json!({
                "github_login": account.login.as_str(), "github_user_id": account.id.get(),
                "name": name.as_str(), "client": new.client.as_str(),
            }),
        ),
    };
    let policy_json = app.config.new_pool_policy();
    let enrollment =
        Enrollment { caller_id: &caller_id, name: &name, rename: true, policy_json: &policy_json };
    let caller = sql::enroll(app.database(), &entry, &enrollment).await?;
    new.admit(&caller)?;
    Ok(ProvisionedCaller { caller, token })
}

/// Asks and looks up the same, and writes nothing.
pub(crate) async fn plan_caller(app: &App, new: &NewCaller) -> Result<PlannedCaller, ProvisionError> {
    let account = member(app, new).await?;
    let org = &app.config.allowed_org;
    let caller = sql::find(app.database(), account.id.get(), org, &new.pool).await?;
    if let Some(caller) = &caller {
        new.admit(caller)?;
    }
    Ok(PlannedCaller { id: caller.map(|caller| caller.id), name: new.name_of(&account), account })
}

/// The account, if it is a member of the org.
async fn member(app: &App, new: &NewCaller) -> Result<Account, ProvisionError> {
    let github = app.github();
    let org_token = access::org_token(app.ports.secrets.as_ref())?;
    let account =
        github.user_by_login(&new.login, &org_token).await.map_err(ProvisionError::AccountLookup)?;
    let account = account.ok_or(ProvisionError::NoSuchAccount)?;
    access::verify_with_org_token(&github, &app.config.allowed_org, &account, &org_token).await?;
    Ok(account)
}

impl NewCaller {
    fn name_of(&self, account: &Account) -> DisplayName {
        self.name.clone().unwrap_or_else(|| DisplayName::from(&account.login))
    }

    /// Refuses a caller to whom nothing is given. The batch has asked the same, and written nothing.
    fn admit(&self, caller: &CallerRow) -> Result<(), ProvisionError> {
        // First, because an admin of one pool does not learn whether another pool's caller is disabled.
        if self.exclusive && caller.elsewhere != 0 {
            return Err(ProvisionError::OtherPools);
        }
        if caller.is_disabled() {
            return Err(ProvisionError::Disabled);
        }
        Ok(())
    }
}
