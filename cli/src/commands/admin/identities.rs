//! `octopool admin identities`: what can be done with registered identities.

mod delete;
mod disable;
mod enable;
mod list;
mod show;
mod update;
mod verify;

use clap::{Args, Subcommand};
use octopool_api_types::{IdentityStatus, RegisteredIdentity, Scope, UpdateIdentityRequest, paths};

use super::change::DryRunArgs;
use crate::commands::health;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminArgs};

/// Work with registered identities.
#[derive(Args)]
pub(crate) struct IdentitiesCommands {
    #[command(subcommand)]
    command: IdentitiesCommand,
}

#[derive(Subcommand)]
enum IdentitiesCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Update(update::UpdateArgs),
    Disable(disable::DisableArgs),
    Enable(enable::EnableArgs),
    Delete(delete::DeleteArgs),
    Verify(verify::VerifyArgs),
}

pub(super) fn run(commands: &IdentitiesCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        IdentitiesCommand::List(args) => list::run(args, output),
        IdentitiesCommand::Show(args) => show::run(args, output),
        IdentitiesCommand::Update(args) => update::run(args, output),
        IdentitiesCommand::Disable(args) => disable::run(args, output),
        IdentitiesCommand::Enable(args) => enable::run(args, output),
        IdentitiesCommand::Delete(args) => delete::run(args, output),
        IdentitiesCommand::Verify(args) => verify::run(args, output),
    }
}

fn set_status(
    id: &str,
    status: IdentityStatus,
    change: &DryRunArgs,
    admin: &AdminArgs,
    output: &mut Output,
) -> Result<Exit> {
    let id = session::path_name("identity", id)?;
    let session = admin.session(output)?;
    let path = change.path(&paths::admin_identity(&session.pool, &id));
    let request = UpdateIdentityRequest { status: Some(status), ..UpdateIdentityRequest::default() };
    let answer = session.server.patch(&path, Credential::Bearer(&session.token), &request)?;
    if output.is_json() {
        return output.document(answer.text());
    }
    change.tell(output, &format!("set identity {id} to {}", health::status(status)))
}

fn show(registered: &RegisteredIdentity, output: &mut Output) -> Result<Exit> {
    let identity = &registered.identity;
    output.line(&format!(
        "identity {} of pool {}: {} {}, {}, weight {}",
        identity.id,
        identity.pool,
        health::kind(identity.kind),
        identity.login,
        health::status(identity.status),
        identity.weight
    ))?;
    output.line(&format!("  secret {}", identity.secret_ref))?;
    if let Some(installation) = identity.installation_id {
        output.line(&format!("  installation {installation}"))?;
    }
    for served in &identity.scopes {
        output.line(&format!("  scope {}", scope(served)))?;
    }
    Ok(Exit::Done)
}

/// A scope as it is typed, and whether it means private repositories too.
fn scope(scope: &Scope) -> String {
    let repo = scope.repo.as_ref().map(|repo| format!("/{repo}")).unwrap_or_default();
    let private = if scope.allow_private { " (private too)" } else { "" };
    format!("{}{repo}{private}", scope.owner)
}
