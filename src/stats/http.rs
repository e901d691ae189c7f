//! `GET /v1/pools/{pool}/stats`: the usage of a pool.

use axum::Extension;
use http::StatusCode;
use http::request::Parts;
use octopool_api_types::{
    AdminPoolStats, BackendUsage, CacheEntries, ClientUsage, ErrorCode, FallbackUsage, PoolStats, RouteUsage,
    StatsOperator, StatsWindow, Usage,
};
use octopool_core::{ClientName, Timestamp};

use super::{CacheTotals, Group, Of, Sum, Window, count};
use crate::access::Admin;
use crate::access::http::PoolOpener;
use crate::app::App;
use crate::callers::http::optional_client_name;
use crate::http::error::ApiError;
use crate::http::extract::PoolPath;
use crate::http::fields::Fields;
use crate::http::json::Json;
use crate::http::query;
use crate::http::route::{Route, route};
use crate::pools;
use crate::stats;

/// The routes of the statistics.
pub(crate) const ROUTES: &[Route] =
    &[route!(READ_POOL_STATS, read_pool_stats), route!(READ_POOL_STATS_AS_ADMIN, read_pool_stats_as_admin)];

/// Answers what was counted within `since` (`24h` unless said). `client` names the client of the
/// caller's that `client_usage` is of.
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
        pool_usage: usage(stats.sum(Of::Pool)),
        caller_usage: usage(stats.sum(Of::Caller)),
        client_usage: usage(stats.sum(Of::Client(named))),
        routes: views(stats.routes(Of::Pool), route_usage),
        caller_routes: views(stats.routes(Of::Caller), route_usage),
        client_routes: views(stats.routes(Of::Client(named)), route_usage),
        clients: views(stats.clients(), client_usage),
        backends: views(stats.backends(), backend),
        fallback_reasons: views(stats.fallback_reasons(), fallback),
        cache: cache(stats.cache),
        client_filter: client.map(|client| client.to_string()),
        operator: StatsOperator { github_login: holder.github_login, client_name: holder.client_name },
    };
    Ok(Json(StatusCode::OK, response))
}

/// Answers an admin what was counted of the pool; no request is an admin's own.
pub(crate) async fn read_pool_stats_as_admin(
    _: Admin,
    PoolPath(pool): PoolPath,
    Extension(app): Extension<App>,
    parts: Parts,
) -> Result<Json<AdminPoolStats>, ApiError> {
    let mut fields = query::fields(&parts);
    let window = window(&mut fields);
    fields.deny_unknown();
    let window = fields.finish(window)?;
    pools::find_pool(&app, &pool).await?;
    let stats = stats::read_stats(&app, &pool, &window, NO_CALLER).await?;
    let response = AdminPoolStats {
        generated_at: app.now().to_rfc3339().unwrap_or_default(),
        pool: pool.to_string(),
        window: StatsWindow { label: window.label, seconds: window.length.as_secs() },
        pool_usage: usage(stats.sum(Of::Pool)),
        routes: views(stats.routes(Of::Pool), route_usage),
        backends: views(stats.backends(), backend),
        fallback_reasons: views(stats.fallback_reasons(), fallback),
        cache: cache(stats.cache),
    };
    Ok(Json(StatusCode::OK, response))
}

/// The id of no caller.
const NO_CALLER: &str = "";

/// Parses the window. A violation has an error code of its own.
fn window(fields: &mut Fields) -> Option<Window> {
    let Some(value) = fields.take("since") else { return Some(Window::default()) };
    let parsed = Window::parse(value.as_str().unwrap_or_default());
    parsed.map_err(|violation| fields.refuse(ErrorCode::InvalidWindow, "since", &violation.to_string())).ok()
}

fn views<View>(groups: Vec<Group>, view: fn(Group) -> View) -> Vec<View> {
    groups.into_iter().map(view).collect()
}

fn route_usage(group: Group) -> RouteUsage {
    let latest_seen_at = time(group.latest);
    RouteUsage { route_kind: group.name, latest_seen_at, usage: usage(group.sum) }
}

fn client_usage(group: Group) -> ClientUsage {
    let latest_seen_at = time(group.latest);
    ClientUsage { client_name: group.name, latest_seen_at, usage: usage(group.sum) }
}

fn backend(group: Group) -> BackendUsage {
    BackendUsage {
        backend: group.name,
        route_kind: group.route_kind,
        requests: group.sum.requests,
        cache_misses: group.sum.misses,
        cache_bypass: group.sum.bypass,
        revalidated: group.sum.revalidated,
        latest_seen_at: time(group.latest),
    }
}

fn fallback(group: Group) -> FallbackUsage {
    FallbackUsage {
        reason: group.name,
        route_kind: group.route_kind,
        latest_seen_at: time(group.latest),
        requests: group.sum.requests,
    }
}

fn cache(kept: CacheTotals) -> CacheEntries {
    CacheEntries {
        total_entries: count(kept.total),
        fresh_entries: count(kept.fresh),
        expired_entries: count(kept.total - kept.fresh),
        body_bytes: count(kept.body_bytes),
    }
}

/// The counts with their rates, and again under the names that older clients read.
fn usage(sum: Sum) -> Usage {
    let served = sum.hits + sum.stale;
    let cacheable = served + sum.misses;
    let asked = sum.misses + sum.bypass;
    let hit_rate = rate(served, cacheable);
    Usage {
        requests: sum.requests,
        errors: sum.errors + sum.fallbacks,
        service_errors: sum.errors,
        fallbacks: sum.fallbacks,
        avg_duration_ms: rate(sum.duration_ms, sum.requests).map(|average| (average * 10.0).round() / 10.0),
        cache_hits: sum.hits,
        cache_stale: sum.stale,
        cache_misses: sum.misses,
        cache_bypass: sum.bypass,
        cache_unknown: 0,
        cacheable_requests: cacheable,
        eligible_cache_requests: cacheable,
        cache_hit_rate: hit_rate,
        cacheable_hit_rate: hit_rate,
        eligible_cache_hit_rate: hit_rate,
        bypass_rate: rate(sum.bypass, sum.requests),
        coalesced: sum.coalesced,
        cache_served_responses: served,
        uncached_outcomes: asked,
        saved_github_requests: served,
        backend_requests: asked,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn time(time: Timestamp) -> String {
    time.to_rfc3339().unwrap_or_default()
}
