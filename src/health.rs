//! How a pool is.

use octopool_core::PoolId;

use crate::app::App;
use crate::ports::DatabaseError;
use crate::store::identities::{self, IdentityRow};

/// The identities of a pool.
#[derive(Clone, Debug)]
pub struct Health {
    /// Each identity, by id.
    pub identities: Vec<IdentityRow>,
}

impl Health {
    /// How many identities can serve: those that no operator took out.
    pub fn healthy(&self) -> usize {
        self.identities.iter().filter(|identity| identity.status == "active").count()
    }
}

/// Reads the pool's identities. Cooldowns and remaining requests are the coordinator's to know, which comes with
/// the relay; until then nothing is spent, so nothing cools down.
pub async fn read_health(app: &App, pool: &PoolId) -> Result<Health, DatabaseError> {
    Ok(Health { identities: identities::list(app.database(), pool).await? })
}
