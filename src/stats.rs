//! How much a pool is used: rows of counts, summed for whoever reads them.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use octopool_api_types::{BackendUsage, CacheEntries, ClientUsage, FallbackUsage, RouteUsage, Usage};
use octopool_core::{ClientName, PoolId, Timestamp, Violation};

use crate::app::App;
use crate::ports::DatabaseError;
use crate::store::usage::{self, CacheTotals, UsageRow};

/// The longest window; what is older is deleted (`maintenance.rs`).
pub const LONGEST_WINDOW: Duration = Duration::from_hours(30 * 24);

/// How far back is counted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Window {
    /// As it was asked for.
    pub label: String,
    /// The same as a time.
    pub length: Duration,
}

impl Window {
    /// Reads `30m`, `24h`, `7d`; a number alone means hours, as older clients send it.
    pub fn parse(text: &str) -> Result<Self, Violation> {
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

/// What was counted, and what is kept.
#[derive(Clone, Debug)]
pub struct Stats {
    rows: Vec<UsageRow>,
    totals: CacheTotals,
}

/// Reads the counts of a pool, of one client or of all.
pub async fn read_stats(
    app: &App,
    pool: &PoolId,
    window: &Window,
    client: Option<&ClientName>,
    caller_id: &str,
) -> Result<Stats, DatabaseError> {
    let now = app.now();
    let since = Timestamp::from_millis(now.as_millis().saturating_sub(millis(window.length))).as_minutes();
    let client = client.map(ClientName::as_str);
    let (rows, totals) = usage::since(app.database(), pool, since, client, caller_id, now).await?;
    Ok(Stats { rows, totals })
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

impl Stats {
    /// Everybody's requests.
    pub fn of_the_pool(&self) -> Usage {
        sum(self.rows.iter())
    }

    /// The requests of the caller who asks.
    pub fn of_the_caller(&self) -> Usage {
        sum(self.rows.iter().filter(|row| row.own == 1))
    }

    /// By kind of route.
    pub fn routes(&self) -> Vec<RouteUsage> {
        let groups = self.grouped(|row| Some(&row.key.route_kind));
        let route = |(kind, rows): (&String, Vec<&UsageRow>)| {
            let latest = rows.iter().map(|row| row.key.minute).max().unwrap_or_default();
            let latest = Timestamp::from_millis(latest.saturating_mul(60_000));
            RouteUsage {
                route_kind: kind.clone(),
                latest_seen_at: latest.to_rfc3339().unwrap_or_default(),
                usage: sum(rows.into_iter()),
            }
        };
        most_first(groups.into_iter().map(route).collect(), |route| route.usage.requests)
    }

    /// By client.
    pub fn clients(&self) -> Vec<ClientUsage> {
        let client = |(name, rows): (&String, Vec<&UsageRow>)| ClientUsage {
            client_name: name.clone(),
            usage: sum(rows.into_iter()),
        };
        let groups = self.grouped(|row| Some(&row.key.client_name));
        most_first(groups.into_iter().map(client).collect(), |client| client.usage.requests)
    }

    /// By what answered.
    pub fn backends(&self) -> Vec<BackendUsage> {
        let backend = |(name, rows): (&String, Vec<&UsageRow>)| BackendUsage {
            backend: name.clone(),
            usage: sum(rows.into_iter()),
        };
        let groups = self.grouped(|row| Some(&row.key.backend));
        most_first(groups.into_iter().map(backend).collect(), |backend| backend.usage.requests)
    }

    /// Why requests were left to the callers' own credentials.
    pub fn fallback_reasons(&self) -> Vec<FallbackUsage> {
        let reason = |(reason, rows): (&String, Vec<&UsageRow>)| FallbackUsage {
            reason: reason.clone(),
            requests: sum(rows.into_iter()).requests,
        };
        let named = |row| Some(fallback(row)).filter(|reason| !reason.is_empty());
        most_first(self.grouped(named).into_iter().map(reason).collect(), |fallback| fallback.requests)
    }

    /// What is kept.
    pub fn cache(&self) -> CacheEntries {
        let CacheTotals { total, fresh, body_bytes } = self.totals;
        CacheEntries {
            total_entries: count(total),
            fresh_entries: count(fresh),
            expired_entries: count(total - fresh),
            body_bytes: count(body_bytes),
        }
    }

    fn grouped<'a>(
        &'a self,
        name: impl Fn(&'a UsageRow) -> Option<&'a String>,
    ) -> BTreeMap<&'a String, Vec<&'a UsageRow>> {
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in &self.rows {
            if let Some(name) = name(row) {
                groups.entry(name).or_default().push(row);
            }
        }
        groups
    }
}

fn fallback(row: &UsageRow) -> &String {
    &row.key.fallback_reason
}

/// The busiest first, and by name among equals.
fn most_first<T>(mut list: Vec<T>, requests: impl Fn(&T) -> u64) -> Vec<T> {
    list.sort_by_key(|item| Reverse(requests(item)));
    list
}

fn sum<'a>(rows: impl Iterator<Item = &'a UsageRow>) -> Usage {
    let mut usage = Usage::default();
    let mut duration = 0;
    for row in rows {
        let requests = count(row.counts.requests);
        usage.requests += requests;
        usage.errors += count(row.counts.errors);
        usage.coalesced += count(row.counts.coalesced);
        usage.fallbacks += if fallback(row).is_empty() { 0 } else { requests };
        duration += count(row.counts.duration_ms);
        match row.key.cache.as_str() {
            "hit" => usage.cache_hits += requests,
            "stale" => usage.cache_stale += requests,
            "miss" => usage.cache_misses += requests,
            _ => usage.cache_bypass += requests,
        }
        match row.key.backend.as_str() {
            "cache" => usage.saved_github_requests += requests,
            "github" => usage.backend_requests += requests,
            _ => {}
        }
    }
    usage.cacheable_requests = usage.cache_hits + usage.cache_stale + usage.cache_misses;
    usage.avg_duration_ms = rate(duration, usage.requests).map(|average| (average * 10.0).round() / 10.0);
    usage.cache_hit_rate = rate(usage.cache_hits, usage.cache_hits + usage.cache_misses);
    usage.cacheable_hit_rate = rate(usage.cache_hits, usage.cacheable_requests);
    usage.bypass_rate = rate(usage.cache_bypass, usage.requests);
    usage
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
fn rate(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A count is never negative; one that an operator's own SQL made so counts as none.
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
