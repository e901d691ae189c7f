//! `GET /v1/pools/{pool}/stats`: the usage of a pool.

use axum::Extension;
use http::StatusCode;
use http::request::Parts;
use octopool_api_types::{ErrorCode, PoolStats, StatsOperator, StatsWindow};
use octopool_core::ClientName;

use super::{Of, Window};
use crate::access::http::PoolOpener;
use crate::app::App;
use crate::callers::http::optional_client_name;
use crate::http::error::ApiError;
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::query;
use crate::http::route::{Route, route};
use crate::stats;

/// The route of the statistics.
pub(crate) const ROUTES: &[Route] = &[route!(READ_POOL_STATS, read_pool_stats)];

/// Returns the counts of the window `since` (default `24h`). `client` names the caller's client for
/// `client_usage`.
pub(crate) async fn read_pool_stats(
    PoolOpener { pool, holder }: PoolOpener,
    Extension(app): Extension<App>,
    parts: Parts,
) -> Result<Json<PoolStats>, ApiError> {
    let mut fields = query::fields(&parts);
    let window = window(&mut fields);
    let client = optional_client_name(&mut fields, "client");
    fields.deny_unknown();
    let (window, client) = fields.finish(window.map(|window| (window, client)))?;
    let stats = stats::read_stats(&app, &pool, &window, &holder.caller_id).await?;
    // The default is the requesting client.
    let named = client.as_ref().map_or(holder.client_name.as_str(), ClientName::as_str);
    let response = PoolStats {
        generated_at: app.now().to_rfc3339().unwrap_or_default(),
        pool: pool.to_string(),
        window: StatsWindow { label: window.label, seconds: window.length.as_secs() },
        pool_usage: stats.usage(Of::Pool),
        caller_usage: stats.usage(Of::Caller),
        client_usage: stats.usage(Of::Client(named)),
        routes: stats.routes(Of::Pool),
        caller_routes: stats.routes(Of::Caller),
        client_routes: stats.routes(Of::Client(named)),
        clients: stats.clients(),
        backends: stats.backends(),
        fallback_reasons: stats.fallback_reasons(),
        cache: stats.cache(),
        client_filter: client.map(|client| client.to_string()),
        operator: StatsOperator { github_login: holder.github_login, client_name: holder.client_name },
    };
    Ok(Json(StatusCode::OK, response))
}

/// Parses the window. A violation has an error code of its own.
fn window(fields: &mut Fields) -> Option<Window> {
    let Some(value) = fields.take("since") else { return Some(Window::default()) };
    let parsed = Window::parse(value.as_str().unwrap_or_default());
    parsed.map_err(|violation| fields.refuse(ErrorCode::InvalidWindow, "since", &violation.to_string())).ok()
}
