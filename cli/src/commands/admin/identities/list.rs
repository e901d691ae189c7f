//! `octopool admin identities list`.

use clap::Args;
use octopool_api_types::{IdentityList, RegisteredIdentity, paths};

use crate::commands::admin::pages;
use crate::commands::health;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminArgs;
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool admin identities list --pool maintainers";

/// List the identities of a pool.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) fn run(args: &ListArgs, output: &mut Output) -> Result<Exit> {
    let session = args.admin.session(output)?;
    let path = paths::admin_identities(&session.pool);
    let document = pages::all(&session.server, &session.token, &path, &[], "identities")?;
    if output.is_json() {
        return output.value(&document);
    }
    let list: IdentityList = pages::decode(document)?;
    let rows: Vec<_> = list.identities.iter().map(row).collect();
    for line in table::lines(&["IDENTITY", "KIND", "LOGIN", "SECRET", "WEIGHT", "STATUS", "SCOPES"], &rows) {
        output.line(&line)?;
    }
    Ok(Exit::Done)
}

fn row(registered: &RegisteredIdentity) -> Vec<String> {
    let identity = &registered.identity;
    let scopes: Vec<_> = identity.scopes.iter().map(super::scope).collect();
    vec![
        identity.id.clone(),
        health::kind(identity.kind).to_owned(),
        identity.login.clone(),
        identity.secret_ref.clone(),
        identity.weight.to_string(),
        health::status(identity.status).to_owned(),
        if scopes.is_empty() { "-".to_owned() } else { scopes.join(" ") },
    ]
}
