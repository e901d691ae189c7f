//! `octopool admin`: what needs the admin token.

mod apply;
mod audit;
mod caller;
mod callers;
mod change;
mod changes;
mod document;
mod export;
mod identities;
mod identity;
mod pages;
mod plan;
mod pools;
mod tokens;

use clap::{Args, Subcommand};

use crate::error::{Exit, Result};
use crate::output::Output;

/// Manage pools, identities and callers (needs the admin token).
#[derive(Args)]
pub(crate) struct AdminCommands {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Subcommand)]
enum AdminCommand {
    Caller(caller::CallerArgs),
    Identity(Box<identity::IdentityArgs>),
    Pools(pools::PoolsCommands),
    Identities(identities::IdentitiesCommands),
    Callers(callers::CallersCommands),
    Audit(audit::AuditCommands),
    Tokens(tokens::TokensCommands),
    Export(export::ExportArgs),
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
}

pub(super) fn run(commands: &AdminCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        AdminCommand::Caller(args) => caller::run(args, output),
        AdminCommand::Identity(args) => identity::run(args, output),
        AdminCommand::Pools(commands) => pools::run(commands, output),
        AdminCommand::Callers(commands) => callers::run(commands, output),
        AdminCommand::Identities(commands) => identities::run(commands, output),
        AdminCommand::Audit(commands) => audit::run(commands, output),
        AdminCommand::Tokens(commands) => tokens::run(commands, output),
        AdminCommand::Export(args) => export::run(args, output),
        AdminCommand::Plan(args) => plan::run(args, output),
        AdminCommand::Apply(args) => apply::run(args, output),
    }
}
