//! `octopool admin export`, `plan` and `apply`: everything that a server has, as one file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use octopool_api_types::{
    Change, ChangeAction, ChangeKind, FieldChange, PlanResponse, StateDocument, StateResponse, paths,
};
use serde_json::json;

use super::change::RemovalArgs;
use super::document;
use super::file::FileArgs;
use crate::error::{Error, Exit, Result};
use crate::files::{self, Access};
use crate::http::{Answer, Server};
use crate::output::Output;
use crate::session::AdminServerArgs;

/// Write what the server has as one TOML file: pools, policies, identities, scopes and callers.
///
/// The same state is always the same bytes, so the file can be kept under version control. It names
/// secrets and holds none. With `--json` the server's own document is printed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin export > octopool.toml
  octopool admin export octopool.toml
  octopool admin export --json | jq -r .state_hash")]
pub(super) struct ExportArgs {
    /// The file to write; `-` is stdout [default: -].
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The file, as an option.
    #[arg(short = 'f', long = "file", value_name = "FILE", conflicts_with = "file")]
    file_option: Option<PathBuf>,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// Show what applying a file would change, and change nothing.
///
/// `+` is created, `~` is updated and `-` is deleted, each with its fields. What is not in the file
/// is deleted.
#[derive(Args)]
#[command(after_help = "\
Exit codes:
  0  there is nothing to change
  1  failed, including an invalid file or invalid settings
  2  there are changes, which are on stdout; wrong arguments leave stdout empty
  4  no admin token, or the server refused it

Examples:
  octopool admin plan octopool.toml
  octopool admin plan octopool.toml --json | jq -r .state_hash")]
pub(super) struct PlanArgs {
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// Make the server what a file says: all of it in one step, or nothing.
///
/// The plan is shown and has to be confirmed before it is applied; if the server's state has
/// changed in the meantime, the plan is refused. What is not in the file is deleted. A new caller
/// has no token: its user logs in.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin apply octopool.toml
  octopool admin apply octopool.toml --dry-run
  hash=$(octopool admin plan octopool.toml --json | jq -r .state_hash)
  octopool admin apply octopool.toml --state-hash \"$hash\" --yes")]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Apply only if this is still the hash of the server's state, as an earlier plan showed it.
    #[arg(long, value_name = "HASH")]
    state_hash: Option<String>,
    /// Apply even a file without any pool and caller, which deletes everything.
    #[arg(long)]
    delete_everything: bool,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn export(args: &ExportArgs, output: &mut Output) -> Result<Exit> {
    let answer = args.admin.server(output)?.get(paths::ADMIN_STATE)?;
    let StateResponse { state, .. } = answer.decode()?;
    for (id, _) in state.pools.iter().filter(|(_, pool)| pool.policy.is_none()) {
        output.warning(&format!(
            "The policy of pool {id} cannot be read, and the pool serves nothing. Before the file can be \
             applied, write a policy where it says so."
        ));
    }
    let text =
        if output.is_json() { format!("{}\n", answer.text().trim_end()) } else { document::write(&state)? };
    let file = args.file.as_deref().or(args.file_option.as_deref());
    let Some(file) = file.filter(|file| *file != Path::new("-")) else {
        return output.document(&text);
    };
    let name = file.display();
    files::replace(file, text.as_bytes(), Access::Usual).map_err(|problem| {
        Error::failed("output", format!("{name} could not be written: {}.", problem.kind()))
            .hint("What was there before is unchanged.")
    })?;
    output.note(&format!("Wrote {name}."));
    Ok(Exit::Done)
}

pub(super) fn plan(args: &PlanArgs, output: &mut Output) -> Result<Exit> {
    // Exit 2 means that there are changes.
    show_plan(args, output).map_err(Error::not_usage)
}

fn show_plan(args: &PlanArgs, output: &mut Output) -> Result<Exit> {
    let desired = document::read(args.file.path())?;
    let answer = request_plan(&args.admin.server(output)?, &desired)?;
    let plan: PlanResponse = answer.decode()?;
    if document::is_empty(&desired) && !plan.changes.is_empty() {
        let file = args.file.path().display();
        output.warning(&format!(
            "{file} has no pool and no caller. Applying it would delete everything and needs \
             `--delete-everything`."
        ));
    }
    let exit = if plan.changes.is_empty() { Exit::Done } else { Exit::Changes };
    if output.is_json() {
        return output.document(answer.text()).map(|_| exit);
    }
    if exit == Exit::Done {
        return Ok(show_nothing(output));
    }
    show_changes(&plan, &desired, output)?;
    output.note(&format!("Plan: {}. State hash: {}", summary(&plan), plan.state_hash));
    Ok(exit)
}

