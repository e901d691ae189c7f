//! `octopool admin tokens revoke`.

use clap::Args;
use octopool_api_types::paths;

use crate::commands::admin::change::RemovalArgs;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin tokens revoke release-bot --yes";

/// Take an admin token away. It opens nothing any more, at once.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RevokeArgs {
    /// The token's name, as `octopool admin tokens list` shows it.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &RevokeArgs, output: &mut Output) -> Result<Exit> {
    let name = session::path_name("admin token", &args.name)?;
    let session = args.admin.session(output)?;
    args.removal.confirm(output, &format!("Revoke the admin token {name}?"))?;
    let path = args.removal.path(&paths::admin_token(&name));
    session.server.delete(&path, Credential::Bearer(&session.token))?;
    args.removal.tell(output, &format!("revoked admin token {name}"))
}
