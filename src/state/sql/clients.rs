//! The clients that a document declares.

use octopool_core::state::Clients;
use octopool_core::{AccountId, AccountLogin, ClientName, Timestamp, TokenDigest};
use serde::Deserialize;
use serde_json::json;

use crate::ports::{Param, Statement};

/// A stored client.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::state) struct ClientRow {
    /// octopool's id of its caller.
    pub caller: String,
    /// The account of its caller.
    pub account: AccountId,
    /// 1 if its caller is of the configured org.
    pub is_ours: i64,
    /// Its name; not parsed, because an operator may have written the row.
    pub name: String,
    /// What is stored of its token.
    pub token_hash: String,
    /// When the token was issued, in milliseconds.
    pub created_at: i64,
}

impl ClientRow {
    /// The name, the digest and the time; `None` for a row that no rule allows, which a document
    /// cannot name.
    pub(in crate::state) fn parsed(&self) -> Option<(ClientName, octopool_core::ClientToken)> {
        let digest = TokenDigest::parse(&self.token_hash).ok()?;
        let issued_at = Timestamp::from_millis(self.created_at);
        Some((ClientName::stored(&self.name).ok()?, octopool_core::ClientToken { digest, issued_at }))
    }

    /// The row in the form in which the statement that writes the state compares it. A login
    /// changes it without a new revision of the caller.
    pub(super) fn seen(&self) -> String {
        format!("k {} {} {}", self.caller, self.name, self.token_hash)
    }
}

/// The clients of the declared accounts, and whatever client has one of the declared tokens.
pub(super) fn select(org: &AccountLogin, declared: &Clients) -> Statement {
    let accounts: Vec<_> = declared.keys().map(|account| account.get()).collect();
    let digests = declared.values().flat_map(|clients| clients.values());
    let digests: Vec<_> = digests.map(|client| client.digest.as_str()).collect();
    Statement::new(
        "SELECT caller_tokens.caller_id AS caller, callers.github_user_id AS account, \
                callers.org_login = ?1 AS is_ours, caller_tokens.client_name AS name, \
                caller_tokens.token_hash AS token_hash, caller_tokens.created_at AS created_at \
         FROM caller_tokens JOIN callers ON callers.id = caller_tokens.caller_id \
         WHERE (callers.org_login = ?1 AND callers.github_user_id IN (SELECT value FROM json_each(?2))) \
            OR caller_tokens.token_hash IN (SELECT value FROM json_each(?3)) \
         ORDER BY caller_tokens.caller_id, caller_tokens.client_name",
        [
            org.as_str().into(),
            Param::Text(json!(accounts).to_string()),
            Param::Text(json!(digests).to_string()),
        ],
    )
}
