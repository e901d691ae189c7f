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
    /// The client that the counts are of, if the request named one.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::ClientName>"))]
    pub client: Option<String>,
    /// Everybody's requests.
    pub pool_usage: Usage,
    /// The asking caller's requests, from any of its clients.
    pub caller_usage: Usage,
    /// By kind of route, the most used first.
    pub routes: Vec<RouteUsage>,
    /// By client, the most active first.
    pub clients: Vec<ClientUsage>,
    /// By what answered: `github`, `cache`, or `none` where nothing did.
    pub backends: Vec<BackendUsage>,
    /// Why requests were not served, the most frequent first.
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
}

/// Counts of requests. Rates are between 0 and 1, and `null` where there was nothing to divide by.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// How many there were.
    pub requests: u64,
    /// How many of them ended with an error of octopool's, or with a 5xx of GitHub's.
    pub errors: u64,
    /// How many of them were left to the caller's own credentials (424).
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
    /// How many waited for the answer to another's request.
    #[serde(default)]
    pub coalesced: u64,
    /// Hits, stale answers and misses together.
    pub cacheable_requests: u64,
    /// Hits among hits and misses.
    pub cache_hit_rate: Option<f64>,
    /// Hits among all that can be shared.
    pub cacheable_hit_rate: Option<f64>,
    /// What was not shared, among all requests.
    pub bypass_rate: Option<f64>,
    /// Requests that GitHub did not have to answer.
    pub saved_github_requests: u64,
    /// Requests that GitHub answered.
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
    /// The client's name. Several callers may have a client of one name.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
    /// The counts.
    #[serde(flatten)]
    pub usage: Usage,
}

/// Counts of one backend.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BackendUsage {
    /// `github`, `cache` or `none`.
    pub backend: String,
    /// The counts.
    #[serde(flatten)]
    pub usage: Usage,
}

/// How often one reason kept a request from being served.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FallbackUsage {
    /// The reason, as in `details.reason`.
    pub reason: String,
    /// How many requests.
    pub requests: u64,
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
