//! Installations of the GitHub App and their tokens.

use std::collections::HashMap;
use std::fmt;

use bytes::Bytes;
use http::{Method, StatusCode};
use octopool_core::{InstallationId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::app_jwt::AppJwt;
use super::{Call, Github, GithubError, parsed};

/// An installation token. It is opaque: since April 2026 some have about 520 characters and contain
/// dots, so nothing is assumed about length or alphabet.
pub struct InstallationToken {
    /// The token.
    pub token: SecretString,
    /// When it expires, an hour after it was minted.
    pub expires_at: Timestamp,
    /// When the mint was requested, if its response said that the token's only repository is
    /// public.
    pub public_at: Option<Timestamp>,
}

/// Permissions and the access level of each.
pub(crate) type Permissions = HashMap<String, String>;

/// A token as GitHub described it.
#[derive(Debug)]
pub struct NewToken {
    /// The token.
    pub token: SecretString,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Its permissions; `None` if GitHub does not say.
    pub permissions: Option<Permissions>,
    /// The repositories that it covers; `None` if GitHub does not list them.
    pub repositories: Option<Vec<CoveredRepository>>,
}

/// A repository that a token covers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct CoveredRepository {
    /// `owner/name`
    pub full_name: String,
    /// Whether it is private or internal; `None` if GitHub does not say.
    pub private: Option<bool>,
    /// `public`, `private` or `internal`; `None` if GitHub does not say.
    pub visibility: Option<String>,
}

impl CoveredRepository {
    /// Whether the repository is public; `None` if GitHub does not say.
    pub fn is_public(&self) -> Option<bool> {
        let is_shown = self.visibility.as_ref().is_none_or(|it| it.eq_ignore_ascii_case("public"));
        self.private.map(|private| !private && is_shown)
    }
}

/// GitHub did not mint a token.
#[derive(Debug)]
pub struct NotMinted {
    /// Why.
    pub error: GithubError,
    /// The cause of a 422.
    pub about: Option<Unprocessable>,
    /// The response, for its rate limit headers.
    pub response: Option<http::Response<Bytes>>,
}

/// The cause of a 422 to a mint, which GitHub gives in the message only.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unprocessable {
    /// The repository does not exist, or the installation does not cover it.
    Repository,
    /// The installation does not have a permission.
    Permission,
    /// The message names neither or both.
    Unclear,
}

impl fmt::Debug for InstallationToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "InstallationToken([REDACTED] until {:?})", self.expires_at)
    }
}

/// Limits of a new token. An empty list or map means everything that the installation may use.
#[derive(Debug, Default, Serialize)]
pub struct TokenBounds {
    /// Permissions and the access level of each.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    pub permissions: Permissions,
    /// Names of repositories of the installation's account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<String>,
}

#[derive(Deserialize)]
struct InstallationBody {
    permissions: Permissions,
}

#[derive(Deserialize)]
struct TokenBody {
    token: SecretString,
    expires_at: String,
    permissions: Option<Permissions>,
    repositories: Option<Vec<CoveredRepository>>,
}

/// A page of an installation's repositories.
#[derive(Deserialize)]
struct CoveredBody {
    repositories: Vec<CoveredRepository>,
}

#[derive(Deserialize)]
struct MessageBody {
    message: String,
}

impl Github<'_> {
    /// The permissions of an installation, `GET /app/installations/{installation_id}`
    /// (<https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app>).
    pub async fn installation_permissions(
        &self,
        installation: InstallationId,
        jwt: &AppJwt,
    ) -> Result<Permissions, GithubError> {
        let path = format!("/app/installations/{}", installation.get());
        let operation = "GET /app/installations/{installation_id}";
        let call = Call::new(operation, Method::GET, &path, jwt.as_secret());
        let body: InstallationBody = self.read(call, StatusCode::OK).await?;
        Ok(body.permissions)
    }

    /// Mints a token, `POST /app/installations/{installation_id}/access_tokens`
    /// (<https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>).
    pub async fn create_installation_token(
        &self,
        installation: InstallationId,
        jwt: &AppJwt,
        bounds: &TokenBounds,
    ) -> Result<NewToken, NotMinted> {
        let operation = "POST /app/installations/{installation_id}/access_tokens";
        let path = format!("/app/installations/{}/access_tokens", installation.get());
        // Fails closed: an empty body would request a token for everything.
        let json = serde_json::to_vec(bounds).map_err(|_| GithubError::Malformed { operation })?;
        let call = Call { body: json, ..Call::new(operation, Method::POST, &path, jwt.as_secret()) };
        let response = self.send(&call).await?;
        let body: TokenBody = match parsed(&response, operation, StatusCode::CREATED) {
            Ok(body) => body,
            Err(error) => {
                let unprocessable = error.status() == Some(StatusCode::UNPROCESSABLE_ENTITY);
                let about = unprocessable.then(|| unprocessable_about(response.body()));
                return Err(NotMinted { error, about, response: Some(response) });
            }
        };
        let expires_at =
            Timestamp::parse_rfc3339(&body.expires_at).ok_or(GithubError::Malformed { operation })?;
        if secrecy::ExposeSecret::expose_secret(&body.token).is_empty() {
            return Err(GithubError::Malformed { operation }.into());
        }
        let TokenBody { token, permissions, repositories, .. } = body;
        Ok(NewToken { token, expires_at, permissions, repositories })
    }

    /// The first hundred repositories that an installation's token covers, `GET
    /// /installation/repositories`
    /// (<https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation>).
    pub async fn covered_repositories(
        &self,
        token: &SecretString,
    ) -> Result<Vec<CoveredRepository>, GithubError> {
        let operation = "GET /installation/repositories";
        let call = Call::new(operation, Method::GET, "/installation/repositories?per_page=100", token);
        let body: CoveredBody = self.read(call, StatusCode::OK).await?;
        Ok(body.repositories)
    }
}

impl From<GithubError> for NotMinted {
    fn from(error: GithubError) -> Self {
        Self { error, about: None, response: None }
    }
}

fn unprocessable_about(body: &[u8]) -> Unprocessable {
    let message = crate::json::from_slice(body).map_or(String::new(), |body: MessageBody| body.message);
    let message = message.to_ascii_lowercase();
    match (message.contains("repositor"), message.contains("permission")) {
        (true, false) => Unprocessable::Repository,
        (false, true) => Unprocessable::Permission,
        (true, true) | (false, false) => Unprocessable::Unclear,
    }
}
