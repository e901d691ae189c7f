//! `GET /v1/pools/{pool}/health`: the health of a pool.

use axum::Extension;
use std::collections::BTreeMap;

use http::StatusCode;
use octopool_api_types::{IdentityHealth, PoolHealth};
use octopool_core::{PoolId, Timestamp};

use super::{Health, HealthError, IdentityRow};
use crate::access::Admin;
use crate::app::App;
use crate::health;
use crate::http::error::ApiError;
use crate::http::extract::{CallerBearer, PoolPath};
use crate::http::json::Json;
use crate::http::route::{Route, route};
use crate::pools;
use crate::ports::coordinator::IdentityState;

/// The routes of a pool's health.
pub(crate) const ROUTES: &[Route] = &[
    route!(READ_POOL_HEALTH, read_pool_health),
    route!(READ_POOL_HEALTH_AS_ADMIN, read_pool_health_as_admin),
];

/// The version of the policy format.
const POLICY_VERSION: u32 = 1;

/// Returns the number of identities and the state of each.
pub(crate) async fn read_pool_health(
    CallerBearer(token): CallerBearer,
    PoolPath(pool): PoolPath,
    Extension(app): Extension<App>,
) -> Result<Json<PoolHealth>, ApiError> {
    let health = health::read_health(&app, &pool, &token).await?;
    Ok(Json(StatusCode::OK, report(&pool, health)))
}

/// Returns the same to an admin, who needs no grant.
pub(crate) async fn read_pool_health_as_admin(
    _: Admin,
    PoolPath(pool): PoolPath,
    Extension(app): Extension<App>,
) -> Result<Json<PoolHealth>, ApiError> {
    // The coordinator of a pool that does not exist must not be woken.
    pools::find_pool(&app, &pool).await?;
    let health = health::read_health_as_admin(&app, &pool).await?;
    Ok(Json(StatusCode::OK, report(&pool, health)))
}

fn report(pool: &PoolId, health: Health) -> PoolHealth {
    PoolHealth {
        pool: pool.to_string(),
        identities_total: health.identities.len() as u64,
        identities_healthy: health.healthy() as u64,
        policy_version: POLICY_VERSION,
        next_reset: health.next_reset().and_then(Timestamp::to_rfc3339),
        identities: health.identities.into_iter().map(view).collect(),
    }
}

fn view((identity, state): (IdentityRow, IdentityState)) -> IdentityHealth {
    let mut remaining = BTreeMap::new();
    for (resource, rate) in &state.rates {
        remaining.insert(resource.as_str().to_owned(), u64::try_from(rate.remaining).unwrap_or_default());
    }
    IdentityHealth {
        id: identity.id,
        kind: identity.spec.credential.kind(),
        status: identity.spec.status,
        cooldown_until: state.cooldown_until.and_then(Timestamp::to_rfc3339),
        remaining,
    }
}

impl From<HealthError> for ApiError {
    fn from(error: HealthError) -> Self {
        match error {
            HealthError::Denied(denied) => denied.into(),
            HealthError::Database(error) => error.into(),
            HealthError::Coordinator(error) => error.into(),
        }
    }
}
