//! Named admin tokens.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/admin/tokens`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateAdminTokenRequest {
    /// The name.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AdminTokenName"))]
    pub name: String,
    /// The pool that the token is restricted to; all pools if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// When the token expires (RFC 3339); never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub expires_at: Option<String>,
}

/// An admin token. The token itself is stored as a digest and shown only when it is created.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminToken {
    /// Its name; the audit log names its holder `admin:` and this name.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::AdminTokenName"))]
    pub name: String,
    /// The pool that it is restricted to; null for all pools.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::PoolName>"))]
    pub pool: Option<String>,
    /// When it expires (RFC 3339); null for never.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub expires_at: Option<String>,
    /// When it was created (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub created_at: String,
    /// When it was last used (RFC 3339); null for never.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Time>"))]
    pub last_used_at: Option<String>,
}

/// The answer of `POST /v1/admin/tokens`. It has a token: no `Debug`.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateAdminTokenResponse {
    /// The created token, without its secret.
    pub admin_token: AdminToken,
    /// The token itself, which is shown only here; null in the answer of a dry run.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::AdminBearer>"))]
    pub token: Option<String>,
}

/// `GET /v1/admin/tokens`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminTokenList {
    /// Tokens by name.
    pub admin_tokens: Vec<AdminToken>,
    /// The cursor of the next page; null on the last one.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Cursor>"))]
    pub next_cursor: Option<String>,
}
