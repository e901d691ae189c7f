//! `octopool admin pools set-policy`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use octopool_api_types::paths;
use serde_json::{Map, Value, json};

use crate::commands::admin::change::DryRunArgs;
use crate::error::{Error, Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin pools show maintainers --json | jq .policy > policy.json
  octopool admin pools set-policy maintainers -f policy.json --dry-run
  echo '{\"allowed_owners\":[\"acme\"]}' | octopool admin pools set-policy maintainers -f -";

/// Replace a pool's policy by the JSON object in a file.
///
/// The keys are `allowed_owners`, `allow_public_repos`, `allow_search` and `allow_logs`; what is left out
/// is as in a new pool.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SetPolicyArgs {
    /// The pool.
    #[arg(value_name = "POOL")]
    pool: String,
    /// The file with the policy; `-` is stdin.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &SetPolicyArgs, output: &mut Output) -> Result<Exit> {
    let pool = session::path_name("pool", &args.pool)?;
    let policy = read(&args.file)?;
    let session = args.admin.session(output)?;
    let path = args.change.path(&paths::admin_pool(&pool));
    let answer =
        session.server.patch(&path, Credential::Bearer(&session.token), &json!({ "policy": policy }))?;
    if output.is_json() {
        return output.document(answer.text());
    }
    args.change.tell(output, &format!("set the policy of pool {pool}"))?;
    super::show(&answer.decode()?, output)
}

/// What the policy says is the server's to judge; that it is a JSON object shows here.
fn read(file: &Path) -> Result<Map<String, Value>> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    read.map_err(|problem| {
        Error::usage(format!("The policy in {} cannot be read: {}.", file.display(), problem.kind()))
    })?;
    // Where, but not what: the wrong file may hold anything.
    serde_json::from_str(&text).map_err(|problem| {
        let place = format!("line {} column {}", problem.line(), problem.column());
        Error::usage(format!("What is in {} is not a JSON object: see {place}.", file.display()))
    })
}
