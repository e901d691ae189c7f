//! `octopool stats`.

use clap::Args;
use octopool_api_types::{BackendUsage, CacheEntries, FallbackUsage, PoolStats, Usage, paths};

use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::CallerArgs;
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool stats
  octopool stats --since 7d --client ci
  octopool stats --json | jq .pool_usage.cache_hit_rate";

/// Show how much a pool is used, what the cache saves, and what the pool leaves to callers' own credentials.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct StatsArgs {
    /// How far back, as 90m, 24h or 7d.
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    since: String,
    /// Your client whose requests are shown beside the pool's; the one that asks unless named.
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
    #[command(flatten)]
    caller: CallerArgs,
}

pub(super) fn run(args: &StatsArgs, output: &mut Output) -> Result<Exit> {
    let session = args.caller.session(output)?;
    let parameters = [("since", Some(args.since.as_str())), ("client", args.client.as_deref())];
    let path = paths::with_query(&paths::pool_stats(&session.pool), &parameters);
    let answer = session.server.get(&path, Credential::Bearer(&session.token))?;
    if output.is_json() {
        return output.document(answer.text());
    }
    show(&answer.decode()?, output)
}

fn show(stats: &PoolStats, output: &mut Output) -> Result<Exit> {
    output.line(&format!("{}, the last {}", stats.pool, stats.window.label))?;
    let Usage { cache_served_responses, uncached_outcomes, .. } = &stats.pool_usage;
    let client = stats.client_filter.as_ref().unwrap_or(&stats.operator.client_name);
    for (label, text) in [
        ("pool", sums(&stats.pool_usage)),
        (&stats.operator.github_login, sums(&stats.caller_usage)),
        (&format!("client {client}"), sums(&stats.client_usage)),
        ("cache", lookups(&stats.pool_usage)),
        ("answers", format!("{cache_served_responses} from the cache, {uncached_outcomes} not")),
        ("kept", kept(&stats.cache)),
    ] {
        output.line(&format!("  {label}: {text}"))?;
    }
    tables(stats, output)
}

fn tables(stats: &PoolStats, output: &mut Output) -> Result<Exit> {
    const COUNTS: [&str; 6] = ["REQUESTS", "ERRORS", "FALLBACKS", "HITS", "HIT RATE", "AVERAGE"];
    let heading = |name, last: Option<&'static str>| -> Vec<&'static str> {
        std::iter::once(name).chain(COUNTS).chain(last).collect()
    };
    let routes = stats.routes.iter().map(|route| {
        let mut row = counts(&route.route_kind, &route.usage);
        row.push(route.latest_seen_at.clone());
        row
    });
    table(&heading("ROUTE", Some("LAST SEEN")), &routes.collect::<Vec<_>>(), output)?;
    let clients = stats.clients.iter().map(|client| {
        let mut row = counts(&client.client_name, &client.usage);
        row.push(client.latest_seen_at.clone());
        row
    });
    table(&heading("YOUR CLIENT", Some("LAST SEEN")), &clients.collect::<Vec<_>>(), output)?;
    let backends = stats.backends.iter().map(|backend| {
        let BackendUsage { requests, cache_misses, cache_bypass, revalidated, .. } = backend;
        let counts = [requests, cache_misses, cache_bypass, revalidated].map(u64::to_string);
        let names = [backend.backend.clone(), backend.route_kind.clone()];
        names.into_iter().chain(counts).chain([backend.latest_seen_at.clone()]).collect()
    });
    let heading = ["BACKEND", "ROUTE", "REQUESTS", "MISSES", "BYPASSED", "CONFIRMED", "LAST SEEN"];
    table(&heading, &backends.collect::<Vec<_>>(), output)?;
    let reasons = stats.fallback_reasons.iter().map(|fallback| {
        let FallbackUsage { reason, route_kind, requests, latest_seen_at } = fallback;
        vec![reason.clone(), route_kind.clone(), requests.to_string(), latest_seen_at.clone()]
    });
    let heading = ["NOT SERVED BECAUSE", "ROUTE", "REQUESTS", "LAST SEEN"];
    table(&heading, &reasons.collect::<Vec<_>>(), output)
}

/// A table after an empty line; nothing if it would be empty.
fn table(heading: &[&str], rows: &[Vec<String>], output: &mut Output) -> Result<Exit> {
    if rows.is_empty() {
        return Ok(Exit::Done);
    }
    output.line("")?;
    for line in table::lines(heading, rows) {
        output.line(&line)?;
    }
    Ok(Exit::Done)
}

fn sums(usage: &Usage) -> String {
    let Usage { requests, service_errors: errors, fallbacks, .. } = usage;
    let average = usage.avg_duration_ms.map(|ms| format!(", {ms:.0} ms on average")).unwrap_or_default();
    format!("{requests} requests, {errors} errors, {fallbacks} left to callers' own credentials{average}")
}

fn lookups(usage: &Usage) -> String {
    let Usage { cache_hits, cache_stale, cache_misses, cache_bypass, coalesced, .. } = usage;
    format!(
        "{cache_hits} hits, {cache_stale} stale, {cache_misses} misses, {cache_bypass} bypassed, {coalesced} waited \
         for another's; hit rate {}",
        percent(usage.cache_hit_rate)
    )
}

fn kept(cache: &CacheEntries) -> String {
    let CacheEntries { total_entries, fresh_entries, body_bytes, .. } = cache;
    format!("{total_entries} answers, {fresh_entries} of them fresh, {} KiB", body_bytes.div_ceil(1024))
}

fn counts(name: &str, usage: &Usage) -> Vec<String> {
    let average = usage.avg_duration_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0} ms"));
    let counts = [usage.requests, usage.service_errors, usage.fallbacks, usage.cache_hits];
    let counts = counts.iter().map(u64::to_string);
    std::iter::once(name.to_owned()).chain(counts).chain([percent(usage.cache_hit_rate), average]).collect()
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.0}%", rate * 100.0))
}
