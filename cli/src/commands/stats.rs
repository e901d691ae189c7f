//! `octopool stats`.

use std::cmp::Reverse;

use clap::Args;
use octopool_api_types::{
    AdminPoolStats, BackendUsage, CacheEntries, ClientUsage, FallbackUsage, PoolStats, RouteUsage, Usage,
    paths,
};
use serde_json::json;

use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::proxy::own_budget;
use crate::session::{CallerArgs, Reader, Session};
use crate::table::{self, Column};
use crate::times::Moment;

const AFTER_HELP: &str = "\
Examples:
  octopool stats
  octopool stats --since 7d --client ci
  octopool stats --local
  octopool stats --json | jq .pool_usage.cache_hit_rate";

/// Show how much a pool is used, what the cache saves, and what the pool leaves to callers' own
/// credentials.
///
/// Takes your login or `OCTOPOOL_TOKEN`, and without one the admin token of `OCTOPOOL_ADMIN_TOKEN`
/// with `OCTOPOOL_URL`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct StatsArgs {
    /// How far back, at most 30 days: 90m, 24h or 7d, a day (2026-11-23, which begins in UTC), or
    /// RFC 3339.
    #[arg(long, value_name = "TIME", default_value = "24h")]
    since: Moment,
    /// Your client whose requests are shown beside the pool's [default: the one that asks].
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
    /// Show what `octopool gh` and `octopool proxy` sent with your own login from this machine, by
    /// command and reason.
    #[arg(long, conflicts_with_all = ["since", "client", "url", "pool", "token_env"])]
    local: bool,
    #[command(flatten)]
    caller: CallerArgs,
}

/// Requests with the user's own login.
struct Own {
    command: String,
    reason: String,
    requests: u64,
}

const OWN: [Column<Own>; 3] = [
    Column::text("COMMAND", 0, |it| it.command.clone()),
    Column::text("REASON", 0, |it| it.reason.clone()),
    Column::whole("REQUESTS", 0, |it| it.requests.to_string()),
];

/// The columns of counts, the same for routes and clients; `$name` is the first.
macro_rules! usage_columns {
    ($of:ty, $heading:literal, $name:ident) => {
        [
            Column::text($heading, 0, |it: &$of| it.$name.clone()),
            Column::whole("REQUESTS", 1, |it| it.usage.requests.to_string()),
            Column::whole("ERRORS", 3, |it| it.usage.service_errors.to_string()),
            Column::whole("FALLBACKS", 3, |it| it.usage.fallbacks.to_string()),
            Column::whole("HITS", 2, |it| it.usage.cache_hits.to_string()),
            Column::whole("STALE", 4, |it| it.usage.cache_stale.to_string()),
            Column::whole("MISSES", 2, |it| it.usage.cache_misses.to_string()),
            Column::whole("BYPASSED", 2, |it| it.usage.cache_bypass.to_string()),
            Column::whole("HIT RATE", 1, |it| percent(it.usage.cache_hit_rate)),
            Column::whole("AVERAGE", 4, |it| average(&it.usage)),
            Column::time("LAST SEEN", 5, |it| it.latest_seen_at.clone()),
        ]
    };
}

const ROUTES: [Column<RouteUsage>; 11] = usage_columns!(RouteUsage, "ROUTE", route_kind);
const CLIENTS: [Column<ClientUsage>; 11] = usage_columns!(ClientUsage, "YOUR CLIENT", client_name);

const BACKENDS: [Column<BackendUsage>; 7] = [
    Column::text("BACKEND", 0, |it| it.backend.clone()),
    Column::text("ROUTE", 1, |it| it.route_kind.clone()),
    Column::whole("REQUESTS", 1, |it| it.requests.to_string()),
    Column::whole("MISSES", 2, |it| it.cache_misses.to_string()),
    Column::whole("BYPASSED", 2, |it| it.cache_bypass.to_string()),
    Column::whole("CONFIRMED", 3, |it| it.revalidated.to_string()),
    Column::time("LAST SEEN", 4, |it| it.latest_seen_at.clone()),
];

const FALLBACKS: [Column<FallbackUsage>; 4] = [
    Column::text("NOT SERVED BECAUSE", 0, |it| it.reason.clone()),
    Column::text("ROUTE", 1, |it| route(&it.route_kind)),
    Column::whole("REQUESTS", 1, |it| it.requests.to_string()),
    Column::time("LAST SEEN", 2, |it| it.latest_seen_at.clone()),
];

/// The server's word for a path that is not in its table of routes.
const NO_ROUTE: &str = "none";

fn route(kind: &str) -> String {
    if kind == NO_ROUTE { "(not a route)".to_owned() } else { kind.to_owned() }
}

