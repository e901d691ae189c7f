//! Proof that an identity's credential works, without spending more than one GitHub request.

use http::StatusCode;
use octopool_core::{IdentityId, InstallationId, PoolId};

use super::credential::{CredentialError, mint_installation_token};
use crate::app::App;
use crate::github::GithubError;
use crate::github::app_key::AppKeyError;
use crate::ports::DatabaseError;
use crate::store::identities::{self, IdentityRow};

/// What was looked at, in order. The first failure ends the list: what comes after it depends on it.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// The checks.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name, for programs.
    pub name: &'static str,
    /// What is wrong and the command that mends it, if something is.
    pub fault: Option<Fault>,
}

/// What is wrong, and the command that mends it.
#[derive(Clone, Debug)]
pub struct Fault {
    /// One sentence; nothing of the secret or of an upstream answer is in it.
    pub problem: String,
    /// A command.
    pub fix: String,
}

impl Verification {
    /// Whether everything passed.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.fault.is_none())
    }

    fn pass(&mut self, name: &'static str) {
        self.checks.push(Check { name, fault: None });
    }

    fn fail(mut self, name: &'static str, problem: impl Into<String>, fix: impl Into<String>) -> Self {
        self.checks.push(Check { name, fault: Some(Fault { problem: problem.into(), fix: fix.into() }) });
        self
    }
}

/// Verifies an identity of a pool; `None` if the pool has no such identity.
pub async fn verify_identity(
    app: &App,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<Option<Verification>, DatabaseError> {
    let Some(identity) = identities::find(app.database(), pool, id).await? else { return Ok(None) };
    let mut verification = Verification::default();
    if app.ports.secrets.find(&identity.secret_ref).is_none() {
        let problem = "The deployment has no secret of this name, or it is blank.";
        return Ok(Some(verification.fail("secret_present", problem, put_secret(&identity))));
    }
    verification.pass("secret_present");
    Ok(Some(match identity.installation_id.and_then(|id| InstallationId::new(id).ok()) {
        None => verify_pat(app, &identity, verification).await,
        Some(installation) => verify_app(app, &identity, installation, verification).await,
    }))
}

async fn verify_pat(app: &App, identity: &IdentityRow, mut verification: Verification) -> Verification {
    let Some(token) = app.ports.secrets.find(&identity.secret_ref) else { return verification };
    let account = match app.github().authenticated_user(&token).await {
        Ok(account) => account,
        Err(error) if error.is_refusal() => {
            let problem = "GitHub does not accept the token: it is wrong, expired or revoked.";
            return verification.fail("token_accepted", problem, put_secret(identity));
        }
        Err(error) => return verification.fail("token_accepted", format!("{error}."), RETRY),
    };
    verification.pass("token_accepted");
    if !account.login.as_str().eq_ignore_ascii_case(&identity.login) {
        let problem = format!(
            "The token belongs to {}, the identity is registered for {}.",
            account.login, identity.login
        );
        return verification.fail("account_matches", problem, put_secret(identity));
    }
    verification.pass("account_matches");
    verification
}

async fn verify_app(
    app: &App,
    identity: &IdentityRow,
    installation: InstallationId,
    mut verification: Verification,
) -> Verification {
    let minted = mint_installation_token(app, &identity.secret_ref, installation).await;
    let set_app_id = "npx wrangler secret put OCTOPOOL_GITHUB_APP_ID";
    let (check, problem, fix) = match &minted {
        Ok(_) => {
            for name in ["app_id_present", "key_usable", "token_minted"] {
                verification.pass(name);
            }
            return verification;
        }
        Err(CredentialError::AppIdMissing) => {
            ("app_id_present", "The deployment has no App id.".into(), set_app_id.into())
        }
        Err(CredentialError::AppIdInvalid) => {
            ("app_id_present", "The App id is neither a number nor a client id.".into(), set_app_id.into())
        }
        Err(CredentialError::SecretMissing) => {
            ("secret_present", "The secret is missing.".into(), put_secret(identity))
        }
        Err(CredentialError::Key(error)) => ("key_usable", key_problem(*error).into(), put_secret(identity)),
        Err(CredentialError::Signer(error)) => ("key_usable", format!("{error}."), put_secret(identity)),
        Err(CredentialError::Github(error)) => {
            let (problem, fix) = mint_problem(error, identity);
            ("token_minted", problem, fix)
        }
    };
    if check != "app_id_present" {
        verification.pass("app_id_present");
    }
    if check == "token_minted" {
        verification.pass("key_usable");
    }
    verification.fail(check, problem, fix)
}

const RETRY: &str = "octopool admin identities verify ID --pool POOL  # again, in a minute";

fn put_secret(identity: &IdentityRow) -> String {
    format!("npx wrangler secret put {}", identity.secret_ref)
}

fn key_problem(error: AppKeyError) -> &'static str {
    match error {
        AppKeyError::NotPem => {
            "The secret is not a private key in PEM. Paste the whole file that GitHub gave, with its first and last line."
        }
        AppKeyError::BrokenDer => {
            "The private key is damaged or cut off. Paste the whole file that GitHub gave."
        }
        AppKeyError::NotRsa => "The secret is a PEM of something else than an RSA private key.",
    }
}

/// What GitHub's refusal to mint means
/// (<https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>).
fn mint_problem(error: &GithubError, identity: &IdentityRow) -> (String, String) {
    let GithubError::Refused { status, .. } = error else { return (format!("{error}."), RETRY.into()) };
    match *status {
        StatusCode::UNAUTHORIZED => (
            "GitHub does not accept the App's JWT: the key belongs to another App, or the App id is wrong."
                .into(),
            put_secret(identity),
        ),
        StatusCode::FORBIDDEN => (
            "The installation is suspended.".into(),
            "gh browse --no-browser  # open Settings, GitHub Apps, and unsuspend the installation".into(),
        ),
        StatusCode::NOT_FOUND => (
            "The App has no such installation.".into(),
            "octopool admin identity … --installation-id ID  # ID from the installation's URL on GitHub"
                .into(),
        ),
        status => (format!("GitHub answered {}.", status.as_u16()), RETRY.into()),
    }
}
