//! The usage of a pool: rows of counts, summed for a report.

pub(crate) mod http;
pub(crate) mod sql;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use octopool_api_types::{BackendUsage, CacheEntries, ClientUsage, FallbackUsage, RouteUsage, Usage};
use octopool_core::{PoolId, Timestamp, Violation};

use crate::app::App;
use crate::ports::DatabaseError;
use sql::{CacheTotals, UsageKey, UsageRow};

/// The longest window; older counts are deleted (`src/maintenance/mod.rs`).
pub(crate) const LONGEST_WINDOW: Duration = Duration::from_hours(30 * 24);

/// The largest number of routes, of clients, and of backends or reasons in a report (contract,
/// section 6, "Usage").
const MOST_ROUTES: usize = 12;
const MOST_CLIENTS: usize = 40;
const MOST_REASONS: usize = 20;

/// The window of a report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Window {
    /// As requested.
    pub label: String,
    /// As a duration.
    pub length: Duration,
}

impl Window {
    /// Parses `30m`, `24h`, `7d`. A bare number means hours, because older clients send it.
    pub(crate) fn parse(text: &str) -> Result<Self, Violation> {
        let wrong =
            || Violation::from("must be a time from 1 minute to 30 days such as `30m`, `24h` or `7d`");
        let text = text.trim().to_ascii_lowercase();
        let (digits, unit) = match text.strip_suffix(['m', 'h', 'd']) {
            Some(digits) => (digits, &text[digits.len()..]),
            None => (text.as_str(), "h"),
        };
        let seconds = match unit {
            "m" => 60,
            "h" => 3600,
            _ => 86_400,
        };
        let number: u64 =
            digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit())).ok_or_else(wrong)?;
        let length = Duration::from_secs(number.saturating_mul(seconds));
        if length.is_zero() || length > LONGEST_WINDOW {
            return Err(wrong());
        }
        Ok(Self { label: format!("{number}{unit}"), length })
    }
}

impl Default for Window {
    fn default() -> Self {
        Self { label: "24h".to_owned(), length: Duration::from_hours(24) }
    }
}

/// The counts and the cache entries.
#[derive(Clone, Debug)]
pub(crate) struct Stats {
    rows: Vec<UsageRow>,
    totals: CacheTotals,
}

/// Whose requests to count.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of<'a> {
    /// Those of all callers.
    Pool,
    /// Those of the requesting caller.
    Caller,
    /// Those of one of its clients.
    Client(&'a str),
}

/// Reads the counts of a pool, with those of this caller marked.
pub(crate) async fn read_stats(
    app: &App,
    pool: &PoolId,
    window: &Window,
    caller_id: &str,
) -> Result<Stats, DatabaseError> {
    let now = app.now();
    let since = Timestamp::from_millis(now.as_millis().saturating_sub(millis(window.length))).as_minutes();
    let (rows, totals) = sql::since(app.database(), pool, since, caller_id, now).await?;
    Ok(Stats { rows, totals })
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

impl Stats {
    /// The counts of all requests.
    pub(crate) fn usage(&self, of: Of<'_>) -> Usage {
        sum(self.rows(of))
    }

    /// By route kind.
    pub(crate) fn routes(&self, of: Of<'_>) -> Vec<RouteUsage> {
        let groups = busiest(self.rows(of).collect(), |key| (&key.route_kind, ""), MOST_ROUTES);
        let route = |group: Group<'_>| RouteUsage {
            route_kind: group.key.0.to_owned(),
            latest_seen_at: group.latest(),
            usage: group.usage,
        };
        groups.into_iter().map(route).collect()
    }

    /// The requesting caller's, by client.
    pub(crate) fn clients(&self) -> Vec<ClientUsage> {
        let rows = self.rows(Of::Caller).collect();
        let client = |group: Group<'_>| ClientUsage {
            client_name: group.key.0.to_owned(),
            latest_seen_at: group.latest(),
            usage: group.usage,
        };
        busiest(rows, |key| (&key.client_name, ""), MOST_CLIENTS).into_iter().map(client).collect()
    }

    /// By backend and route kind.
    pub(crate) fn backends(&self) -> Vec<BackendUsage> {
        let rows = self.rows(Of::Pool).collect();
        let backend = |group: Group<'_>| BackendUsage {
            backend: group.key.0.to_owned(),
            route_kind: group.key.1.to_owned(),
            requests: group.usage.requests,
            cache_misses: group.usage.cache_misses,
            cache_bypass: group.usage.cache_bypass,
            revalidated: group.rows.iter().map(|row| count(row.counts.revalidated)).sum(),
            latest_seen_at: group.latest(),
        };
        let groups = busiest(rows, |key| (&key.backend, &key.route_kind), MOST_REASONS);
        groups.into_iter().map(backend).collect()
    }

    /// Fallbacks, by reason and route kind.
    pub(crate) fn fallback_reasons(&self) -> Vec<FallbackUsage> {
        let rows = self.rows(Of::Pool).filter(|row| is_fallback(row)).collect();
        let reason = |group: Group<'_>| FallbackUsage {
            reason: group.key.0.to_owned(),
            route_kind: group.key.1.to_owned(),
            latest_seen_at: group.latest(),
            requests: group.usage.requests,
        };
        let groups = busiest(rows, |key| (&key.fallback_reason, &key.route_kind), MOST_REASONS);
        groups.into_iter().map(reason).collect()
    }

    /// The cache entries.
    pub(crate) fn cache(&self) -> CacheEntries {
        let CacheTotals { total, fresh, body_bytes } = self.totals;
        CacheEntries {
            total_entries: count(total),
            fresh_entries: count(fresh),
            expired_entries: count(total - fresh),
            body_bytes: count(body_bytes),
        }
    }

    fn rows<'a>(&'a self, of: Of<'a>) -> impl Iterator<Item = &'a UsageRow> {
        self.rows.iter().filter(move |row| match of {
            Of::Pool => true,
            Of::Caller => row.own == 1,
            Of::Client(name) => row.own == 1 && row.key.client_name == name,
        })
    }
}

