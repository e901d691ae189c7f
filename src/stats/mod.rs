//! The usage of a pool: rows of counts, summed for a report.

pub(crate) mod http;
mod sql;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use octopool_core::{PoolId, Timestamp, Violation};

use crate::app::App;
use crate::ports::DatabaseError;
use crate::sql::Sweep;
use sql::UsageRow;

pub(crate) use sql::{CacheTotals, UsageCounts, UsageKey};

/// The longest window; older counts are deleted.
const LONGEST_WINDOW: Duration = Duration::from_hours(30 * 24);

/// For this long counts are kept by the minute: windows up to a day are exact, longer ones begin at
/// an hour.
const BY_THE_MINUTE: Duration = Duration::from_hours(26);

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
    /// The answers that are kept now.
    pub cache: CacheTotals,
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

/// Counts of requests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sum {
    /// All of them.
    pub requests: u64,
    /// Those that ended with an error of octopool's, or with a 5xx of GitHub's.
    pub errors: u64,
    /// Those that were left to the callers' own credentials.
    pub fallbacks: u64,
    /// Those that waited for the answer to another request.
    pub coalesced: u64,
    /// Those for which GitHub confirmed an earlier answer.
    pub revalidated: u64,
    /// How long all of them took together.
    pub duration_ms: u64,
    /// Those that the cache answered, fresh.
    pub hits: u64,
    /// Those that the cache answered, past the fresh time.
    pub stale: u64,
    /// Those that GitHub answered, with an answer that is shared.
    pub misses: u64,
    /// All others.
    pub bypass: u64,
}

/// The counts of what has these names in common.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Group {
    /// The route, client, backend or reason.
    pub name: String,
    /// The kind of route, where the group is of one; else empty.
    pub route_kind: String,
    /// The minute of the last request.
    pub latest: Timestamp,
    /// The counts.
    pub sum: Sum,
}

/// Adds to the counts.
pub(crate) async fn add(app: &App, counted: Vec<(UsageKey, UsageCounts)>) -> Result<(), DatabaseError> {
    let rows: Vec<_> = counted.into_iter().map(|(key, counts)| UsageRow { key, counts, own: 0 }).collect();
    sql::add(app.database(), &rows).await
}

/// Reads the counts of a pool, and which of them are this caller's.
pub(crate) async fn read_stats(
    app: &App,
    pool: &PoolId,
    window: &Window,
    caller_id: &str,
) -> Result<Stats, DatabaseError> {
    let now = app.now();
    let since = now.minus(window.length).as_minutes();
    let (rows, cache) = sql::since(app.database(), pool, since, caller_id, now).await?;
    Ok(Stats { rows, cache })
}

/// Deletes at most `limit` counts that are too old, and adds up the oldest hour of the others.
pub(crate) fn sweep(app: &App, limit: i64) -> Sweep {
    let until = app.now().minus(LONGEST_WINDOW).as_minutes();
    // Whole hours only, so that an hour is added up only when all of its minutes are old enough.
    let folded_until = app.now().minus(BY_THE_MINUTE).as_minutes().div_euclid(60) * 60;
    let mut work = vec![sql::sweep(until, limit)];
    work.extend(sql::fold(folded_until));
    Sweep { work, is_left: sql::is_left(until, folded_until) }
}

impl Stats {
    /// How many requests there were.
    pub(crate) fn sum(&self, of: Of<'_>) -> Sum {
        Sum::of(self.rows(of))
    }

    /// By kind of route.
    pub(crate) fn routes(&self, of: Of<'_>) -> Vec<Group> {
        busiest(self.rows(of), |key| (&key.route_kind, ""), MOST_ROUTES)
    }

    /// The caller's by client.
    pub(crate) fn clients(&self) -> Vec<Group> {
        busiest(self.rows(Of::Caller), |key| (&key.client_name, ""), MOST_CLIENTS)
    }

    /// By what answered and the kind of route.
    pub(crate) fn backends(&self) -> Vec<Group> {
        busiest(self.rows(Of::Pool), |key| (&key.backend, &key.route_kind), MOST_REASONS)
    }

    /// Why requests were left to the callers' own credentials, by kind of route.
    pub(crate) fn fallback_reasons(&self) -> Vec<Group> {
        let rows = self.rows(Of::Pool).filter(|row| is_fallback(row));
        busiest(rows, |key| (&key.fallback_reason, &key.route_kind), MOST_REASONS)
    }

    fn rows<'a>(&'a self, of: Of<'a>) -> impl Iterator<Item = &'a UsageRow> {
        self.rows.iter().filter(move |row| match of {
            Of::Pool => true,
            Of::Caller => row.own == 1,
            Of::Client(name) => row.own == 1 && row.key.client_name == name,
        })
    }
}

/// The first so many groups: the busiest first, and by name among equals.
fn busiest<'a>(
    rows: impl Iterator<Item = &'a UsageRow>,
    names: fn(&'a UsageKey) -> (&'a str, &'a str),
    most: usize,
) -> Vec<Group> {
    let mut by_names: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        by_names.entry(names(&row.key)).or_default().push(row);
    }
    let mut groups: Vec<_> =
        by_names.into_iter().map(|(names, rows)| (names, Sum::of(rows.iter().copied()), rows)).collect();
    groups.sort_unstable_by_key(|(names, sum, _)| (Reverse(sum.requests), *names));
    groups.truncate(most);
    let group = |((name, route_kind), sum, rows): (_, _, Vec<&UsageRow>)| {
        let minute = rows.iter().map(|row| row.key.minute).max().unwrap_or_default();
        let latest = Timestamp::from_millis(minute.saturating_mul(60_000));
        Group { name: str::to_owned(name), route_kind: str::to_owned(route_kind), latest, sum }
    };
    groups.into_iter().map(group).collect()
}

fn is_fallback(row: &UsageRow) -> bool {
    !row.key.fallback_reason.is_empty()
}

impl Sum {
    fn of<'a>(rows: impl Iterator<Item = &'a UsageRow>) -> Self {
        let mut sum = Self::default();
        for row in rows {
            let requests = count(row.counts.requests);
            sum.requests += requests;
            sum.errors += count(row.counts.errors);
            sum.fallbacks += if is_fallback(row) { requests } else { 0 };
            sum.coalesced += count(row.counts.coalesced);
            sum.revalidated += count(row.counts.revalidated);
            sum.duration_ms += count(row.counts.duration_ms);
            match row.key.cache.as_str() {
                "hit" => sum.hits += requests,
                "stale" => sum.stale += requests,
                "miss" => sum.misses += requests,
                _ => sum.bypass += requests,
            }
        }
        sum
    }
}

/// A count is never negative; one that an operator's own SQL made so counts as none.
pub(crate) fn count(number: i64) -> u64 {
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
