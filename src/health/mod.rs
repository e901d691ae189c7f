//! The health of a pool.

pub(crate) mod http;
mod sql;

use std::time::Duration;

use octopool_core::{CallerToken, PoolId, Status, Timestamp};

use crate::access::{CallerDenied, admit};
use crate::app::App;
use crate::isolate::Remembered;
use crate::ports::coordinator::{CoordinatorReply, CoordinatorRequest, IdentityState};
use crate::ports::{CoordinatorError, DatabaseError};
use crate::relay::budget_key;

pub(crate) use sql::IdentityRow;

/// Why the health is not known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HealthError {
    /// The token does not give access to the pool.
    #[error(transparent)]
    Denied(#[from] CallerDenied),
    /// The database call failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The coordinator did not reply.
    #[error(transparent)]
    Coordinator(#[from] CoordinatorError),
}

/// The identities of a pool.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    /// Each identity, by id, with its state in the coordinator.
    pub identities: Vec<(IdentityRow, IdentityState)>,
    now: Timestamp,
}

impl Health {
    /// How many identities can serve: active, not in a cooldown, and with requests left in the
    /// `core` budget, which nearly every request counts against.
    pub(crate) fn healthy(&self) -> usize {
        let serves = |(identity, state): &&(IdentityRow, IdentityState)| {
            let depleted =
                state.rates.iter().any(|(name, rate)| name.as_str() == "core" && rate.is_depleted(self.now));
            identity.spec.status == Status::Active
                && state.cooldown_until.is_none_or(|until| until <= self.now)
                && !depleted
        };
        self.identities.iter().filter(serves).count()
    }

    /// When the next exhausted budget is reset, if one is exhausted.
    pub(crate) fn next_reset(&self) -> Option<Timestamp> {
        let rates = self.identities.iter().flat_map(|(_, state)| state.rates.values());
        let depleted = rates.filter(|rate| rate.is_depleted(self.now));
        depleted.map(|rate| Timestamp::from_millis(rate.reset.saturating_mul(1000))).min()
    }
}

/// Callers that this isolate has authenticated, by token and pool. Used only to decide whether the
/// coordinator is asked concurrently with the database or after it.
#[derive(Default)]
struct SeenCallers(Remembered<(String, String), ()>);

/// How long a caller is remembered.
const SEEN: Duration = Duration::from_hours(1);

/// Authenticates the caller, and reads the pool's identities and their state in the coordinator.
///
/// An unauthenticated request must not wake the Durable Object of any pool that it names. So the
/// coordinator is asked concurrently with the database only for a caller that was authenticated
/// before; the database decides each time.
pub(crate) async fn read_health(
    app: &App,
    pool: &PoolId,
    token: &CallerToken,
) -> Result<Health, HealthError> {
    let (digest, now) = (token.digest(), app.now());
    let seen = app.isolate.get::<SeenCallers>();
    let key = (digest.as_str().to_owned(), pool.to_string());
    let known = async { app.ports.coordinators.ask(pool, CoordinatorRequest::Health).await };
    let read = sql::read(app.database(), &digest, pool, now);
    let (rows, known) = if seen.0.find(&key, SEEN, now).is_some() {
        let (read, known) = futures_util::future::join(read, known).await;
        let (holder, rows) = read?;
        admit(app, holder).await?;
        (rows, known?)
    } else {
        let (holder, rows) = read.await?;
        admit(app, holder).await?;
        seen.0.keep(key, (), now);
        (rows, known.await?)
    };
    with_states(app, rows, known)
}

/// The same for an admin of the pool, who is authenticated already. The pool may not exist.
pub(crate) async fn read_health_as_admin(app: &App, pool: &PoolId) -> Result<Health, HealthError> {
    let rows = sql::identities_of(app.database(), pool);
    let known = async { app.ports.coordinators.ask(pool, CoordinatorRequest::Health).await };
    let (rows, known) = futures_util::future::join(rows, known).await;
    with_states(app, rows?, known?)
}

fn with_states(app: &App, rows: Vec<IdentityRow>, known: CoordinatorReply) -> Result<Health, HealthError> {
    let CoordinatorReply::Health(known) = known else {
        return Err(CoordinatorError("its reply is not a health report".to_owned()).into());
    };
    let with_state = |row: IdentityRow| {
        let budget =
            budget_key(app.ports.secrets.as_ref(), row.spec.secret_ref.as_str(), &row.spec.credential);
        // Identities with one credential share their state.
        let state = known.budgets.get(&budget).cloned().unwrap_or_default();
        (row, state)
    };
    Ok(Health { identities: rows.into_iter().map(with_state).collect(), now: app.now() })
}
