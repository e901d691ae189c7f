//! What an enrollment or a login writes, and the caller that it results in.

use octopool_core::{
    AccountId, AccountLogin, CallerToken, ClientName, DisplayName, PoolId, Status, Timestamp,
};
use serde::Deserialize;

use crate::sql::{AuditEvent, KeptAnswer};

/// An account whose membership GitHub just confirmed, and the token to give it.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// The account's immutable id.
    pub account: AccountId,
    /// Its login as GitHub spells it.
    pub login: &'a AccountLogin,
    /// The org whose membership was verified.
    pub org: &'a AccountLogin,
    /// The pool to give access to.
    pub pool: &'a PoolId,
    /// The client that the token is for.
    pub client: &'a ClientName,
    /// The id of the token's row, if it is new.
    pub token_id: &'a str,
    /// The new token.
    pub token: &'a CallerToken,
    /// When the membership was verified.
    pub now: Timestamp,
    /// If set, a caller with a grant for another pool is not changed, and the token gives access to
    /// no other pool, even if one is granted later.
    pub exclusive: bool,
    /// The audit event.
    pub audit: &'a AuditEvent,
    /// What to keep of the answer, if the request has an `Idempotency-Key`; its outcome is the
    /// [`CallerRow`].
    pub keeping: Option<&'a KeptAnswer>,
}

/// What an enrollment has in addition.
#[derive(Debug)]
pub(crate) struct Enrollment<'a> {
    /// The caller's id, if the caller is new.
    pub caller_id: &'a str,
    /// The name, if the caller is new.
    pub name: &'a DisplayName,
    /// Whether an existing caller gets this name too.
    pub rename: bool,
    /// The pool's policy, if the pool is new.
    pub policy_json: &'a str,
}

/// A caller as it is after the batch.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CallerRow {
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
    /// Whether the caller is active. The batch does not change a disabled caller.
    pub status: Status,
    /// 1 if it has a grant for the pool. Without one a login changes nothing.
    pub granted: i64,
    /// 1 if it has a grant for another pool. With one an exclusive enrollment changes nothing.
    pub elsewhere: i64,
}

impl CallerRow {
    /// Whether an admin disabled the caller.
    pub(crate) fn is_disabled(&self) -> bool {
        self.status == Status::Disabled
    }
}
