//! How a pool is.

pub(crate) mod http;

use octopool_core::{PoolId, Status, Timestamp};

use crate::app::App;
use crate::identities::sql::{self, IdentityRow};
use crate::ports::coordinator::{Ask, IdentityState, Reply};
use crate::ports::{CoordinatorError, DatabaseError};
use crate::relay::budget_key;

/// Nobody could say how the pool is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HealthError {
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The coordinator did not answer.
    #[error(transparent)]
    Coordinator(#[from] CoordinatorError),
}

/// The identities of a pool.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    /// Each identity, by id, and what the coordinator knows of it.
    pub identities: Vec<(IdentityRow, IdentityState)>,
    now: Timestamp,
}

impl Health {
    /// How many identities can serve: those that no operator took out, that do not cool down and that have something left of the budget that
    /// nearly every request counts against.
    pub(crate) fn healthy(&self) -> usize {
        let serves = |(identity, state): &&(IdentityRow, IdentityState)| {
            let depleted =
                state.rates.iter().any(|(name, rate)| name.as_str() == "core" && rate.is_depleted(self.now));
            identity.status == Status::Active
                && state.cooldown_until.is_none_or(|until| until <= self.now)
                && !depleted
        };
        self.identities.iter().filter(serves).count()
    }

    /// When the next budget that is used up is filled again, if one is.
    pub(crate) fn next_reset(&self) -> Option<Timestamp> {
        let rates = self.identities.iter().flat_map(|(_, state)| state.rates.values());
        let depleted = rates.filter(|rate| rate.is_depleted(self.now));
        depleted.map(|rate| Timestamp::from_millis(rate.reset.saturating_mul(1000))).min()
    }
}

/// Reads the pool's identities, and asks the coordinator how they are.
pub(crate) async fn read_health(app: &App, pool: &PoolId) -> Result<Health, HealthError> {
    let known = app.ports.coordinators.ask(pool, Ask::Health);
    let (rows, known) = futures_util::future::join(sql::list(app.database(), pool), known).await;
    let (rows, known) = (rows?, known?);
    let Reply::Health(known) = known else {
        return Err(
            CoordinatorError("it was asked for the health and spoke of something else".to_owned()).into()
        );
    };
    let with_state = |row: IdentityRow| {
        let budget = budget_key(app.ports.secrets.as_ref(), row.secret_ref.as_str(), row.credential);
        // Identities with one credential share their state.
        let state = known.budgets.get(&budget).cloned().unwrap_or_default();
        (row, state)
    };
    Ok(Health { identities: rows.into_iter().map(with_state).collect(), now: app.now() })
}
