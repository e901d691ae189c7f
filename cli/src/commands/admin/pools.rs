//! `octopool admin pools`.

use std::path::Path;

use clap::{Args, Subcommand};
use octopool_api_types::{Pool, PoolPolicy, paths};
use serde_json::{Map, Value, json};

use super::change::{DryRunArgs, Removal};
use super::file::FileArgs;
use super::list::{PlainListArgs, list};
use crate::error::{Error, Exit, Result};
use crate::http::Server;
use crate::input;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};
use crate::table::{self, Column};

#[derive(Subcommand)]
pub(super) enum PoolsCommand {
    /// List the pools with their policies and how many callers and identities they have.
    #[command(after_help = "\
Examples:
  octopool admin pools list
  octopool admin pools list --json | jq -r '.pools[].id'")]
    List(PlainListArgs),
    /// Show a pool: its policy, how many callers and identities it has.
    #[command(after_help = "\
Examples:
  octopool admin pools show maintainers
  octopool admin pools show maintainers --json | jq .policy > policy.json")]
    Show(PoolArgs),
    SetPolicy(SetPolicyArgs),
    /// Delete a pool that has no callers and no identities.
    #[command(after_help = "\
Examples:
  octopool admin pools delete old-team --dry-run
  octopool admin pools delete old-team --yes")]
    Delete(Removal<PoolArgs>),
}

/// A pool.
#[derive(Args)]
pub(super) struct PoolArgs {
    /// The pool.
    #[arg(value_name = "POOL")]
    pool: String,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// Replace a pool's policy by the JSON object in a file.
///
/// The keys are `allowed_owners`, `allow_public_repos`, `allow_search` and `allow_logs`; one that
/// is left out gets the value it has in a new pool.
#[derive(Args)]
#[command(override_usage = "octopool admin pools set-policy [OPTIONS] <POOL> <FILE>")]
#[command(after_help = "\
Examples:
  octopool admin pools show maintainers --json | jq .policy > policy.json
  octopool admin pools set-policy maintainers policy.json --dry-run
  echo '{\"allowed_owners\":[\"acme\"]}' | octopool admin pools set-policy maintainers -")]
pub(super) struct SetPolicyArgs {
    #[command(flatten)]
    pool: PoolArgs,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    change: DryRunArgs,
}

const COLUMNS: [Column<Pool>; 5] = [
    Column::text("POOL", 0, |pool| pool.id.clone()),
    Column::whole("CALLERS", 2, |pool| pool.callers_total.to_string()),
    Column::whole("IDENTITIES", 2, |pool| pool.identities_total.to_string()),
    Column::text("ALLOWED OWNERS", 1, |pool| match &pool.policy {
        Some(policy) => policy.allowed_owners.join(", "),
        None => "broken policy".to_owned(),
    }),
    Column::text("ALSO", 3, |pool| pool.policy.as_ref().map_or_else(|| "-".to_owned(), also)),
];

pub(super) fn run(command: &PoolsCommand, output: &mut Output) -> Result<Exit> {
    match command {
        PoolsCommand::List(PlainListArgs { limit, admin }) => {
            list(&admin.server(output)?, paths::ADMIN_POOLS, &[], ("pools", &COLUMNS), limit, output)
        }
        PoolsCommand::Show(args) => {
            let (server, pool) = args.find(output)?;
            server.get(&paths::admin_pool(&pool))?.show(output, show)
        }
        PoolsCommand::SetPolicy(args) => set_policy(args, output),
        PoolsCommand::Delete(args) => {
            let (server, pool) = args.target.find(output)?;
            let question = format!("Delete pool {pool} with its policy?");
            let done = format!("deleted pool {pool}");
            args.removal.delete(&server, &paths::admin_pool(&pool), &question, &done, output)
        }
    }
}

impl PoolArgs {
    fn find(&self, output: &mut Output) -> Result<(Server, String)> {
        let pool = session::path_name("pool", &self.pool)?;
        Ok((self.admin.server(output)?, pool))
    }
}

fn set_policy(args: &SetPolicyArgs, output: &mut Output) -> Result<Exit> {
    let request = json!({ "policy": read(args.file.path())? });
    let (server, pool) = args.pool.find(output)?;
    let done = format!("set the policy of pool {pool}");
    args.change.patch(&server, &paths::admin_pool(&pool), &request, &done, output, show)
}

/// Reads a JSON object; the server validates what is in it.
fn read(file: &Path) -> Result<Map<String, Value>> {
    let name = file.display();
    let text = input::read(file)
        .map_err(|problem| Error::usage(format!("The policy in {name} cannot be read: {problem}.")))?;
    // The place, but no value: the wrong file may hold a secret.
    serde_json::from_str(&text).map_err(|problem| {
        let place = format!("line {} column {}", problem.line(), problem.column());
        Error::usage(format!("What is in {name} is not a JSON object: see {place}."))
    })
}

fn show(pool: &Pool, output: &mut Output) -> Result<Exit> {
    output.line(&format!(
        "pool {}: {} callers, {} identities, policy of {}",
        pool.id,
        pool.callers_total,
        pool.identities_total,
        Output::time(&pool.updated_at)
    ))?;
    if let Some(problem) = &pool.policy_problem {
        output
            .warning(&format!("{problem} The pool serves nothing until `octopool admin pools set-policy`."));
    }
    if let Some(policy) = &pool.policy {
        output.line(&format!("  allowed owners: {}", policy.allowed_owners.join(", ")))?;
        output.line(&format!("  also: {}", also(policy)))?;
    }
    Ok(Exit::Done)
}

/// What is allowed beyond the repositories of the allowed owners.
fn also(policy: &PoolPolicy) -> String {
    let parts = [
        (policy.allow_public_repos, "public repositories"),
        (policy.allow_search, "search"),
        (policy.allow_logs, "logs"),
    ];
    let allowed: Vec<_> = parts.iter().filter_map(|(allowed, what)| allowed.then_some(*what)).collect();
    table::names(&allowed, ", ")
}
