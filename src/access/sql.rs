//! Lookups of caller tokens and named admin tokens that are presented with a request.

use octopool_core::{AdminTokenName, PoolId, Timestamp, TokenDigest};
use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, TokenHolder, holder, opens_granted, read_holder};

/// Finds the active caller that holds the token and a grant for the pool, and records the use of
/// the token. The least recently used client is determined by that time.
pub(crate) async fn find_holder(
    database: &dyn Database,
    token: &TokenDigest,
    pool: &PoolId,
    now: Timestamp,
) -> Result<Option<TokenHolder>, DatabaseError> {
    let mut answers = Answers::new(database.batch(holder(token, pool, now).into()).await?);
    read_holder(&mut answers)
}

/// Records when GitHub confirmed the membership of a caller. It replaces a later time, too: a time
/// in the future comes from a wrong clock, and if it were kept, every request would verify the
/// membership again until then.
pub(crate) async fn renew_proof(
    database: &dyn Database,
    caller_id: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let renew = Statement::new(
        "UPDATE callers SET org_verified_at = ?2 WHERE id = ?1 AND status = 'active'",
        [caller_id.into(), now.as_millis().into()],
    );
    database.batch(vec![renew]).await.map(drop)
}

#[derive(Deserialize)]
struct GrantRow {
    pool_id: String,
}

/// The ids of the pools that a token gives access to, by name: all, or at most so many.
pub(crate) async fn grants(
    database: &dyn Database,
    token: &TokenDigest,
    at_most: Option<u32>,
) -> Result<Vec<String>, DatabaseError> {
    let select = Statement::new(
        concat!(
            "SELECT caller_pools.pool_id FROM caller_tokens \
             JOIN callers ON callers.id = caller_tokens.caller_id \
             JOIN caller_pools ON caller_pools.caller_id = callers.id \
             WHERE caller_tokens.token_hash = ?1 AND callers.status = 'active' AND ",
            opens_granted!(),
            // A negative limit is none (https://sqlite.org/lang_select.html#limitoffset).
            " ORDER BY caller_pools.pool_id LIMIT ?2"
        ),
        [token.as_str().into(), at_most.map_or(-1, i64::from).into()],
    );
    let rows: Vec<GrantRow> = Answers::new(database.batch(vec![select]).await?).all()?;
    Ok(rows.into_iter().map(|row| row.pool_id).collect())
}

/// A named admin token that is valid now.
#[derive(Clone, Debug)]
pub(crate) struct UsedAdminToken {
    /// Its name.
    pub name: AdminTokenName,
    /// The pool that it is restricted to; `None` for all pools.
    pub pool: Option<PoolId>,
}

#[derive(Deserialize)]
struct UsedAdminTokenRow {
    name: String,
    pool_id: Option<String>,
}

/// Finds the token unless it has expired, and records its use, in one statement.
pub(crate) async fn use_admin_token(
    database: &dyn Database,
    token: &TokenDigest,
    now: Timestamp,
) -> Result<Option<UsedAdminToken>, DatabaseError> {
    let update = Statement::new(
        "UPDATE admin_tokens SET last_used_at = max(ifnull(last_used_at, ?2), ?2) \
         WHERE token_hash = ?1 AND (expires_at IS NULL OR expires_at > ?2) RETURNING name, pool_id",
        [token.as_str().into(), now.as_millis().into()],
    );
    let row = Answers::new(database.batch(vec![update]).await?).first::<UsedAdminTokenRow>()?;
    // Fail closed: a restriction that cannot be read (edited SQL) must not become no restriction.
    let unreadable = |_| DatabaseError::Failed("a stored admin token has no name or pool".to_owned());
    row.map(|row| {
        let name = AdminTokenName::parse(&row.name).map_err(unreadable)?;
        let pool = row.pool_id.map(|pool| PoolId::parse(&pool)).transpose().map_err(unreadable)?;
        Ok(UsedAdminToken { name, pool })
    })
    .transpose()
}
