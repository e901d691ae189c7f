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

/// A token that GitHub minted for an installation. Opaque: since April 2026 some have about 520 characters
/// and dots, so neither length nor alphabet is assumed.
pub struct InstallationToken {
    /// The token.
    pub token: SecretString,
    /// When it stops working, an hour after it was minted.
    pub expires_at: Timestamp,
    /// When the mint was asked for, if its answer said that the repository the token is confined to is
    /// public.
    pub public_at: Option<Timestamp>,
}

/// Permissions and the access to each. Their order means nothing.
pub(crate) type Permissions = HashMap<String, String>;

/// A token as GitHub described it.
#[derive(Debug)]
pub struct NewToken {
    /// The token.
    pub token: SecretString,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// What it may do, by permission; `None` if GitHub does not say.
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
    /// `public`, `private` or `internal`, where GitHub says so.
    pub visibility: Option<String>,
}

impl CoveredRepository {
    /// Whether everybody may see it; `None` if GitHub does not say.
    pub fn is_public(&self) -> Option<bool> {
        let is_shown = self.visibility.as_ref().is_none_or(|it| it.eq_ignore_ascii_case("public"));
        self.private.map(|private| !private && is_shown)
    }
}

/// GitHub minted no token.
#[derive(Debug)]
pub struct NotMinted {
    /// Why.
    pub error: GithubError,
    /// What a 422 is about.
    pub about: Option<Unprocessable>,
    /// The answer, for its limits.
    pub response: Option<http::Response<Bytes>>,
}

/// What a 422 to a mint is about. GitHub says it in the message only.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unprocessable {
    /// A repository is not there, or is not the installation's.
    Repository,
    /// A permission is not granted to the installation.
    Permission,
    /// The message says neither.
    Unclear,
}

impl fmt::Debug for InstallationToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "InstallationToken([REDACTED] until {:?})", self.expires_at)
    }
}

/// What a token may do at most; all that the installation may where nothing is named.
#[derive(Debug, Default, Serialize)]
pub struct TokenBounds {
    /// Permissions and the access to each.
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    pub permissions: Permissions,
    /// Repositories of the installation's account by name.
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

/// What is looked at of a page of an installation's repositories.
#[derive(Deserialize)]
struct CoveredBody {
    repositories: Vec<CoveredRepository>,
}

#[derive(Deserialize)]
struct MessageBody {
    message: String,
}

impl Github<'_> {
    /// What an installation may do, `GET /app/installations/{installation_id}`
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
        // Maps and texts always serialize; an empty body asks for all there is, so it is no way out.
        let json = serde_json::to_vec(bounds).map_err(|_| GithubError::Malformed { operation })?;
        let call = Call { body: json, ..Call::new(operation, Method::POST, &path, jwt.as_secret()) };
        let response = self.send(&call).await?;
        let body: TokenBody = match parsed(&response, operation, StatusCode::CREATED) {
            Ok(body) => body,
            Err(error) => {
                let unprocessable = response.status() == StatusCode::UNPROCESSABLE_ENTITY;
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

    /// The first hundred repositories that an installation's token covers,
    /// `GET /installation/repositories`
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
