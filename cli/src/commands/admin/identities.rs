//! `octopool admin identities`: what can be done with registered identities.

mod verify;

use clap::{Args, Subcommand};

use crate::error::{Exit, Result};
use crate::output::Output;

/// Work with registered identities.
#[derive(Args)]
pub(crate) struct IdentitiesCommands {
    #[command(subcommand)]
    command: IdentitiesCommand,
}

#[derive(Subcommand)]
enum IdentitiesCommand {
    Verify(verify::VerifyArgs),
}

pub(super) fn run(commands: &IdentitiesCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        IdentitiesCommand::Verify(args) => verify::run(args, output),
    }
}