/// A grouping key of two names; the second one can be empty.
type GroupKey<'a> = (&'a str, &'a str);

/// The rows with one key.
struct Group<'a> {
    key: GroupKey<'a>,
    rows: Vec<&'a UsageRow>,
    usage: Usage,
}

impl Group<'_> {
    fn latest(&self) -> String {
        let minute = self.rows.iter().map(|row| row.key.minute).max().unwrap_or_default();
        Timestamp::from_millis(minute.saturating_mul(60_000)).to_rfc3339().unwrap_or_default()
    }
}

/// The first `limit` groups, the largest first, equal ones by name.
fn busiest<'a>(
    rows: Vec<&'a UsageRow>,
    key: fn(&'a UsageKey) -> GroupKey<'a>,
    most: usize,
) -> Vec<Group<'a>> {
    let mut by_key: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        by_key.entry(key(&row.key)).or_default().push(row);
    }
    let mut groups: Vec<_> =
        by_key.into_iter().map(|(key, rows)| Group { key, usage: sum(rows.iter().copied()), rows }).collect();
    groups.sort_unstable_by_key(|group| (Reverse(group.usage.requests), group.key));
    groups.truncate(most);
    groups
}

fn is_fallback(row: &UsageRow) -> bool {
    !row.key.fallback_reason.is_empty()
}

fn sum<'a>(rows: impl Iterator<Item = &'a UsageRow>) -> Usage {
    let mut usage = Usage::default();
    let mut duration = 0;
    for row in rows {
        let requests = count(row.counts.requests);
        usage.requests += requests;
        usage.service_errors += count(row.counts.errors);
        usage.coalesced += count(row.counts.coalesced);
        usage.fallbacks += if is_fallback(row) { requests } else { 0 };
        duration += count(row.counts.duration_ms);
        match row.key.cache.as_str() {
            "hit" => usage.cache_hits += requests,
            "stale" => usage.cache_stale += requests,
            "miss" => usage.cache_misses += requests,
            _ => usage.cache_bypass += requests,
        }
    }
    let served = usage.cache_hits + usage.cache_stale;
    usage.errors = usage.service_errors + usage.fallbacks;
    usage.cacheable_requests = served + usage.cache_misses;
    usage.eligible_cache_requests = usage.cacheable_requests;
    usage.avg_duration_ms = rate(duration, usage.requests).map(|average| (average * 10.0).round() / 10.0);
    usage.cache_hit_rate = rate(served, usage.cacheable_requests);
    usage.cacheable_hit_rate = usage.cache_hit_rate;
    usage.eligible_cache_hit_rate = usage.cache_hit_rate;
    usage.bypass_rate = rate(usage.cache_bypass, usage.requests);
    usage.cache_served_responses = served;
    usage.uncached_outcomes = usage.cache_misses + usage.cache_bypass;
    (usage.saved_github_requests, usage.backend_requests) = (served, usage.uncached_outcomes);
    usage
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A count is never negative; if edited SQL made it so, it counts as 0.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Window;

    #[test]
    fn windows() {
        for (text, label, seconds) in
            [("30m", "30m", 1800), ("24h", "24h", 86_400), (" 7D ", "7d", 604_800), ("2", "2h", 7200)]
        {
            let window = Window { label: label.to_owned(), length: Duration::from_secs(seconds) };
            assert_eq!(Window::parse(text), Ok(window), "{text}");
        }
        for bad in ["", "0m", "31d", "-1h", "+1h", "1w", "h", "1.5h", "99999999999999999999d", "ü"] {
            assert!(Window::parse(bad).is_err(), "{bad}");
        }
    }
}
