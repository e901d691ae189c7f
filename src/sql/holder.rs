//! The caller that holds a token, for batches that authenticate a caller and read more.

use octopool_core::{AccountId, MembershipProof, PoolId, Timestamp, TokenDigest};
use serde::Deserialize;

use super::Answers;
use crate::ports::{DatabaseError, Statement};

/// The caller that a token belongs to, and the client that it was issued to.
#[derive(Clone, Debug)]
pub(crate) struct TokenHolder {
    /// octopool's id of the caller.
    pub caller_id: String,
    /// The login seen last.
    pub github_login: String,
    /// The account.
    pub account: AccountId,
    /// The org whose membership was verified.
    pub org_login: String,
    /// When the membership was last verified.
    pub proof: MembershipProof,
    /// The client that the token was issued to.
    pub client_name: String,
}

#[derive(Deserialize)]
struct HolderRow {
    id: String,
    client_name: String,
    github_login: String,
    github_user_id: i64,
    org_login: String,
    org_verified_at: i64,
}

/// Whether the token gives access to the pool of a grant: yes, unless it is bound to another pool.
macro_rules! opens_granted {
    () => {
        "(caller_tokens.pool_id IS NULL OR caller_tokens.pool_id = caller_pools.pool_id)"
    };
}
pub(crate) use opens_granted;

/// Finds the active caller that holds the token and a grant for the pool, and records the use of
/// the token. The least recently used client is determined by that time.
pub(crate) fn holder(token: &TokenDigest, pool: &PoolId, now: Timestamp) -> [Statement; 2] {
    [
        Statement::new(
            concat!(
                "UPDATE caller_tokens SET last_used_at = ?3 WHERE token_hash = ?1 AND last_used_at < ?3 \
                   AND EXISTS (SELECT 1 FROM callers JOIN caller_pools ON caller_pools.caller_id = callers.id \
                               WHERE callers.id = caller_tokens.caller_id AND caller_pools.pool_id = ?2 \
                                 AND callers.status = 'active' AND ",
                opens_granted!(),
                ")"
            ),
            [token.as_str().into(), pool.as_str().into(), now.as_millis().into()],
        ),
        Statement::new(
            concat!(
                "SELECT callers.id, caller_tokens.client_name, callers.github_login, callers.github_user_id, \
                        callers.org_login, callers.org_verified_at \
                 FROM caller_tokens \
                 JOIN callers ON callers.id = caller_tokens.caller_id \
                 JOIN caller_pools ON caller_pools.caller_id = callers.id \
                 WHERE caller_tokens.token_hash = ?1 AND caller_pools.pool_id = ?2 \
                   AND callers.status = 'active' AND ",
                opens_granted!()
            ),
            [token.as_str().into(), pool.as_str().into()],
        ),
    ]
}

/// Reads the results of [`holder`].
pub(crate) fn read_holder(answers: &mut Answers) -> Result<Option<TokenHolder>, DatabaseError> {
    answers.skip(1);
    answers.first::<HolderRow>()?.map(TokenHolder::try_from).transpose()
}

impl TryFrom<HolderRow> for TokenHolder {
    type Error = DatabaseError;

    fn try_from(row: HolderRow) -> Result<Self, DatabaseError> {
        let account = AccountId::new(row.github_user_id)
            .ok_or_else(|| DatabaseError::Failed("a caller without an account".to_owned()))?;
        Ok(Self {
            caller_id: row.id,
            github_login: row.github_login,
            account,
            org_login: row.org_login,
            proof: MembershipProof { verified_at: Timestamp::from_millis(row.org_verified_at) },
            client_name: row.client_name,
        })
    }
}
