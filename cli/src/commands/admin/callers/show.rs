//! `octopool admin callers show`.

use clap::Args;
use octopool_api_types::{Caller, paths};

use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool admin callers show 5a0d1f7e-0000-4000-8000-000000000001";

/// Show a caller: its account, its grants, its clients and when each was used last.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ShowArgs {
    /// The caller's id, as `octopool admin callers list` shows it.
    #[arg(value_name = "CALLER")]
    caller: String,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ShowArgs, output: &mut Output) -> Result<Exit> {
    let caller = session::path_name("caller", &args.caller)?;
    let session = args.admin.session(output)?;
    let answer = session.server.get(&paths::admin_caller(&caller), Credential::Bearer(&session.token))?;
    if output.is_json() {
        return output.document(answer.text());
    }
    show(&answer.decode()?, output)
}

fn show(caller: &Caller, output: &mut Output) -> Result<Exit> {
    output.line(&format!(
        "{} ({}, GitHub id {}), {}, member of {} as of {}",
        caller.name,
        caller.github_login,
        caller.github_user_id,
        super::status(caller.status),
        caller.org_login,
        caller.org_verified_at
    ))?;
    for grant in &caller.grants {
        output.line(&format!("  pool {} since {}", grant.pool, grant.created_at))?;
    }
    let rows = caller.clients.iter();
    let rows: Vec<_> = rows
        .map(|client| {
            let pool = client.pool.as_deref().unwrap_or("all granted");
            [&client.name, pool, &client.created_at, &client.last_used_at].map(str::to_owned).to_vec()
        })
        .collect();
    if !rows.is_empty() {
        output.line("")?;
        for line in table::lines(&["CLIENT", "POOL", "TOKEN OF", "LAST USED"], &rows) {
            output.line(&line)?;
        }
    }
    Ok(Exit::Done)
}
