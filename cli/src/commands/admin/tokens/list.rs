//! `octopool admin tokens list`.

use clap::Args;
use octopool_api_types::{AdminToken, AdminTokenList, paths};

use crate::commands::admin::pages;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminServerArgs;
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool admin tokens list
  octopool admin tokens list --json | jq -r '.admin_tokens[] | select(.last_used_at == null).name'";

/// List admin tokens: what each opens, until when, and when it was used last.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ListArgs, output: &mut Output) -> Result<Exit> {
    let session = args.admin.session(output)?;
    let document = pages::all(&session.server, &session.token, paths::ADMIN_TOKENS, &[], "admin_tokens")?;
    if output.is_json() {
        return output.value(&document);
    }
    let list: AdminTokenList = pages::decode(document)?;
    let rows: Vec<_> = list.admin_tokens.iter().map(row).collect();
    for line in table::lines(&["NAME", "POOL", "EXPIRES", "LAST USED", "CREATED"], &rows) {
        output.line(&line)?;
    }
    Ok(Exit::Done)
}

fn row(token: &AdminToken) -> Vec<String> {
    let shown = |value: &Option<String>, absent: &str| value.clone().unwrap_or_else(|| absent.to_owned());
    vec![
        token.name.clone(),
        shown(&token.pool, "(all)"),
        shown(&token.expires_at, "never"),
        shown(&token.last_used_at, "never"),
        token.created_at.clone(),
    ]
}
