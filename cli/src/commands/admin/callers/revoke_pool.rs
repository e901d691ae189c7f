//! `octopool admin callers revoke-pool`.

use clap::Args;
use octopool_api_types::paths;

use crate::commands::admin::change::RemovalArgs;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin callers revoke-pool 5a0d1f7e-0000-4000-8000-000000000001 maintainers";

/// Take a caller's grant for a pool away.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RevokePoolArgs {
    /// The caller's id, as `octopool admin callers list` shows it.
    #[arg(value_name = "CALLER")]
    caller: String,
    /// The pool.
    #[arg(value_name = "POOL")]
    pool: String,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &RevokePoolArgs, output: &mut Output) -> Result<Exit> {
    let caller = session::path_name("caller", &args.caller)?;
    let pool = session::path_name("pool", &args.pool)?;
    let session = args.admin.session(output)?;
    args.removal.confirm(output, &format!("Take the grant for pool {pool} from caller {caller}?"))?;
    let path = args.removal.path(&paths::admin_caller_pool(&caller, &pool));
    session.server.delete(&path, Credential::Bearer(&session.token))?;
    args.removal.tell(output, &format!("revoked the grant of caller {caller} for pool {pool}"))
}
