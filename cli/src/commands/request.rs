//! `octopool request`.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::Value;
use url::form_urlencoded;

use crate::error::{Error, Exit, Result};
use crate::jq;
use crate::output::Output;
use crate::relay::{self, Envelope};
use crate::session::CallerArgs;

const API: &str = "https://api.github.com";

const AFTER_HELP: &str = "\
Environment:
  OCTOPOOL_FRESH=1  ask GitHub now and bypass the cache

Examples:
  octopool request repos/acme/rocket --json | jq .relay
  octopool request 'repos/acme/rocket/issues?state=open&per_page=100'
  octopool request repos/acme/rocket/readme --header accept=application/vnd.github.raw
  octopool request repos/acme/rocket/pulls/7 --header cache-control=max-age=0";

/// Send one read of GitHub's API through the pool, and print the server's envelope around GitHub's
/// response.
///
/// The envelope is indented JSON; with `--json` it is on one line, as the server wrote it. GitHub's
/// own errors are responses, too, and exit with 0; with `--body`, which hides their status, they
/// exit with 1.
#[derive(Args)]
#[command(after_help = AFTER_HELP, override_usage = "octopool request [OPTIONS] <PATH>")]
pub(crate) struct RequestArgs {
    /// The path below GitHub's REST API, with or without the first slash and a query, or a URL of
    /// api.github.com.
    #[arg(value_name = "PATH", required_unless_present = "path_option")]
    path: Option<String>,
    /// The path, as an option.
    #[arg(long = "path", value_name = "PATH", conflicts_with = "path")]
    path_option: Option<String>,
    /// The method; the server accepts GET only.
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    method: String,
    /// A query parameter. Can be given several times, even with the same name.
    #[arg(long = "query", value_name = "NAME=VALUE")]
    queries: Vec<String>,
    /// A header: accept, x-github-api-version, if-none-match, if-modified-since or cache-control.
    /// Can be given several times.
    #[arg(long = "header", value_name = "NAME=VALUE")]
    headers: Vec<String>,
    /// What this read is for, as a hint to the server. Can be given several times.
    #[arg(long = "route-hint", value_name = "NAME=VALUE")]
    route_hints: Vec<String>,
    /// Print only GitHub's body, unchanged.
    #[arg(long)]
    body: bool,
    #[command(flatten)]
    caller: CallerArgs,
}

pub(super) fn run(args: &RequestArgs, output: &mut Output) -> Result<Exit> {
    let (path, mut queries) = endpoint(args.path.as_ref().or(args.path_option.as_ref()));
    queries.extend(pairs("--query", &args.queries, &['='])?);
    let headers = pairs("--header", &args.headers, &['=', ':'])?;
    let headers: BTreeMap<_, _> = headers
        .into_iter()
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let hints = pairs("--route-hint", &args.route_hints, &['='])?;
    let session = args.caller.session(output)?;
    let mut request = relay::request(&session, &path, &queries, &headers)?;
    request.method.clone_from(&args.method);
    if !hints.is_empty() {
        request.route_hint =
            Some(hints.into_iter().map(|(name, value)| (name, Value::String(value))).collect());
    }
    let answer = relay::ask(&session, &request)?;
    if args.body {
        return show_body(&answer.decode()?, output);
    }
    match jq::indented(answer.text().as_bytes(), false).filter(|_| !output.is_json()) {
        Some(text) => output.document(&String::from_utf8_lossy(&text)),
        None => output.document(answer.text()),
    }
}

/// Prints the body: its bytes, or with `--json` its JSON form in the envelope.
fn show_body(envelope: &Envelope, output: &mut Output) -> Result<Exit> {
    if let Some(notice) = envelope.notice() {
        output.note(&notice);
    }
    if output.is_json() {
        output.document(envelope.raw_body())?;
    } else {
        output.bytes(&envelope.body()?)?;
    }
    if envelope.status < 400 {
        return Ok(Exit::Done);
    }
    output.note(&format!("GitHub answered {}.", envelope.status));
    Ok(Exit::Failed)
}

/// The path and the query of what gh takes as an endpoint. The server judges them.
fn endpoint(given: Option<&String>) -> (String, Vec<(String, String)>) {
    let given = given.map_or("", |given| given.trim());
    let below = given.strip_prefix(API).unwrap_or(given);
    let (path, query) = below.split_once('?').unwrap_or((below, ""));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (path, form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

/// Splits at the first of the separators.
fn pairs(option: &str, given: &[String], separators: &[char]) -> Result<Vec<(String, String)>> {
    let pair = |text: &String| match text.split_once(separators) {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.to_owned(), value.to_owned())),
        // The value is not repeated: it may be a secret given by mistake.
        _ => Err(Error::usage(format!("A value of `{option}` is not NAME=VALUE."))),
    };
    given.iter().map(pair).collect()
}
