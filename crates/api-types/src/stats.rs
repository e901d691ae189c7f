//! How much a pool is used.

use serde::{Deserialize, Serialize};

/// `GET /v1/pools/{pool}/stats`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PoolStats {
    /// When this was counted (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub generated_at: String,
    /// The pool asked for.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// How far back it was counted.
    pub window: StatsWindow,
    /// Who asks.
    pub operator: StatsOperator,
    /// The client that `client_usage` and `client_routes` are of, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_filter: Option<String>,
    /// Everybody's requests, whatever client was named.
    pub pool_usage: Usage,
    /// The asking caller's requests, from any of its clients.
    pub caller_usage: Usage,
    /// The requests of one client of the asking caller: the one that the request names, or the one that asks.
    #[serde(default)]
    pub client_usage: Usage,
    /// Everybody's by kind of route, the most used first; at most 12.
    pub routes: Vec<RouteUsage>,
    /// The asking caller's, in the same way.
    #[serde(default)]
    pub caller_routes: Vec<RouteUsage>,
    /// The client's, in the same way.
    #[serde(default)]
    pub client_routes: Vec<RouteUsage>,
    /// The asking caller's by client, the most active first; at most 40.
    pub clients: Vec<ClientUsage>,
    /// Everybody's by what answered and the kind of route, the most frequent first; at most 20.
    pub backends: Vec<BackendUsage>,
    /// Why requests of everybody were not served, the most frequent first; at most 20.
    pub fallback_reasons: Vec<FallbackUsage>,
    /// What is kept in D1 now.
    pub cache: CacheEntries,
}

/// How far back.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatsWindow {
    /// As it was asked for: `24h`.
    pub label: String,
    /// The same in seconds.
    pub seconds: u64,
}

/// Who asks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatsOperator {
    /// The login of the caller's account.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The client that asks.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
}

/// Counts of requests. Rates are between 0 and 1, and `null` where there was nothing to divide by.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// How many there were.
    pub requests: u64,
    /// How many of them had no answer, or a 5xx of GitHub's: `service_errors` and `fallbacks` together.
    pub errors: u64,
    /// Those that ended with an error of octopool's, or with a 5xx of GitHub's.
    #[serde(default)]
    pub service_errors: u64,
    /// Those that were left to the caller's own credentials (424).
    #[serde(default)]
    pub fallbacks: u64,
    /// How long one took on average, in milliseconds.
    pub avg_duration_ms: Option<f64>,
    /// Answered from the cache, fresh.
    pub cache_hits: u64,
    /// Answered from the cache, past the fresh time.
    #[serde(default)]
    pub cache_stale: u64,
    /// Asked of GitHub, and shared.
    pub cache_misses: u64,
    /// Asked of GitHub and not shared, or not asked at all.
    pub cache_bypass: u64,
    /// Always 0; older clients read it.
    pub cache_unknown: u64,
    /// Hits, stale answers and misses together.
    pub cacheable_requests: u64,
    /// The same: what cannot be shared is no miss here. Older clients read it.
    #[serde(default)]
    pub eligible_cache_requests: u64,
    /// What the cache answered, among hits, stale answers and misses.
    pub cache_hit_rate: Option<f64>,
    /// What the cache answered, among `cacheable_requests`.
    pub cacheable_hit_rate: Option<f64>,
    /// What the cache answered, among `eligible_cache_requests`.
    #[serde(default)]
    pub eligible_cache_hit_rate: Option<f64>,
    /// What was not shared, among all requests.
    pub bypass_rate: Option<f64>,
    /// How many waited for the answer to another's request.
    #[serde(default)]
    pub coalesced: u64,
    /// Hits and stale answers.
    #[serde(default)]
    pub cache_served_responses: u64,
    /// Misses, and what was not shared.
    #[serde(default)]
    pub uncached_outcomes: u64,
    /// The older name of `cache_served_responses`.
    pub saved_github_requests: u64,
    /// The older name of `uncached_outcomes`.
    pub backend_requests: u64,
}

/// Counts of one kind of route.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RouteUsage {
    /// The kind, as in `relay.route_kind`.
    pub route_kind: String,
    /// When it was asked for last (RFC 3339, to the minute).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub latest_seen_at: String,
    /// The counts.
    #[serde(flatten)]
    pub usage: Usage,
}

/// Counts of one client.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClientUsage {
    /// The client's name.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
    /// When it asked last (RFC 3339, to the minute).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub latest_seen_at: String,
    /// The counts.
    #[serde(flatten)]
    pub usage: Usage,
}

/// Counts of one backend and one kind of route.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BackendUsage {
    /// What answered: `github`, `cache`, or `none` where nothing did.
    pub backend: String,
    /// The kind of route, as in `relay.route_kind`.
    pub route_kind: String,
    /// How many requests.
    pub requests: u64,
    /// Those that were asked of GitHub and shared.
    pub cache_misses: u64,
    /// Those that were not shared.
    pub cache_bypass: u64,
    /// Those of which GitHub said that what was known still holds (304).
    pub revalidated: u64,
    /// When the last one was (RFC 3339, to the minute).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub latest_seen_at: String,
}

/// How often one reason kept requests of one kind of route from being served.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FallbackUsage {
    /// The reason, as in `details.reason`.
    pub reason: String,
    /// The kind of route, as in `relay.route_kind`; `none` where the path is not served.
    pub route_kind: String,
    /// How many requests.
    pub requests: u64,
    /// When the last one was (RFC 3339, to the minute).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub latest_seen_at: String,
}

/// Answers that are kept in D1 for the pool.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CacheEntries {
    /// All of them.
    pub total_entries: u64,
    /// Those that are fresh.
    pub fresh_entries: u64,
    /// Those that would be asked about again.
    pub expired_entries: u64,
    /// How large their bodies are together.
    pub body_bytes: u64,
}
