//! Turning the secret of an identity into a credential for GitHub.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use octopool_core::relay::{READ_PERMISSIONS, Repository};
use octopool_core::{AppId, InstallationId, Timestamp};
use secrecy::ExposeSecret as _;

use crate::app::App;
use crate::config::{APP_ID, identity_secret};
use crate::github::app_jwt::AppJwt;
use crate::github::{
    GithubError, InstallationToken, NewToken, NotMinted, Permissions, TokenBounds, Unprocessable,
};
use crate::isolate::Remembered;
use crate::ports::app_key::AppKeyError;
use crate::ports::{Pkcs8Key, SignerError};

/// Why an identity has no usable credential. None of the messages names the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialError {
    /// The deployment has no secret with this name, or it is blank.
    #[error("the identity's secret is missing")]
    SecretMissing,
    /// Neither the identity nor the deployment has an App id.
    #[error("the App id is missing")]
    AppIdMissing,
    /// The deployment's App id is neither a number nor a client id.
    #[error("the App id is malformed")]
    AppIdInvalid,
    /// The secret is not a private key.
    #[error(transparent)]
    Key(#[from] AppKeyError),
    /// The platform cannot sign with the key.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The identity has no installation.
    #[error("the identity names no installation")]
    InstallationMissing,
    /// GitHub did not issue a token.
    #[error(transparent)]
    Github(#[from] GithubError),
}

/// How long the permissions of an installation are remembered.
const PERMISSIONS_LIFETIME: Duration = Duration::from_hours(1);

/// The result of requesting a token for one repository.
#[derive(Debug)]
pub(crate) enum Confined {
    /// The token, and whether GitHub said that the repository is public.
    Token(InstallationToken),
    /// GitHub says that the repository is private. The token was dropped.
    Private,
    /// The installation does not cover the repository, or it does not exist under this name.
    NotCovered,
}

/// Why there is no token, if the repository is not the reason.
#[derive(Debug)]
pub(crate) struct NotConfined {
    /// The cause.
    pub error: CredentialError,
    /// GitHub's response, for its rate limit headers.
    pub response: Option<http::Response<Bytes>>,
}

impl<E: Into<CredentialError>> From<E> for NotConfined {
    fn from(error: E) -> Self {
        Self { error: error.into(), response: None }
    }
}

impl From<NotMinted> for NotConfined {
    fn from(failure: NotMinted) -> Self {
        Self { error: failure.error.into(), response: failure.response }
    }
}

/// An installation, and its App.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Installed<'a> {
    /// The name of the secret with the App's private key.
    pub secret_ref: &'a str,
    /// The App; `None` for the deployment's.
    pub app: Option<&'a AppId>,
    /// The installation.
    pub id: InstallationId,
}

/// The permissions of installations, by App and installation.
#[derive(Default)]
struct GrantedPermissions(Remembered<(AppId, i64), Arc<Permissions>>);

/// Mints an installation token that can only read one repository. It requests all permissions that
/// the relay uses at once. GitHub refuses that if the installation lacks one; then its permissions
/// are read, and the request is repeated with those.
pub(crate) async fn mint_confined_token(
    app: &App,
    installed: Installed<'_>,
    repository: &Repository,
) -> Result<Confined, NotConfined> {
    let jwt = app_jwt(app, installed.secret_ref, installed.app).await?;
    let key = (app_id(app, installed.app)?, installed.id.get());
    let known = app.isolate.get::<GrantedPermissions>().0.find(&key, PERMISSIONS_LIFETIME, app.now());
    let failure = match mint(app, installed.id, &jwt, repository, known.as_deref()).await? {
        Ok(confined) => return Ok(confined),
        Err(failure) => failure,
    };
    match (failure.about, failure.error.status()) {
        (Some(Unprocessable::Repository), _) => Ok(Confined::NotCovered),
        (Some(about @ (Unprocessable::Permission | Unprocessable::Unclear)), _) => {
            let granted = app.github().installation_permissions(installed.id, &jwt).await?;
            let granted = Arc::new(granted);
            app.isolate.get::<GrantedPermissions>().0.keep(key, Arc::clone(&granted), app.now());
            let has_all = READ_PERMISSIONS.iter().all(|name| is_granted(Some(&granted), name));
            if has_all && about == Unprocessable::Unclear {
                return Ok(Confined::NotCovered);
            }
            match mint(app, installed.id, &jwt, repository, Some(&granted)).await? {
                Ok(confined) => Ok(confined),
                // Only permissions that the installation has were requested, so the repository is
                // the reason.
                Err(failure) if failure.about.is_some() => Ok(Confined::NotCovered),
                Err(failure) => Err(failure.into()),
            }
        }
        // GitHub also answers 404 for a hidden repository. If the installation exists, that is the
        // reason.
        (None, Some(StatusCode::NOT_FOUND)) => {
            match app.github().installation_permissions(installed.id, &jwt).await {
                Ok(_) => Ok(Confined::NotCovered),
                Err(_) => Err(failure.into()),
            }
        }
        (None, _) => Err(failure.into()),
    }
}

