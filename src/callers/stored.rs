//! Enrolled callers as they are stored.

use octopool_core::{AccountLogin, PoolId, Status, Timestamp, Version};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::ports::DatabaseError;
use crate::sql::Revision;

/// A caller as it is stored, without its tokens.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StoredCaller {
    /// octopool's id of the caller.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The login that was last seen.
    pub github_login: String,
    /// The account.
    pub github_user_id: i64,
    /// The org.
    pub org_login: String,
    /// Whether it is active.
    pub status: Status,
    /// Changes with status, name and grants. The rest comes from GitHub and from logins, and does
    /// not affect an admin's decision.
    pub revision: Revision,
    /// When the membership was last verified, in milliseconds.
    pub org_verified_at: i64,
    /// When it was enrolled, in milliseconds.
    pub created_at: i64,
    /// When it was last changed, in milliseconds.
    pub updated_at: i64,
    /// JSON; read by [`Self::grants`].
    #[serde(rename = "grants")]
    grants_json: String,
    /// JSON; read by [`Self::clients`].
    #[serde(rename = "clients")]
    clients_json: String,
}

/// A pool that a caller may use.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GrantRow {
    /// The pool.
    pub pool: String,
    /// Since when, in milliseconds.
    pub created_at: i64,
}

/// A client of a caller.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ClientRow {
    /// Its name.
    pub name: String,
    /// The only pool that its token gives access to, if it is bound to one.
    pub pool: Option<String>,
    /// When its token was issued, in milliseconds.
    pub created_at: i64,
    /// When its token was last used, in milliseconds.
    pub last_used_at: i64,
}

impl StoredCaller {
    /// Its grants, by pool.
    pub(crate) fn grants(&self) -> Result<Vec<GrantRow>, DatabaseError> {
        decode(&self.grants_json)
    }

    /// Its clients, by name.
    pub(crate) fn clients(&self) -> Result<Vec<ClientRow>, DatabaseError> {
        decode(&self.clients_json)
    }

    /// The caller with another status.
    #[must_use]
    pub(crate) fn planned(mut self, status: Status, now: Timestamp) -> Self {
        self.status = status;
        self.revision = self.revision.next();
        self.updated_at = now.as_millis();
        self
    }

    /// Whether the caller is visible to an admin who is restricted to the pool `only`, if any.
    pub(crate) fn is_seen_by(&self, only: Option<&PoolId>) -> Result<bool, DatabaseError> {
        let Some(only) = only else { return Ok(true) };
        Ok(self.grants()?.iter().any(|grant| grant.pool == only.as_str()))
    }

    /// The version of the caller for an admin who is restricted to the pool `only`, if any. For a
    /// restricted admin it is a digest of what is visible to it: the revision, or a digest of all
    /// grants, would reveal changes of grants for other pools.
    pub(crate) fn version(&self, only: Option<&PoolId>) -> Result<Version, DatabaseError> {
        let Some(only) = only else { return Ok(self.revision.version()) };
        let grants = self.grants()?;
        let seen = grants.iter().find(|grant| grant.pool == only.as_str());
        // With the time, because a grant that was revoked and given again is another grant.
        let seen = seen.map(|grant| (&grant.pool, grant.created_at));
        Ok(Version::of(&json!([self.status, self.name, seen]).to_string()))
    }
}

fn decode<T: DeserializeOwned>(json: &str) -> Result<T, DatabaseError> {
    crate::json::from_slice(json.as_bytes())
        .map_err(|error| DatabaseError::Failed(format!("unexpected row: {error}")))
}

/// Which callers to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallerFilter {
    /// Those with a grant for this pool.
    pub pool: Option<PoolId>,
    /// The one that last had this login.
    pub login: Option<AccountLogin>,
    /// Those of this status.
    pub status: Option<Status>,
}
