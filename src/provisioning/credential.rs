//! What an identity's secret becomes when it is used.

use octopool_core::InstallationId;
use secrecy::ExposeSecret as _;

use crate::app::App;
use crate::config::{APP_ID, identity_secret};
use crate::github::app_jwt::AppJwt;
use crate::github::app_key::{AppKeyError, Pkcs8Key};
use crate::github::{GithubError, InstallationToken, TokenBounds};
use crate::ports::SignerError;

/// Why an identity has no credential to spend. None of these names the binding.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The deployment has no secret of this name, or it is blank.
    #[error("the identity's secret is missing")]
    SecretMissing,
    /// The deployment has no App id.
    #[error("the App id is missing")]
    AppIdMissing,
    /// The App id is neither a number nor a client id.
    #[error("the App id has not the form of one")]
    AppIdInvalid,
    /// The secret is no key.
    #[error(transparent)]
    Key(#[from] AppKeyError),
    /// The platform does not sign with the key.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The identity names no installation.
    #[error("the identity names no installation")]
    InstallationMissing,
    /// GitHub minted no token.
    #[error(transparent)]
    Github(#[from] GithubError),
}

/// What the relay reads with an installation token
/// (<https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps>).
const READ_PERMISSIONS: [&str; 8] =
    ["actions", "checks", "contents", "deployments", "issues", "metadata", "pull_requests", "statuses"];

/// Mints an installation token with the App key in the named secret, with all that the installation may do: what a verification is about.
pub async fn mint_installation_token(
    app: &App,
    secret_ref: &str,
    installation: InstallationId,
) -> Result<InstallationToken, CredentialError> {
    let jwt = app_jwt(app, secret_ref).await?;
    Ok(app.github().create_installation_token(installation, &jwt, &TokenBounds::default()).await?)
}

/// Mints an installation token that can do no more than the relay does: read, and of these repositories only if any are named. GitHub refuses to
/// mint a token with a permission that the installation lacks, so it is asked for those first.
pub async fn mint_narrow_token(
    app: &App,
    secret_ref: &str,
    installation: InstallationId,
    repositories: &[String],
) -> Result<InstallationToken, CredentialError> {
    let jwt = app_jwt(app, secret_ref).await?;
    let granted = app.github().installation_permissions(installation, &jwt).await?;
    let permissions = READ_PERMISSIONS.into_iter().filter(|name| granted.contains(*name));
    let bounds = TokenBounds {
        permissions: permissions.map(|name| (name.to_owned(), "read")).collect(),
        repositories: repositories.to_vec(),
    };
    Ok(app.github().create_installation_token(installation, &jwt, &bounds).await?)
}

async fn app_jwt(app: &App, secret_ref: &str) -> Result<AppJwt, CredentialError> {
    let app_id = app.ports.secrets.find(APP_ID).ok_or(CredentialError::AppIdMissing)?;
    let app_id = app_id.expose_secret().trim();
    // A number, or the client id that GitHub recommends as `iss`: `Iv1.…`, `Iv23…`.
    if app_id.len() > 64 || !app_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
        return Err(CredentialError::AppIdInvalid);
    }
    let pem =
        identity_secret(app.ports.secrets.as_ref(), secret_ref).ok_or(CredentialError::SecretMissing)?;
    let key = Pkcs8Key::from_pem(&pem)?;
    Ok(AppJwt::sign(app.ports.signer.as_ref(), &key, app_id, app.now()).await?)
}
