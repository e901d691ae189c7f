//! Provisioning of callers by an admin.

use octopool_core::{AccountLogin, AuditAction, CallerToken, ClientName, DisplayName, PoolId};
use serde_json::json;

use super::sql;
use super::{CallerRow, Enrollment, Entry};
use crate::access::{self, MembershipError};
use crate::app::App;
use crate::change::Mutation;
use crate::github::{Account, GithubError};
use crate::idempotency::Execution;
use crate::ports::{DatabaseError, EntropyError};

/// A request to give an account access.
#[derive(Clone, Debug)]
pub(crate) struct NewCaller {
    /// The pool to grant.
    pub pool: PoolId,
    /// The current login of the account.
    pub login: AccountLogin,
    /// The display name; the login if absent.
    pub name: Option<DisplayName>,
    /// The client that the token is for.
    pub client: ClientName,
    /// Whether to refuse a caller with grants for other pools. Set for an admin of one pool,
    /// because the token would give access to those pools, too.
    pub exclusive: bool,
}

/// The caller and its new token.
#[derive(Debug)]
pub(crate) struct ProvisionedCaller {
    /// The caller as it is stored.
    pub caller: CallerRow,
    /// The only time that it is shown.
    pub token: CallerToken,
}

/// The result of a dry run.
#[derive(Debug)]
pub(crate) struct PlannedCaller {
    /// The id of the caller; `None` if it would be new.
    pub id: Option<String>,
    /// Its display name.
    pub name: DisplayName,
    /// The account.
    pub account: Account,
}

/// Why no caller was provisioned. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProvisionError {
    /// GitHub has no account with this login.
    #[error("no account has this login")]
    NoSuchAccount,
    /// The account could not be read from GitHub.
    #[error("the account could not be read: {error}")]
    AccountLookup {
        /// What happened.
        error: GithubError,
        /// The deployment's organization.
        org: AccountLogin,
    },
    /// The account is not a member, or the membership could not be verified.
    #[error(transparent)]
    Membership(#[from] MembershipError),
    /// An admin disabled this caller; provisioning does not enable it.
    #[error("the caller {0} is disabled")]
    Disabled(String),
    /// The caller has grants for other pools, and the admin is restricted to one pool.
    #[error("the caller may use other pools")]
    OtherPools,
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No randomness was available for the token.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Reads the account, verifies its membership, and stores pool, caller, grant and token in one
/// batch. The batch is the only write, so a failure before it changes nothing.
pub(crate) async fn provision_caller(
    app: &App,
    mutation: &Mutation,
    new: &NewCaller,
    execution: &Execution,
) -> Result<ProvisionedCaller, ProvisionError> {
    if let Some((caller, token)) = execution.kept::<CallerRow, CallerToken>()? {
        // The grant may have been revoked since; the repeated answer does not restore it.
        let org = &app.config.allowed_org;
        let now = sql::find_enrolled(app.database(), caller.github_user_id, org, &new.pool).await?;
        now.as_ref().map_or(Ok(()), |now| new.admit(now))?;
        return Ok(ProvisionedCaller { caller, token });
    }
    let now = app.now();
    let account = member(app, new).await?;
    let token = app.new_token()?;
    let (token_id, caller_id) = (app.new_id()?, app.new_id()?);
    let keeping = execution.keeping(app, &token)?;
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
        audit: &mutation.audit(
            AuditAction::CallerProvision,
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

/// The same reads and checks, without a write.
pub(crate) async fn plan_caller(app: &App, new: &NewCaller) -> Result<PlannedCaller, ProvisionError> {
    let account = member(app, new).await?;
    let org = &app.config.allowed_org;
    let caller = sql::find_enrolled(app.database(), account.id.get(), org, &new.pool).await?;
    if let Some(caller) = &caller {
        new.admit(caller)?;
    }
    Ok(PlannedCaller { id: caller.map(|caller| caller.id), name: new.name_of(&account), account })
}

/// The account, if it is a member of the org.
async fn member(app: &App, new: &NewCaller) -> Result<Account, ProvisionError> {
    let github = app.github();
    let org_token = access::org_token(app.ports.secrets.as_ref())?;
    let org = &app.config.allowed_org;
    let account = github.user_by_login(&new.login, &org_token).await;
    let account = account.map_err(|error| ProvisionError::AccountLookup { error, org: org.clone() })?;
    let account = account.ok_or(ProvisionError::NoSuchAccount)?;
    access::verify_with_org_token(&github, org, &account, &org_token).await?;
    Ok(account)
}

impl NewCaller {
    fn name_of(&self, account: &Account) -> DisplayName {
        self.name.clone().unwrap_or_else(|| DisplayName::from(&account.login))
    }

    /// Fails for a caller that cannot be provisioned. The batch has the same conditions, so nothing
    /// was written for it.
    fn admit(&self, caller: &CallerRow) -> Result<(), ProvisionError> {
        // First, because an admin of one pool must not learn whether a caller of another pool is
        // disabled.
        if self.exclusive && caller.elsewhere != 0 {
            return Err(ProvisionError::OtherPools);
        }
        if caller.is_disabled() {
            return Err(ProvisionError::Disabled(caller.id.clone()));
        }
        Ok(())
    }
}
