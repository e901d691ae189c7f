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

/// Mints an installation token that can do no more than the relay does: read, and of these repositories only if any are named. GitHub refuses to
/// mint a token with a permission that the installation lacks, so it is asked for those first; if it does not answer, all are asked for, and nothing else.
pub async fn mint_narrow_token(
    app: &App,
    secret_ref: &str,
    installation: InstallationId,
    repositories: &[String],
) -> Result<InstallationToken, CredentialError> {
    let jwt = app_jwt(app, secret_ref).await?;
    let granted = app.github().installation_permissions(installation, &jwt).await.ok();
    let is_granted = |name: &&str| granted.as_ref().is_none_or(|granted| granted.contains(*name));
    let permissions = READ_PERMISSIONS.into_iter().filter(is_granted);
    let bounds = TokenBounds {
        permissions: permissions.map(|name| (name.to_owned(), "read")).collect(),
        repositories: repositories.to_vec(),
    };
    Ok(app.github().create_installation_token(installation, &jwt, &bounds).await?)
}

/// The JWT by which the App proves itself, signed with the key in the named secret.
pub(super) async fn app_jwt(app: &App, secret_ref: &str) -> Result<AppJwt, CredentialError> {
    let app_id = app.ports.secrets.find(APP_ID).ok_or(CredentialError::AppIdMissing)?;
    let app_id = app_id.expose_secret().trim();
    if !is_app_id(app_id) {
        return Err(CredentialError::AppIdInvalid);
    }
    let pem =
        identity_secret(app.ports.secrets.as_ref(), secret_ref).ok_or(CredentialError::SecretMissing)?;
    let key = Pkcs8Key::from_pem(&pem)?;
    Ok(AppJwt::sign(app.ports.signer.as_ref(), &key, app_id, app.now()).await?)
}

/// A number, or the client id that GitHub recommends as `iss`: `Iv1.…`, `Iv23…`.
pub fn is_app_id(text: &str) -> bool {
    let rest = text.strip_prefix("Iv").unwrap_or(text);
    let is_client_id = rest.len() < text.len();
    (1..=62).contains(&rest.len())
        && rest.bytes().all(|byte| {
            byte.is_ascii_digit() || is_client_id && (byte.is_ascii_alphanumeric() || byte == b'.')
        })
}

#[cfg(test)]
mod tests {
    use super::is_app_id;

    #[test]
    fn an_app_is_named_by_its_number_or_its_client_id() {
        for good in ["1", "4242", "Iv1.8a61f9b3a7aba766", "Iv23liOctopoolAcme01"] {
            assert!(is_app_id(good), "{good}");
        }
        for bad in ["", "Iv", "octopool", "42 42", "4.2", "-1", "4242\"", &"1".repeat(63)] {
            assert!(!is_app_id(bad), "{bad}");
        }
    }
}