/// Whether an installation has a permission, as far as known. Every token has `metadata`.
fn is_granted(granted: Option<&Permissions>, name: &str) -> bool {
    name == "metadata" || granted.is_none_or(|granted| granted.contains_key(name))
}

/// Mints a token and checks that it is not wider than requested. The caller has to interpret a
/// refusal.
async fn mint(
    app: &App,
    installation: InstallationId,
    jwt: &AppJwt,
    repository: &Repository,
    granted: Option<&Permissions>,
) -> Result<Result<Confined, NotMinted>, NotConfined> {
    let permissions = READ_PERMISSIONS.into_iter().filter(|name| is_granted(granted, name));
    let bounds = TokenBounds {
        permissions: permissions.map(|name| (name.to_owned(), "read".to_owned())).collect(),
        repositories: vec![repository.name.clone()],
    };
    let asked_at = app.now();
    match app.github().create_installation_token(installation, jwt, &bounds).await {
        Ok(token) => Ok(Ok(judge_token(token, &bounds, repository, asked_at)?)),
        Err(failure) => Ok(Err(failure)),
    }
}

/// Whether a token is no wider than requested. A wider one must not be used: with it GitHub would
/// no longer filter private repositories.
fn judge_token(
    new: NewToken,
    bounds: &TokenBounds,
    repository: &Repository,
    asked_at: Timestamp,
) -> Result<Confined, GithubError> {
    let too_wide = GithubError::Malformed { operation: "a token that is wider than requested" };
    let is_bounded =
        |(name, access): (&String, &String)| access == "read" && bounds.permissions.contains_key(name);
    if !new.permissions.iter().flatten().all(is_bounded) {
        return Err(too_wide);
    }
    let public_at = match new.repositories.as_deref() {
        // GitHub does not say, so it is not proven.
        None => None,
        Some([only]) if only.full_name.eq_ignore_ascii_case(&repository.key()) => match only.is_public() {
            Some(false) => return Ok(Confined::Private),
            Some(true) => Some(asked_at),
            None => None,
        },
        // A repository of the same name of another owner, or the new name of a renamed repository.
        Some([_]) => return Ok(Confined::NotCovered),
        Some(_) => return Err(too_wide),
    };
    Ok(Confined::Token(InstallationToken { token: new.token, expires_at: new.expires_at, public_at }))
}

/// Finds public repositories of an installation. Uses a token that can read only the names of what
/// the installation covers, and drops it at once.
pub(crate) async fn find_public_repositories(
    app: &App,
    installed: Installed<'_>,
) -> Result<Vec<Repository>, NotConfined> {
    let jwt = app_jwt(app, installed.secret_ref, installed.app).await?;
    let permissions = [("metadata".to_owned(), "read".to_owned())].into();
    let bounds = TokenBounds { permissions, repositories: Vec::new() };
    let new = app.github().create_installation_token(installed.id, &jwt, &bounds).await?;
    let covered = app.github().covered_repositories(&new.token).await?;
    let public = covered.into_iter().filter(|repository| repository.is_public() == Some(true));
    Ok(public.filter_map(|repository| Repository::parse(&repository.full_name)).collect())
}

/// The App of an identity: the one that it names, or the deployment's.
pub(crate) fn app_id(app: &App, named: Option<&AppId>) -> Result<AppId, CredentialError> {
    match named {
        Some(named) => Ok(named.clone()),
        None => deployment_app(app).ok_or(CredentialError::AppIdMissing)?,
    }
}

/// The deployment's App, for identities that name none; `None` if it has none.
pub(crate) fn deployment_app(app: &App) -> Option<Result<AppId, CredentialError>> {
    let text = app.ports.secrets.find(APP_ID)?;
    Some(AppId::parse(text.expose_secret().trim()).map_err(|_| CredentialError::AppIdInvalid))
}

/// The JWT of an identity's App, signed with the key in the named secret.
pub(super) async fn app_jwt(
    app: &App,
    secret_ref: &str,
    named: Option<&AppId>,
) -> Result<AppJwt, CredentialError> {
    let app_id = app_id(app, named)?;
    let pem =
        identity_secret(app.ports.secrets.as_ref(), secret_ref).ok_or(CredentialError::SecretMissing)?;
    let key = Pkcs8Key::from_pem(&pem)?;
    Ok(AppJwt::sign(app.ports.signer.as_ref(), &key, app_id.as_str(), app.now()).await?)
}
