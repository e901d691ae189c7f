//! The usage of a pool.

use serde::{Deserialize, Serialize};

/// `GET /v1/pools/{pool}/stats`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PoolStats {
    /// When the report was made (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub generated_at: String,
    /// The requested pool.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The window of the report.
    pub window: StatsWindow,
    /// The requesting caller.
    pub operator: StatsOperator,
    /// The client that `client_usage` and `client_routes` are about, if the request named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_filter: Option<String>,
    /// The requests of all callers, whichever client was named.
    pub pool_usage: Usage,
    /// The requests of the requesting caller, from all of its clients.
    pub caller_usage: Usage,
    /// The requests of one client of the requesting caller: the named one, or the requesting one.
    #[serde(default)]
    pub client_usage: Usage,
    /// The requests of all callers by route kind, the most frequent first; at most 12.
    pub routes: Vec<RouteUsage>,
    /// The same for the requesting caller.
    #[serde(default)]
    pub caller_routes: Vec<RouteUsage>,
    /// The same for the client.
    #[serde(default)]
    pub client_routes: Vec<RouteUsage>,
    /// The requests of the requesting caller by client, the most active first; at most 40.
    pub clients: Vec<ClientUsage>,
    /// The requests of all callers by backend and route kind, the most frequent first; at most 20.
    pub backends: Vec<BackendUsage>,
    /// The fallbacks of all callers by reason and route kind, the most frequent first; at most 20.
    pub fallback_reasons: Vec<FallbackUsage>,
    /// The cache entries of the pool in D1 now.
    pub cache: CacheEntries,
}

/// `GET /v1/admin/pools/{pool}/stats`: what a report says of the pool alone.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminPoolStats {
    /// When the report was made (RFC 3339).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub generated_at: String,
    /// The requested pool.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::PoolName"))]
    pub pool: String,
    /// The window of the report.
    pub window: StatsWindow,
    /// The requests of all callers.
    pub pool_usage: Usage,
    /// The requests by route kind, the most frequent first; at most 12.
    pub routes: Vec<RouteUsage>,
    /// The requests by backend and route kind, the most frequent first; at most 20.
    pub backends: Vec<BackendUsage>,
    /// The fallbacks by reason and route kind, the most frequent first; at most 20.
    pub fallback_reasons: Vec<FallbackUsage>,
    /// The cache entries of the pool in D1 now.
    pub cache: CacheEntries,
}

/// The window of a report.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatsWindow {
    /// As requested: `24h`.
    pub label: String,
    /// In seconds.
    pub seconds: u64,
}

/// The requesting caller.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatsOperator {
    /// The login of the caller's account.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::StoredLogin"))]
    pub github_login: String,
    /// The requesting client.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::ClientName"))]
    pub client_name: String,
}

/// Counts of requests. Rates are between 0 and 1, and `null` if the divisor is 0.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Usage {
    /// All requests.
    pub requests: u64,
    /// Failed requests: `service_errors` and `fallbacks` together.
    pub errors: u64,
    /// Requests that ended with an error of octopool's, or with a 5xx of GitHub's.
    #[serde(default)]
    pub service_errors: u64,
    /// Requests that were left to the caller's own credentials (424).
    #[serde(default)]
    pub fallbacks: u64,
    /// The average duration, in milliseconds.
    pub avg_duration_ms: Option<f64>,
    /// Requests served from the cache, fresh.
    pub cache_hits: u64,
    /// Requests served from the cache, stale.
    #[serde(default)]
    pub cache_stale: u64,
    /// Requests sent to GitHub whose answer is shared.
    pub cache_misses: u64,
    /// Requests whose answer is not shared, or that were not sent to GitHub.
    pub cache_bypass: u64,
    /// Always 0, for older clients.
    pub cache_unknown: u64,
    /// Hits, stale answers and misses together.
    pub cacheable_requests: u64,
    /// The same number, for older clients: a request that cannot be shared does not count as a miss
    /// here.
    #[serde(default)]
    pub eligible_cache_requests: u64,
    /// Hits, as a share of hits, stale answers and misses.
    pub cache_hit_rate: Option<f64>,
    /// Answers from the cache, as a share of `cacheable_requests`.
    pub cacheable_hit_rate: Option<f64>,
    /// Answers from the cache, as a share of `eligible_cache_requests`.
    #[serde(default)]
    pub eligible_cache_hit_rate: Option<f64>,
    /// Answers that are not shared, as a share of all requests.
    pub bypass_rate: Option<f64>,
    /// Requests that waited for the answer to another request.
    #[serde(default)]
    pub coalesced: u64,
    /// Hits and stale answers together.
    #[serde(default)]
    pub cache_served_responses: u64,
    /// Misses and answers that are not shared, together.
    #[serde(default)]
    pub uncached_outcomes: u64,
    /// The older name of `cache_served_responses`.
    pub saved_github_requests: u64,
    /// The older name of `uncached_outcomes`.
    pub backend_requests: u64,
}

/// Counts of one route kind.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RouteUsage {
    /// The route kind, as in `relay.route_kind`.
    pub route_kind: String,
    /// The time of the last request (RFC 3339, to the minute).
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
    /// The time of the last request (RFC 3339, to the minute).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub latest_seen_at: String,
    /// The counts.
    #[serde(flatten)]
    pub usage: Usage,
}

/// Counts of one backend and one route kind.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BackendUsage {
    /// Where the answer came from: `github`, `cache`, or `none` if there was none.
    pub backend: String,
    /// The route kind, as in `relay.route_kind`.
    pub route_kind: String,
    /// All requests.
    pub requests: u64,
    /// Requests sent to GitHub whose answer is shared.
    pub cache_misses: u64,
    /// Requests whose answer is not shared.
    pub cache_bypass: u64,
    /// Requests that GitHub answered with 304 (not modified).
    pub revalidated: u64,
    /// The time of the last request (RFC 3339, to the minute).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub latest_seen_at: String,
}

/// Counts of one fallback reason and one route kind.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FallbackUsage {
    /// The reason, as in `details.reason`.
    pub reason: String,
    /// The route kind, as in `relay.route_kind`; `none` if the path is not served.
    pub route_kind: String,
    /// All requests.
    pub requests: u64,
    /// The time of the last request (RFC 3339, to the minute).
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Time"))]
    pub latest_seen_at: String,
}

/// The cache entries of a pool in D1.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CacheEntries {
    /// All entries.
    pub total_entries: u64,
    /// Fresh entries.
    pub fresh_entries: u64,
    /// Entries past their fresh time.
    pub expired_entries: u64,
    /// The total size of the bodies, in bytes.
    pub body_bytes: u64,
}
