//! `octopool admin pools list`.

use clap::Args;
use octopool_api_types::{Pool, PoolList, paths};

use crate::commands::admin::pages;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminServerArgs;
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool admin pools list
  octopool admin pools list --json | jq -r '.pools[].id'";

/// List the pools with their policies and who uses them.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ListArgs, output: &mut Output) -> Result<Exit> {
    let session = args.admin.session(output)?;
    let document = pages::all(&session.server, &session.token, paths::ADMIN_POOLS, &[], "pools")?;
    if output.is_json() {
        return output.value(&document);
    }
    let list: PoolList = pages::decode(document)?;
    let rows: Vec<_> = list.pools.iter().map(row).collect();
    for line in table::lines(&["POOL", "CALLERS", "IDENTITIES", "ALLOWED OWNERS", "ALSO"], &rows) {
        output.line(&line)?;
    }
    Ok(Exit::Done)
}

fn row(pool: &Pool) -> Vec<String> {
    let (owners, also) = match &pool.policy {
        Some(policy) => (policy.allowed_owners.join(", "), super::also(policy)),
        None => ("broken policy".to_owned(), "-".to_owned()),
    };
    vec![pool.id.clone(), pool.callers_total.to_string(), pool.identities_total.to_string(), owners, also]
}
