//! `octopool admin callers list`.

use clap::Args;
use octopool_api_types::{Caller, CallerList, paths};

use crate::commands::admin::pages;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminServerArgs;
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool admin callers list --pool maintainers
  octopool admin callers list --login mona --json | jq -r '.callers[].id'";

/// List callers with their grants and clients.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ListArgs {
    /// Only those with a grant for this pool.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// Only who had this GitHub login last.
    #[arg(long, value_name = "LOGIN")]
    login: Option<String>,
    /// Only `active` or only `disabled` ones.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ListArgs, output: &mut Output) -> Result<Exit> {
    let session = args.admin.session(output)?;
    let filters = [("pool", &args.pool), ("login", &args.login), ("status", &args.status)];
    let filters: Vec<_> =
        filters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let document = pages::all(&session.server, &session.token, paths::ADMIN_CALLERS, &filters, "callers")?;
    if output.is_json() {
        return output.value(&document);
    }
    let list: CallerList = pages::decode(document)?;
    let rows: Vec<_> = list.callers.iter().map(row).collect();
    for line in table::lines(&["CALLER", "LOGIN", "GITHUB ID", "STATUS", "POOLS", "CLIENTS"], &rows) {
        output.line(&line)?;
    }
    Ok(Exit::Done)
}

fn row(caller: &Caller) -> Vec<String> {
    let pools: Vec<_> = caller.grants.iter().map(|grant| grant.pool.as_str()).collect();
    let clients: Vec<_> = caller.clients.iter().map(|client| client.name.as_str()).collect();
    let shown = |names: Vec<&str>| if names.is_empty() { "-".to_owned() } else { names.join(", ") };
    vec![
        caller.id.clone(),
        caller.github_login.clone(),
        caller.github_user_id.to_string(),
        super::status(caller.status).to_owned(),
        shown(pools),
        shown(clients),
    ]
}
