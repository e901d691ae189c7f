//! `octopool admin callers enable`.

use clap::Args;
use octopool_api_types::CallerStatus;

use crate::commands::admin::change::DryRunArgs;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::AdminServerArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin callers enable 5a0d1f7e-0000-4000-8000-000000000001";

/// Let a disabled caller in again, with the grants and clients that it had.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EnableArgs {
    /// The caller's id, as `octopool admin callers list` shows it.
    #[arg(value_name = "CALLER")]
    caller: String,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &EnableArgs, output: &mut Output) -> Result<Exit> {
    super::set_status(&args.caller, CallerStatus::Active, &args.change, &args.admin, output)
}
