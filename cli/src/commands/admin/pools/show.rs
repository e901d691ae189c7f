//! `octopool admin pools show`.

use clap::Args;
use octopool_api_types::paths;

use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin pools show maintainers
  octopool admin pools show maintainers --json | jq .policy > policy.json";

/// Show a pool: its policy, how many callers and identities it has.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ShowArgs {
    /// The pool.
    #[arg(value_name = "POOL")]
    pool: String,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ShowArgs, output: &mut Output) -> Result<Exit> {
    let pool = session::path_name("pool", &args.pool)?;
    let session = args.admin.session(output)?;
    let answer = session.server.get(&paths::admin_pool(&pool), Credential::Bearer(&session.token))?;
    if output.is_json() {
        return output.document(answer.text());
    }
    super::show(&answer.decode()?, output)
}
