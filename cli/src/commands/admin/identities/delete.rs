//! `octopool admin identities delete`.

use clap::Args;
use octopool_api_types::paths;

use crate::commands::admin::change::RemovalArgs;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin identities delete mona-pat --pool maintainers --yes";

/// Delete an identity. The Worker's secret stays; delete it with `npx wrangler secret delete`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DeleteArgs {
    /// The identity's id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) fn run(args: &DeleteArgs, output: &mut Output) -> Result<Exit> {
    let id = session::path_name("identity", &args.id)?;
    let session = args.admin.session(output)?;
    args.removal.confirm(output, &format!("Delete identity {id} of pool {}?", session.pool))?;
    let path = args.removal.path(&paths::admin_identity(&session.pool, &id));
    session.server.delete(&path, Credential::Bearer(&session.token))?;
    args.removal.tell(output, &format!("deleted identity {id} of pool {}", session.pool))
}
