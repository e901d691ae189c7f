//! `octopool admin callers disable`.

use clap::Args;
use octopool_api_types::CallerStatus;

use crate::commands::admin::change::DryRunArgs;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminServerArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin callers disable 5a0d1f7e-0000-4000-8000-000000000001";

/// Shut a caller out of every pool; its grants and clients are kept for when it is enabled again.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DisableArgs {
    /// The caller's id, as `octopool admin callers list` shows it.
    #[arg(value_name = "CALLER")]
    caller: String,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &DisableArgs, output: &mut Output) -> Result<Exit> {
    super::set_status(&args.caller, CallerStatus::Disabled, &args.change, &args.admin, output)
}
