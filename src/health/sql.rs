//! The database part of a pool's health.

use octopool_core::{PoolId, Timestamp, TokenDigest};

use crate::access::TokenHolder;
use crate::access::sql::{holder, read_holder};
use crate::identities::sql::{IdentityRow, select_of_pool};
use crate::ports::{Database, DatabaseError};
use crate::sql::Answers;

/// Reads the token's holder and the pool's identities in one batch. Without a holder the identities
/// must not be shown.
pub(crate) async fn read(
    database: &dyn Database,
    token: &TokenDigest,
    pool: &PoolId,
    now: Timestamp,
) -> Result<(Option<TokenHolder>, Vec<IdentityRow>), DatabaseError> {
    let mut statements = Vec::from(holder(token, pool, now));
    statements.push(select_of_pool(pool));
    let mut answers = Answers::new(database.batch(statements).await?);
    Ok((read_holder(&mut answers)?, answers.all_of("identities")?))
}
