//! `octopool admin pools delete`.

use clap::Args;
use octopool_api_types::paths;

use crate::commands::admin::change::RemovalArgs;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin pools delete old-team --dry-run
  octopool admin pools delete old-team --yes";

/// Delete a pool that has neither callers nor identities any more.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DeleteArgs {
    /// The pool.
    #[arg(value_name = "POOL")]
    pool: String,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &DeleteArgs, output: &mut Output) -> Result<Exit> {
    let pool = session::path_name("pool", &args.pool)?;
    let session = args.admin.session(output)?;
    args.removal.confirm(output, &format!("Delete pool {pool} with its policy?"))?;
    let path = args.removal.path(&paths::admin_pool(&pool));
    session.server.delete(&path, Credential::Bearer(&session.token))?;
    args.removal.tell(output, &format!("deleted pool {pool}"))
}
