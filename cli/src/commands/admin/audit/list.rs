//! `octopool admin audit list`.

use clap::Args;
use octopool_api_types::{AuditEvent, AuditList, paths};

use super::Filters;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{AdminServerArgs, AdminSession};
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool admin audit list
  octopool admin audit list --pool maintainers --action caller.login --since 2026-11-01T00:00:00Z
  octopool admin audit list --json | jq '.events[].detail'";

/// List what happened, the newest first.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    filters: Filters,
    /// How many events, 1 to 200.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
    /// Go on where an earlier list with the same filters ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ListArgs, output: &mut Output) -> Result<Exit> {
    let AdminSession { server, token } = args.admin.session(output)?;
    let path = args.filters.page(paths::ADMIN_AUDIT, args.limit, args.cursor.as_deref());
    let answer = server.get(&path, Credential::Bearer(&token))?;
    if output.is_json() {
        return output.document(answer.text());
    }
    show(&answer.decode()?, output)
}

fn show(list: &AuditList, output: &mut Output) -> Result<Exit> {
    if list.events.is_empty() {
        output.note("There is no such event.");
        return Ok(Exit::Done);
    }
    let rows: Vec<_> = list.events.iter().map(row).collect();
    for line in table::lines(&["SEQ", "AT", "ACTOR", "ACTION", "POOL", "SUBJECT", "DETAIL"], &rows) {
        output.line(&line)?;
    }
    if let Some(cursor) = &list.next_cursor {
        output.note(&format!("There is more: run the command again with `--cursor {cursor}`."));
    }
    Ok(Exit::Done)
}

fn row(event: &AuditEvent) -> Vec<String> {
    let pool = event.pool.as_deref().unwrap_or("-");
    vec![
        event.seq.to_string(),
        event.at.clone(),
        event.actor.clone(),
        event.action.clone(),
        pool.to_owned(),
        event.subject.clone(),
        event.detail.to_string(),
    ]
}
