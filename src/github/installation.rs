//! Installations of the GitHub App and their tokens.

use std::fmt;

use http::{Method, StatusCode};
use octopool_core::{InstallationId, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use super::app_jwt::AppJwt;
use super::{Call, Github, GithubError};

/// A token that GitHub minted for an installation. Opaque: since April 2026 some have about 520 characters
/// and dots, so neither length nor alphabet is assumed.
pub struct InstallationToken {
    /// The token.
    pub token: SecretString,
    /// When it stops working, an hour after it was minted.
    pub expires_at: Timestamp,
}

impl fmt::Debug for InstallationToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "InstallationToken([REDACTED] until {:?})", self.expires_at)
    }
}

#[derive(Deserialize)]
struct TokenBody {
    token: SecretString,
    expires_at: String,
}

impl Github<'_> {
    /// Mints a token, `POST /app/installations/{installation_id}/access_tokens`
    /// (<https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>).
    pub async fn create_installation_token(
        &self,
        installation: InstallationId,
        jwt: &AppJwt,
    ) -> Result<InstallationToken, GithubError> {
        let operation = "POST /app/installations/{installation_id}/access_tokens";
        let path = format!("/app/installations/{}/access_tokens", installation.get());
        let call = Call { operation, method: Method::POST, path: &path, token: jwt.as_secret() };
        let body: TokenBody = self.read(call, StatusCode::CREATED).await?;
        let expires_at =
            Timestamp::parse_rfc3339(&body.expires_at).ok_or(GithubError::Malformed { operation })?;
        if secrecy::ExposeSecret::expose_secret(&body.token).is_empty() {
            return Err(GithubError::Malformed { operation });
        }
        Ok(InstallationToken { token: body.token, expires_at })
    }
}
