//! `octopool admin callers revoke-client`.

use clap::Args;
use octopool_api_types::paths;

use crate::commands::admin::change::RemovalArgs;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin callers revoke-client 5a0d1f7e-0000-4000-8000-000000000001 laptop";

/// Take the token of one of a caller's machines away. The person can log in from it again.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct RevokeClientArgs {
    /// The caller's id, as `octopool admin callers list` shows it.
    #[arg(value_name = "CALLER")]
    caller: String,
    /// The client's name.
    #[arg(value_name = "CLIENT")]
    client: String,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &RevokeClientArgs, output: &mut Output) -> Result<Exit> {
    let caller = session::path_name("caller", &args.caller)?;
    let client = session::path_name("client", &args.client)?;
    let session = args.admin.session(output)?;
    args.removal.confirm(output, &format!("Take the token of client {client} from caller {caller}?"))?;
    let path = args.removal.path(&paths::admin_caller_client(&caller, &client));
    session.server.delete(&path, Credential::Bearer(&session.token))?;
    args.removal.tell(output, &format!("revoked client {client} of caller {caller}"))
}
