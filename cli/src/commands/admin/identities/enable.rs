//! `octopool admin identities enable`.

use clap::Args;
use octopool_api_types::IdentityStatus;

use crate::commands::admin::change::DryRunArgs;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin identities enable mona-pat --pool maintainers";

/// Let a disabled identity serve again.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EnableArgs {
    /// The identity's id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) fn run(args: &EnableArgs, output: &mut Output) -> Result<Exit> {
    super::set_status(&args.id, IdentityStatus::Active, &args.change, &args.admin, output)
}
