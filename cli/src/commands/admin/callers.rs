//! `octopool admin callers`: see who may come in, shut callers out, revoke grants and clients.

mod disable;
mod enable;
mod list;
mod revoke_client;
mod revoke_pool;
mod show;

use clap::{Args, Subcommand};
use octopool_api_types::{CallerStatus, UpdateCallerRequest, paths};

use super::change::DryRunArgs;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

/// See who may come in, shut callers out, revoke grants and clients.
#[derive(Args)]
pub(crate) struct CallersCommands {
    #[command(subcommand)]
    command: CallersCommand,
}

#[derive(Subcommand)]
enum CallersCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Disable(disable::DisableArgs),
    Enable(enable::EnableArgs),
    RevokePool(revoke_pool::RevokePoolArgs),
    RevokeClient(revoke_client::RevokeClientArgs),
}

pub(super) fn run(commands: &CallersCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        CallersCommand::List(args) => list::run(args, output),
        CallersCommand::Show(args) => show::run(args, output),
        CallersCommand::Disable(args) => disable::run(args, output),
        CallersCommand::Enable(args) => enable::run(args, output),
        CallersCommand::RevokePool(args) => revoke_pool::run(args, output),
        CallersCommand::RevokeClient(args) => revoke_client::run(args, output),
    }
}

fn set_status(
    caller: &str,
    status: CallerStatus,
    change: &DryRunArgs,
    admin: &AdminServerArgs,
    output: &mut Output,
) -> Result<Exit> {
    let caller = session::path_name("caller", caller)?;
    let session = admin.session(output)?;
    let path = change.path(&paths::admin_caller(&caller));
    let request = UpdateCallerRequest { status };
    let answer = session.server.patch(&path, Credential::Bearer(&session.token), &request)?;
    if output.is_json() {
        return output.document(answer.text());
    }
    change.tell(output, &format!("set caller {caller} to {}", self::status(status)))
}

/// As the API spells it, so that what is read here can be typed elsewhere.
fn status(status: CallerStatus) -> &'static str {
    match status {
        CallerStatus::Active => "active",
        CallerStatus::Disabled => "disabled",
    }
}
