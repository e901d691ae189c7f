//! `octopool admin identities disable`.

use clap::Args;
use octopool_api_types::IdentityStatus;

use crate::commands::admin::change::DryRunArgs;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin identities disable mona-pat --pool maintainers";

/// Take an identity out: it stays registered and serves nothing.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DisableArgs {
    /// The identity's id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) fn run(args: &DisableArgs, output: &mut Output) -> Result<Exit> {
    super::set_status(&args.id, IdentityStatus::Disabled, &args.change, &args.admin, output)
}
