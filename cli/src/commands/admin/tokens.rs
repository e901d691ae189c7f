//! `octopool admin tokens`: admin tokens beside the deployment's own.

mod create;
mod list;
mod revoke;

use clap::{Args, Subcommand};

use crate::error::{Exit, Result};
use crate::output::Output;

/// Make, list and revoke admin tokens (needs the deployment's own admin token).
#[derive(Args)]
pub(crate) struct TokensCommands {
    #[command(subcommand)]
    command: TokensCommand,
}

#[derive(Subcommand)]
enum TokensCommand {
    Create(create::CreateArgs),
    List(list::ListArgs),
    Revoke(revoke::RevokeArgs),
}

pub(super) fn run(commands: &TokensCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        TokensCommand::Create(args) => create::run(args, output),
        TokensCommand::List(args) => list::run(args, output),
        TokensCommand::Revoke(args) => revoke::run(args, output),
    }
}
