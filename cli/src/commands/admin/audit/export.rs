//! `octopool admin audit export`.

use clap::Args;
use octopool_api_types::paths;
use serde_json::Value;

use super::Filters;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{AdminServerArgs, AdminSession};

/// The most that the server gives at once.
const EVENTS_PER_PAGE: u32 = 200;

const AFTER_HELP: &str = "\
Examples:
  octopool admin audit export > audit.jsonl
  octopool admin audit export --since 2026-11-01T00:00:00Z | jq -r .action | sort | uniq -c";

/// Print all that happened as lines of JSON, the oldest first.
///
/// With `--json` it is one array instead.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ExportArgs, output: &mut Output) -> Result<Exit> {
    let AdminSession { server, token } = args.admin.session(output)?;
    let mut cursor: Option<String> = None;
    let mut events = Vec::new();
    loop {
        let path = args.filters.page(paths::ADMIN_AUDIT_EXPORT, EVENTS_PER_PAGE, cursor.as_deref());
        let page = server.get_lines(&path, Credential::Bearer(&token))?;
        if output.is_json() {
            events.extend(page.text.lines().filter_map(|line| serde_json::from_str(line).ok()));
        } else if !page.text.is_empty() {
            output.document(&page.text)?;
        }
        let Some(next) = page.next_cursor else { break };
        cursor = Some(super::moved_on(cursor.as_deref(), next)?);
    }
    if output.is_json() { output.value(&Value::Array(events)) } else { Ok(Exit::Done) }
}
