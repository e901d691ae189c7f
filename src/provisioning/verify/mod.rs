//! Proof that an identity's credential works, without spending more than one GitHub request.

use http::StatusCode;
use octopool_core::{IdentityId, InstallationId, PoolId};
use secrecy::SecretString;

use super::credential::{CredentialError, mint_installation_token};
use crate::app::App;
use crate::config::identity_secret;
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
    let Some(secret) = identity_secret(app.ports.secrets.as_ref(), &identity.secret_ref) else {
        let problem = "The deployment has no secret of this name, or it is blank.";
        return Ok(Some(verification.fail("secret_present", problem, put_secret(&identity))));
    };
    verification.pass("secret_present");
    Ok(Some(match identity.installation_id.and_then(|id| InstallationId::new(id).ok()) {
        None => verify_pat(app, &identity, &secret, verification).await,
        Some(installation) => verify_app(app, &identity, installation, verification).await,
    }))
}

async fn verify_pat(
    app: &App,
    identity: &IdentityRow,
    token: &SecretString,
    mut verification: Verification,
) -> Verification {
    let account = match app.github().authenticated_user(token).await {
        Ok(account) => account,
        Err(error) => {
            let (problem, fix) = pat_problem(&error, identity);
            return verification.fail("token_accepted", problem, fix);
        }
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
        Err(CredentialError::SecretMissing | CredentialError::InstallationMissing) => {
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

fn retry(identity: &IdentityRow) -> String {
    format!(
        "octopool admin identities verify {} --pool {}  # again, in a while",
        identity.id, identity.pool_id
    )
}

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

/// What GitHub's refusal of a PAT means. Only a 401 says that the token is bad: 403 and 429 also come from limits and from
/// organizations that want single sign-on, and a token that is replaced for those is replaced in vain.
fn pat_problem(error: &GithubError, identity: &IdentityRow) -> (String, String) {
    let bad_token = (
        "GitHub does not accept the token: it is wrong, expired or revoked.".to_owned(),
        put_secret(identity),
    );
    match error {
        GithubError::Refused { status: StatusCode::UNAUTHORIZED, .. } | GithubError::UnusableCredential => {
            bad_token
        }
        error => (transient_problem(error), retry(identity)),
    }
}

/// What GitHub's refusal to mint means
/// (<https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>).
fn mint_problem(error: &GithubError, identity: &IdentityRow) -> (String, String) {
    let installation = identity.installation_id.unwrap_or_default();
    match error {
        GithubError::Refused { limits, .. } if limits.is_exhausted() => {
            (transient_problem(error), retry(identity))
        }
        GithubError::Refused { status: StatusCode::UNAUTHORIZED, .. } => (
            "GitHub does not accept the App's JWT: the key belongs to another App, or the App id is wrong."
                .to_owned(),
            put_secret(identity),
        ),
        GithubError::Refused { status: StatusCode::FORBIDDEN, .. } => (
            "The installation is suspended.".to_owned(),
            format!("open https://github.com/settings/installations/{installation}  # and unsuspend it"),
        ),
        GithubError::Refused { status: StatusCode::NOT_FOUND, .. } => (
            "The App has no such installation.".to_owned(),
            format!(
                "octopool admin identity --pool {} --id {} --login '{}' --kind github_app --secret-ref {} \
                 --installation-id ID --scope OWNER  # the ID at the end of the installation's address on GitHub",
                identity.pool_id, identity.id, identity.login, identity.secret_ref
            ),
        ),
        error => (transient_problem(error), retry(identity)),
    }
}

/// What may pass by itself.
fn transient_problem(error: &GithubError) -> String {
    match error.limits() {
        Some(limits) if limits.is_exhausted() => {
            "GitHub's rate limit for this credential is exhausted.".to_owned()
        }
        _ => format!("{error}."),
    }
}
