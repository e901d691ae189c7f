//! Named admin tokens.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/admin/tokens`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateAdminTokenRequest {
    /// What to call it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AdminTokenName"))]
    pub name: String,
    /// The only pool that it is to open; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// From when on it is to open nothing (RFC 3339); never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub expires_at: Option<String>,
}

/// A token as the root sees it. The token itself is stored as a digest and shown when it is made only.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminToken {
    /// Its name; the audit calls its holder `admin:` and this.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AdminTokenName"))]
    pub name: String,
    /// The only pool that it opens; null if it opens all.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// From when on it opens nothing (RFC 3339); null for never.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub expires_at: Option<String>,
    /// When it was made (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
    /// When it was used last (RFC 3339); null for never.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub last_used_at: Option<String>,
}

/// The answer of `POST /v1/admin/tokens`. It holds a token, so it does not print.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateAdminTokenResponse {
    /// What was made.
    pub admin_token: AdminToken,
    /// The token, shown this once; null in the answer of a dry run, which makes none.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::AdminBearer>"))]
    pub token: Option<String>,
}

/// `GET /v1/admin/tokens`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminTokenList {
    /// Tokens by name.
    pub admin_tokens: Vec<AdminToken>,
    /// Where the next page begins; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}
