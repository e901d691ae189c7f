//! `octopool admin`: what needs the admin token.

mod audit;
mod caller;
mod identities;
mod identity;

use clap::{Args, Subcommand};

use crate::error::{Exit, Result};
use crate::output::Output;

/// Provision callers and identities (needs the admin token).
#[derive(Args)]
pub(crate) struct AdminCommands {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Subcommand)]
enum AdminCommand {
    Caller(caller::CallerArgs),
    Identity(Box<identity::IdentityArgs>),
    Identities(identities::IdentitiesCommands),
    Audit(audit::AuditCommands),
}

pub(super) fn run(commands: &AdminCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        AdminCommand::Caller(args) => caller::run(args, output),
        AdminCommand::Identity(args) => identity::run(args, output),
        AdminCommand::Identities(commands) => identities::run(commands, output),
        AdminCommand::Audit(commands) => audit::run(commands, output),
    }
}