pub(super) fn run(args: &StatsArgs, output: &mut Output) -> Result<Exit> {
    if args.local {
        return show_local(output);
    }
    let since = args.since.window();
    let since = ("since", Some(since.as_str()));
    match args.caller.reader(output)? {
        Reader::Caller(Session { server, pool }) => {
            let parameters = [since, ("client", args.client.as_deref())];
            server.query(&paths::pool_stats(&pool), &parameters)?.show(output, show)
        }
        Reader::Admin(_) if args.client.is_some() => {
            Err(Error::usage("`--client` is about a client of yours, and an admin token has none.")
                .hint("Leave it out, or run `octopool login SERVER`."))
        }
        Reader::Admin(Session { server, pool }) => {
            server.query(&paths::admin_pool_stats(&pool), &[since])?.show(output, show_pool)
        }
    }
}

/// What an admin sees: the pool alone.
fn show_pool(stats: &AdminPoolStats, output: &mut Output) -> Result<Exit> {
    output.line(&format!("{}, the last {}", stats.pool, stats.window.label))?;
    output.line(&format!("  pool: {}", sums(&stats.pool_usage)))?;
    of_cache(&stats.pool_usage, &stats.cache, output)?;
    table(&ROUTES, &stats.routes, output)?;
    table(&BACKENDS, &stats.backends, output)?;
    table(&FALLBACKS, &stats.fallback_reasons, output)
}

fn show_local(output: &mut Output) -> Result<Exit> {
    let counts = own_budget::counted();
    if output.is_json() {
        let since = Some(&counts.since).filter(|since| !since.is_empty());
        return output.value(&json!({"since": since, "commands": counts.commands}));
    }
    if counts.commands.is_empty() {
        return output.line("No request from this machine has used your own login.");
    }
    output.line(&format!("Requests from this machine with your own login, since {}", counts.since))?;
    let mut rows: Vec<_> = counts
        .commands
        .into_iter()
        .flat_map(|(command, reasons)| {
            let own = move |(reason, requests)| Own { command: command.clone(), reason, requests };
            reasons.into_iter().map(own)
        })
        .collect();
    rows.sort_by_key(|own| Reverse(own.requests));
    table(&OWN, &rows, output)
}

fn show(stats: &PoolStats, output: &mut Output) -> Result<Exit> {
    output.line(&format!("{}, the last {}", stats.pool, stats.window.label))?;
    let client = stats.client_filter.as_ref().unwrap_or(&stats.operator.client_name);
    for (label, text) in [
        ("pool", sums(&stats.pool_usage)),
        (&stats.operator.github_login, sums(&stats.caller_usage)),
        (&format!("client {client}"), sums(&stats.client_usage)),
    ] {
        output.line(&format!("  {label}: {text}"))?;
    }
    of_cache(&stats.pool_usage, &stats.cache, output)?;
    table(&ROUTES, &stats.routes, output)?;
    table(&CLIENTS, &stats.clients, output)?;
    table(&BACKENDS, &stats.backends, output)?;
    table(&FALLBACKS, &stats.fallback_reasons, output)
}

fn of_cache(usage: &Usage, cache: &CacheEntries, output: &mut Output) -> Result<Exit> {
    let Usage { cache_served_responses, uncached_outcomes, .. } = usage;
    output.line(&format!("  cache: {}", lookups(usage)))?;
    output.line(&format!("  answers: {cache_served_responses} from the cache, {uncached_outcomes} not"))?;
    output.line(&format!("  kept: {}", kept(cache)))
}

/// A table after an empty line; nothing if it would be empty.
fn table<T>(columns: &[Column<T>], objects: &[T], output: &mut Output) -> Result<Exit> {
    if objects.is_empty() {
        return Ok(Exit::Done);
    }
    output.line("")?;
    table::show(columns, objects, output)
}

fn sums(usage: &Usage) -> String {
    let Usage { requests, service_errors: errors, fallbacks, .. } = usage;
    let average = usage.avg_duration_ms.map(|ms| format!(", {ms:.0} ms on average")).unwrap_or_default();
    format!("{requests} requests, {errors} errors, {fallbacks} left to callers' own credentials{average}")
}

fn lookups(usage: &Usage) -> String {
    let Usage { cache_hits, cache_stale, cache_misses, cache_bypass, coalesced, .. } = usage;
    format!(
        "{cache_hits} hits, {cache_stale} stale, {cache_misses} misses, {cache_bypass} bypassed, \
         {coalesced} waited for another request; hit rate {}",
        percent(usage.cache_hit_rate)
    )
}

fn kept(cache: &CacheEntries) -> String {
    let CacheEntries { total_entries, fresh_entries, body_bytes, .. } = cache;
    format!("{total_entries} answers, {fresh_entries} of them fresh, {} KiB", body_bytes.div_ceil(1024))
}

fn average(usage: &Usage) -> String {
    usage.avg_duration_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0} ms"))
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.0}%", rate * 100.0))
}
