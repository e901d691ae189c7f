//! `octopool admin identities show`.

use clap::Args;
use octopool_api_types::paths;

use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin identities show mona-pat --pool maintainers";

/// Show an identity: its account, the name of its secret, what it may serve.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ShowArgs {
    /// The identity's id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) fn run(args: &ShowArgs, output: &mut Output) -> Result<Exit> {
    let id = session::path_name("identity", &args.id)?;
    let session = args.admin.session(output)?;
    let path = paths::admin_identity(&session.pool, &id);
    let answer = session.server.get(&path, Credential::Bearer(&session.token))?;
    if output.is_json() {
        return output.document(answer.text());
    }
    super::show(&answer.decode()?, output)
}
