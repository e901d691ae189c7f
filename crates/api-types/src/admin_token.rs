//! Named admin tokens.

use serde::{Deserialize, Serialize};

/// The body of `POST /v1/admin/tokens`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CreateAdminTokenRequest {
    /// What to call it.
    pub name: String,
    /// The only pool that it is to open; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// From when on it is to open nothing (RFC 3339); never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// A token as the root sees it. The token itself is stored as a digest and shown when it is made only.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AdminToken {
    /// Its name; the audit calls its holder `admin:` and this.
    pub name: String,
    /// The only pool that it opens; null if it opens all.
    pub pool: Option<String>,
    /// From when on it opens nothing (RFC 3339); null for never.
    pub expires_at: Option<String>,
    /// When it was made (RFC 3339).
    pub created_at: String,
    /// When it was used last (RFC 3339); null for never.
    pub last_used_at: Option<String>,
}

/// The answer of `POST /v1/admin/tokens`. It holds a token, so it does not print.
#[derive(Clone, Deserialize, Serialize)]
pub struct CreateAdminTokenResponse {
    /// What was made.
    pub admin_token: AdminToken,
    /// The token, shown this once; null in the answer of a dry run, which makes none.
    pub token: Option<String>,
}

/// `GET /v1/admin/tokens`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AdminTokenList {
    /// Tokens by name.
    pub admin_tokens: Vec<AdminToken>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}
