//! Installations of the GitHub App and their tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use http::{Method, StatusCode};
use octopool_core::{InstallationId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

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

/// What a token may do at most; all that the installation may where nothing is named.
#[derive(Debug, Default, Serialize)]
pub struct TokenBounds {
    /// Permissions and the access to each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub permissions: BTreeMap<String, &'static str>,
    /// Repositories of the installation's account by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<String>,
}

#[derive(Deserialize)]
struct InstallationBody {
    permissions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TokenBody {
    token: SecretString,
    expires_at: String,
}

impl Github<'_> {
    /// The names of what an installation may do, `GET /app/installations/{installation_id}`
    /// (<https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app>).
    pub async fn installation_permissions(
        &self,
        installation: InstallationId,
        jwt: &AppJwt,
    ) -> Result<BTreeSet<String>, GithubError> {
        let path = format!("/app/installations/{}", installation.get());
        let operation = "GET /app/installations/{installation_id}";
        let call = Call::new(operation, Method::GET, &path, jwt.as_secret());
        let body: InstallationBody = self.read(call, StatusCode::OK).await?;
        Ok(body.permissions.into_keys().collect())
    }

    /// Mints a token, `POST /app/installations/{installation_id}/access_tokens`
    /// (<https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>).
    pub async fn create_installation_token(
        &self,
        installation: InstallationId,
        jwt: &AppJwt,
        bounds: &TokenBounds,
    ) -> Result<InstallationToken, GithubError> {
        let operation = "POST /app/installations/{installation_id}/access_tokens";
        let path = format!("/app/installations/{}/access_tokens", installation.get());
        // Maps and texts always serialize; an empty body asks for all there is, so it is no way out.
        let json = serde_json::to_vec(bounds).map_err(|_| GithubError::Malformed { operation })?;
        let call = Call { body: json, ..Call::new(operation, Method::POST, &path, jwt.as_secret()) };
        let body: TokenBody = self.read(call, StatusCode::CREATED).await?;
        let expires_at =
            Timestamp::parse_rfc3339(&body.expires_at).ok_or(GithubError::Malformed { operation })?;
        if secrecy::ExposeSecret::expose_secret(&body.token).is_empty() {
            return Err(GithubError::Malformed { operation });
        }
        Ok(InstallationToken { token: body.token, expires_at })
    }
}
