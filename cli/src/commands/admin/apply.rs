//! `octopool admin apply`.

use std::path::{Path, PathBuf};

use clap::Args;
use octopool_api_types::{PlanResponse, paths};
use serde_json::json;

use super::change::RemovalArgs;
use super::{changes, document};
use crate::error::{Error, Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::AdminServerArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin apply -f octopool.toml
  octopool admin apply -f octopool.toml --dry-run
  hash=$(octopool admin plan -f octopool.toml --json | jq -r .state_hash)
  octopool admin apply -f octopool.toml --state-hash \"$hash\" --yes";

/// Make the server what a file says: all of it in one step, or nothing.
///
/// The plan is shown, and asked about, before it is applied; what changed on the server meanwhile
/// refuses it. What is not in the file is deleted. A caller that is new has no token: its user logs in.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ApplyArgs {
    /// The TOML file that says what the server is to be; `-` is stdin.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Apply only if this still is the server's state: the hash that an earlier plan showed.
    #[arg(long, value_name = "HASH")]
    state_hash: Option<String>,
    /// Apply also a file without any pool and caller, which deletes everything.
    #[arg(long)]
    delete_everything: bool,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ApplyArgs, output: &mut Output) -> Result<Exit> {
    let desired = document::read(&args.file)?;
    let session = args.admin.session(output)?;
    let answer = changes::planned(&session, &desired)?;
    let plan: PlanResponse = answer.decode()?;
    if args.state_hash.as_ref().is_some_and(|expected| *expected != plan.state_hash) {
        return Err(stale());
    }
    if plan.changes.is_empty() {
        return if output.is_json() { output.document(answer.text()) } else { Ok(changes::nothing(output)) };
    }
    if document::is_empty(&desired) && !args.delete_everything {
        return Err(empty(&args.file));
    }
    if !output.is_json() {
        changes::show(&plan, &desired, output)?;
    }
    let summary = changes::summary(&plan);
    args.removal.confirm(output, &format!("Apply {summary}?"))?;
    let request = json!({ "desired": document::sent(&desired), "state_hash": plan.state_hash });
    let path = args.removal.path(paths::ADMIN_APPLY);
    let applied = session.server.post(&path, Credential::Bearer(&session.token), &request)?;
    if output.is_json() {
        return output.document(applied.text());
    }
    args.removal.tell(output, &format!("applied {summary}"))
}

/// A file that was cut off, or the output of a command that failed, says what `--yes` must not make true.
fn empty(file: &Path) -> Error {
    let problem = format!(
        "{} has no pool and no caller: applying it would delete everything. Nothing was changed.",
        file.display()
    );
    Error::failed("empty_file", problem).hint("Add `--delete-everything` if it is meant.")
}

fn stale() -> Error {
    Error::failed(
        "state_changed",
        "The server's state is not the one of this hash any more; nothing was changed.",
    )
    .hint("Run `octopool admin plan` again.")
}
