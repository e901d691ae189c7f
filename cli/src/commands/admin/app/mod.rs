//! `octopool admin app`: a GitHub App from nothing to a working identity.

mod args;
mod browser;
mod create;
mod github;
mod keyed;
mod loopback;
mod manifest;
mod registering;
mod waiting;
mod wrangler;

use clap::Subcommand;

use crate::error::{Exit, Result};
use crate::output::Output;

#[derive(Subcommand)]
pub(super) enum AppCommand {
    Create(args::CreateArgs),
}

pub(super) fn run(command: &AppCommand, output: &mut Output) -> Result<Exit> {
    match command {
        AppCommand::Create(args) => create::run(args, output),
    }
}