pub(super) fn apply(args: &ApplyArgs, output: &mut Output) -> Result<Exit> {
    let desired = document::read(args.file.path())?;
    let server = args.admin.server(output)?;
    let answer = request_plan(&server, &desired)?;
    let plan: PlanResponse = answer.decode()?;
    if args.state_hash.as_ref().is_some_and(|expected| *expected != plan.state_hash) {
        return Err(stale());
    }
    if plan.changes.is_empty() {
        return if output.is_json() { output.document(answer.text()) } else { Ok(show_nothing(output)) };
    }
    if document::is_empty(&desired) && !args.delete_everything {
        return Err(empty(args.file.path()));
    }
    if !output.is_json() {
        show_changes(&plan, &desired, output)?;
    }
    let summary = summary(&plan);
    args.removal.confirm(output, &format!("Apply {summary}?"))?;
    let request = json!({ "desired": document::sent(&desired), "state_hash": plan.state_hash });
    let applied = server.post(&args.removal.path(paths::ADMIN_APPLY), &request)?;
    if output.is_json() {
        return output.document(applied.text());
    }
    args.removal.report(output, &format!("applied {summary}"))
}

/// A truncated file, or the output of a command that failed, must not delete everything with
/// `--yes`.
fn empty(file: &Path) -> Error {
    let problem = format!(
        "{} has no pool and no caller: applying it would delete everything. Nothing was changed.",
        file.display()
    );
    Error::failed("empty_file", problem).hint("Add `--delete-everything` to delete everything.")
}

fn stale() -> Error {
    Error::failed("state_changed", "The server's state no longer has this hash; nothing was changed.")
        .hint("Run `octopool admin plan` again.")
}

/// Asks the server what would have to change.
pub(super) fn request_plan(server: &Server, desired: &StateDocument) -> Result<Answer> {
    let answer = server.post(paths::ADMIN_PLAN, &json!({ "desired": document::sent(desired) }));
    // A document is not an argument: an invalid one fails, wherever that is found.
    answer.map_err(Error::refused_as_failed)
}

/// An empty plan goes to stderr: stdout is for changes.
fn show_nothing(output: &mut Output) -> Exit {
    output.note("Nothing to change: the server is as the file says.");
    Exit::Done
}

/// Prints every change with its fields.
pub(super) fn show_changes(plan: &PlanResponse, desired: &StateDocument, output: &mut Output) -> Result<()> {
    let logins = logins(plan, desired);
    for change in &plan.changes {
        output.line(&format!("{} {}", mark(change.action), name(change, &logins)))?;
        for field in &change.fields {
            output.line(&format!("    {}", changed(change.action, field)))?;
        }
    }
    Ok(())
}

pub(super) fn summary(plan: &PlanResponse) -> String {
    let count = |action| plan.changes.iter().filter(|change| change.action == action).count();
    format!(
        "{} to create, {} to update, {} to delete",
        count(ChangeAction::Create),
        count(ChangeAction::Update),
        count(ChangeAction::Delete)
    )
}

fn mark(action: ChangeAction) -> char {
    match action {
        ChangeAction::Create => '+',
        ChangeAction::Update => '~',
        ChangeAction::Delete => '-',
    }
}

/// The logins of the callers by their numbers, which mean nothing to people.
fn logins<'a>(plan: &'a PlanResponse, desired: &'a StateDocument) -> BTreeMap<&'a str, &'a str> {
    let deleted =
        plan.changes.iter().filter(|change| change.kind == ChangeKind::Caller).filter_map(|change| {
            let field = change.fields.iter().find(|field| field.field == "github_login")?;
            Some((change.id.as_str(), field.before.as_str()?))
        });
    let desired = desired.callers.iter().map(|(id, caller)| (id.as_str(), caller.github_login.as_str()));
    deleted.chain(desired).collect()
}

fn name(change: &Change, logins: &BTreeMap<&str, &str>) -> String {
    let (id, pool) = (change.id.as_str(), change.pool.as_deref().unwrap_or("?"));
    let login = logins.get(id).map(|login| format!(" ({login})")).unwrap_or_default();
    match change.kind {
        ChangeKind::Pool => format!("pool {id}"),
        ChangeKind::Identity => format!("identity {id} of pool {pool}"),
        ChangeKind::Caller => format!("caller {id}{login}"),
        ChangeKind::Grant => format!("grant for pool {pool} of caller {id}{login}"),
        ChangeKind::Client => {
            format!("client {} of caller {id}{login}", change.client.as_deref().unwrap_or("?"))
        }
    }
}

fn changed(action: ChangeAction, field: &FieldChange) -> String {
    let FieldChange { field, before, after } = field;
    match action {
        ChangeAction::Create => format!("{field}: {after}"),
        ChangeAction::Update => format!("{field}: {before} → {after}"),
        ChangeAction::Delete => format!("{field}: {before}"),
    }
}
