//! `octopool admin`: what needs the admin token. One file for each noun; [`change`] and [`list`]
//! are what their commands share.

mod app;
mod audit;
mod callers;
mod change;
mod document;
mod file;
mod identities;
mod import;
mod list;
mod pools;
mod state;
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
    Caller(callers::ProvisionArgs),
    Identity(Box<identities::RegisterArgs>),
    /// Create a GitHub App and register it as an identity.
    #[command(subcommand)]
    App(Box<app::AppCommand>),
    /// List and show pools, set their policies, delete them.
    #[command(subcommand)]
    Pools(pools::PoolsCommand),
    /// Work with registered identities.
    #[command(subcommand)]
    Identities(Box<identities::IdentitiesCommand>),
    /// List and show callers, disable them, revoke grants and clients.
    #[command(subcommand)]
    Callers(callers::CallersCommand),
    /// See what happened: who changed what, and whose requests were refused.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Create, list and revoke admin tokens (needs the deployment's own admin token).
    #[command(subcommand)]
    Tokens(tokens::TokensCommand),
    Export(state::ExportArgs),
    Plan(state::PlanArgs),
    Apply(state::ApplyArgs),
    Import(import::ImportArgs),
}

pub(super) fn run(commands: &AdminCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        AdminCommand::Caller(args) => callers::provision(args, output),
        AdminCommand::Identity(args) => identities::register(args, output),
        AdminCommand::App(command) => app::run(command, output),
        AdminCommand::Pools(command) => pools::run(command, output),
        AdminCommand::Identities(command) => identities::run(command, output),
        AdminCommand::Callers(command) => callers::run(command, output),
        AdminCommand::Audit(command) => audit::run(command, output),
        AdminCommand::Tokens(command) => tokens::run(command, output),
        AdminCommand::Export(args) => state::export(args, output),
        AdminCommand::Plan(args) => state::plan(args, output),
        AdminCommand::Apply(args) => state::apply(args, output),
        AdminCommand::Import(args) => import::run(args, output),
    }
}
