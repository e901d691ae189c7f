//! The database part of a pool's health.

use octopool_core::{IdentitySpec, PoolId, Timestamp, TokenDigest};
use serde::Deserialize;

use crate::ports::{Database, DatabaseError, Statement};
use crate::sql::{Answers, TokenHolder, holder, identity_spec, json_text, read_holder};

/// An identity of a pool.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct IdentityRow {
    /// Its id.
    pub id: String,
    /// What it is, without its scopes.
    #[serde(deserialize_with = "json_text")]
    pub spec: IdentitySpec,
}

/// Reads the token's holder and the pool's identities in one batch. Without a holder the identities
/// must not be shown.
pub(crate) async fn read(
    database: &dyn Database,
    token: &TokenDigest,
    pool: &PoolId,
    now: Timestamp,
) -> Result<(Option<TokenHolder>, Vec<IdentityRow>), DatabaseError> {
    let mut statements = Vec::from(holder(token, pool, now));
    statements.push(identities(pool));
    let mut answers = Answers::new(database.batch(statements).await?);
    Ok((read_holder(&mut answers)?, answers.all_of("identities")?))
}

/// Reads the pool's identities, for somebody who may see them.
pub(crate) async fn identities_of(
    database: &dyn Database,
    pool: &PoolId,
) -> Result<Vec<IdentityRow>, DatabaseError> {
    Answers::new(database.batch(vec![identities(pool)]).await?).all_of("identities")
}

fn identities(pool: &PoolId) -> Statement {
    Statement::new(
        concat!(
            "SELECT id, ",
            identity_spec!(no scopes),
            " AS spec FROM identities WHERE pool_id = ?1 ORDER BY id"
        ),
        [pool.as_str().into()],
    )
}
