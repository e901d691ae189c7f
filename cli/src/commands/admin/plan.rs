//! `octopool admin plan`.

use std::path::PathBuf;

use clap::Args;
use octopool_api_types::PlanResponse;

use super::{changes, document};
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::session::AdminServerArgs;

const AFTER_HELP: &str = "\
Exit codes:
  0  there is nothing to do
  1  failed, also where the file or the settings make no sense
  2  there are changes, which are on stdout; wrong arguments leave stdout empty
  4  no admin token, or the server refused it

Examples:
  octopool admin plan -f octopool.toml
  octopool admin plan -f octopool.toml --json | jq -r .state_hash";

/// Show what applying a file would change, and change nothing.
///
/// `+` comes, `~` changes and `-` goes, each with its fields. What is not in the file goes.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct PlanArgs {
    /// The TOML file that says what the server is to be; `-` is stdin.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &PlanArgs, output: &mut Output) -> Result<Exit> {
    // Here exit 2 says that there are changes.
    plan(args, output).map_err(Error::not_usage)
}

fn plan(args: &PlanArgs, output: &mut Output) -> Result<Exit> {
    let desired = document::read(&args.file)?;
    let session = args.admin.session(output)?;
    let answer = changes::planned(&session, &desired)?;
    let plan: PlanResponse = answer.decode()?;
    if document::is_empty(&desired) && !plan.changes.is_empty() {
        let file = args.file.display();
        output.warning(&format!(
            "{file} has no pool and no caller. Applying it would delete everything and takes `--delete-everything`."
        ));
    }
    let exit = if plan.changes.is_empty() { Exit::Done } else { Exit::Changes };
    if output.is_json() {
        return output.document(answer.text()).map(|_| exit);
    }
    if exit == Exit::Done {
        return Ok(changes::nothing(output));
    }
    changes::show(&plan, &desired, output)?;
    output.note(&format!("Plan: {}. State hash: {}", changes::summary(&plan), plan.state_hash));
    Ok(exit)
}
