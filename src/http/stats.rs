//! `GET /v1/pools/{pool}/stats`: how much the pool is used.

use axum::extract::State;
use http::StatusCode;
use http::request::Parts;
use octopool_api_types::{PoolStats, StatsOperator, StatsWindow};
use octopool_core::ClientName;

use super::extract::PoolOpener;
use super::json::Json;
use super::query;
use crate::app::App;
use crate::error::ApiError;
use crate::stats::{self, Window};

/// Answers what was counted within `since` (`24h` unless said), of one `client` or of all.
pub(super) async fn read_pool_stats(
    PoolOpener { pool, holder }: PoolOpener,
    State(app): State<App>,
    parts: Parts,
) -> Result<Json<PoolStats>, ApiError> {
    let mut fields = query::fields(&parts);
    let window = fields.optional_text("since", Window::parse).unwrap_or_default();
    let client = fields.optional_text("client", ClientName::parse);
    fields.deny_unknown();
    let (window, client) = fields.finish(Some((window, client)))?;
    let stats = stats::read_stats(&app, &pool, &window, client.as_ref(), &holder.caller_id).await?;
    let response = PoolStats {
        generated_at: app.now().to_rfc3339().unwrap_or_default(),
        pool: pool.to_string(),
        window: StatsWindow { label: window.label, seconds: window.length.as_secs() },
        operator: StatsOperator { github_login: holder.github_login },
        client: client.map(|client| client.to_string()),
        pool_usage: stats.of_the_pool(),
        caller_usage: stats.of_the_caller(),
        routes: stats.routes(),
        clients: stats.clients(),
        backends: stats.backends(),
        fallback_reasons: stats.fallback_reasons(),
        cache: stats.cache(),
    };
    Ok(Json(StatusCode::OK, response))
}
