//! Login: a GitHub token, used once, for a caller token.

pub(crate) mod http;

use octopool_core::{AccountLogin, AuditAction, CallerToken, ClientName, DisplayName, PoolId, Timestamp};
use secrecy::SecretString;
use serde_json::json;

use crate::access::{self, MembershipError};
use crate::app::App;
use crate::callers::{self, CallerRow, Enrollment, Entry};
use crate::config::Enrollment as Mode;
use crate::github::{Account, GithubError};
use crate::idempotency::Execution;
use crate::ports::{DatabaseError, EntropyError};
use crate::sql::AuditEvent;
use octopool_core::Actor;

/// Who wants to log in, from where and to which pool.
#[derive(Debug)]
pub(crate) struct Login {
    /// A token of the account; used for two requests and dropped.
    pub github_token: SecretString,
    /// The machine.
    pub client: ClientName,
    /// The pool; the default login pool if absent.
    pub pool: Option<PoolId>,
}

/// The caller and its new token.
#[derive(Debug)]
pub(crate) struct LoggedIn {
    /// The caller as it is stored.
    pub caller: CallerRow,
    /// The pool logged in to.
    pub pool: PoolId,
    /// Shown once.
    pub token: CallerToken,
}

/// Why a login was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// Self-enrollment is only for the default login pool.
    #[error("a login enrolls into the default pool only")]
    PoolDenied,
    /// GitHub did not accept the token, or could not be reached.
    #[error("the token's account could not be read: {error}")]
    Github {
        /// What happened.
        error: GithubError,
        /// The deployment's organization.
        org: AccountLogin,
    },
    /// The account is not a member, or the membership could not be verified.
    #[error(transparent)]
    Membership(#[from] MembershipError),
    /// The account has no grant for the pool.
    #[error("the account has no grant for the pool")]
    NotProvisioned {
        /// The account that an admin would have to provision.
        github_login: AccountLogin,
        /// The pool.
        pool: PoolId,
    },
    /// An admin disabled the caller.
    #[error("the caller is disabled")]
    Disabled,
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// No randomness was available for the token.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// An account whose token and membership GitHub confirmed.
#[derive(Debug)]
pub(crate) struct Vouched {
    account: Account,
    client: ClientName,
    pool: PoolId,
    /// The time before the request to GitHub, so that a slow reply does not extend the proof.
    asked_at: Timestamp,
}

/// Reads the account of the token and verifies its membership. Nothing is written, so a refused
/// account leaves no trace but the audit event.
pub(crate) async fn vouch(app: &App, login: &Login) -> Result<Vouched, LoginError> {
    let default_pool = &app.config.default_login_pool;
    let pool = login.pool.clone().unwrap_or_else(|| default_pool.clone());
    if app.config.login_enrollment == Mode::OrgMembers && pool != *default_pool {
        return Err(LoginError::PoolDenied);
    }
    let asked_at = app.now();
    let github = app.github();
    let account = github.authenticated_user(&login.github_token).await;
    let account =
        account.map_err(|error| LoginError::Github { error, org: app.config.allowed_org.clone() })?;
    access::verify_with_own_token(&github, &app.config.allowed_org, &account, &login.github_token).await?;
    Ok(Vouched { account, client: login.client.clone(), pool, asked_at })
}

/// Logs the account in. The one batch is the only write.
pub(crate) async fn log_in(
    app: &App,
    request_id: &str,
    vouched: &Vouched,
    execution: &Execution,
) -> Result<LoggedIn, LoginError> {
    let Vouched { account, client, pool, asked_at } = vouched;
    let not_provisioned =
        || LoginError::NotProvisioned { github_login: account.login.clone(), pool: pool.clone() };
    if let Some((caller, token)) = execution.kept::<_, CallerToken>()? {
        // The caller may have been disabled since; then the repeated answer must not return a
        // useless token.
        let now =
            callers::find_enrolled(app.database(), account.id.get(), &app.config.allowed_org, pool).await?;
        admitted(now)?.ok_or_else(not_provisioned)?;
        return Ok(LoggedIn { caller, pool: pool.clone(), token });
    }
    let token = app.new_token()?;
    let keeping = execution.keeping(app, &token)?;
    let (token_id, caller_id) = (app.new_id()?, app.new_id()?);
    let entry = Entry {
        account: account.id,
        login: &account.login,
        org: &app.config.allowed_org,
        pool,
        client,
        token_id: &token_id,
        token: &token,
        now: *asked_at,
        exclusive: false,
        keeping: keeping.as_ref(),
        audit: &AuditEvent {
            actor: Actor::Caller,
            action: AuditAction::CallerLogin,
            request_id: request_id.to_owned(),
            detail: json!({ "github_login": account.login.as_str(), "client": client.as_str() }),
        },
    };
    let caller = match app.config.login_enrollment {
        Mode::Provisioned => callers::log_in(app.database(), &entry).await?,
        Mode::OrgMembers => {
            let (name, policy_json) = (DisplayName::from(&account.login), app.config.new_pool_policy());
            let enrollment =
                Enrollment { caller_id: &caller_id, name: &name, rename: false, policy_json: &policy_json };
            Some(callers::enroll(app.database(), &entry, &enrollment).await?)
        }
    };
    let caller = admitted(caller)?.ok_or_else(not_provisioned)?;
    Ok(LoggedIn { caller, pool: pool.clone(), token })
}

/// The caller, or why the batch wrote nothing. Disabled is checked before the grant: a disabled
/// caller should not be told to ask for a grant.
fn admitted(caller: Option<CallerRow>) -> Result<Option<CallerRow>, LoginError> {
    if caller.as_ref().is_some_and(CallerRow::is_disabled) {
        return Err(LoginError::Disabled);
    }
    Ok(caller.filter(|caller| caller.granted != 0))
}
