//! `octopool admin export`.

use std::path::{Path, PathBuf};

use clap::Args;
use octopool_api_types::{StateResponse, paths};

use super::document;
use crate::error::{Error, Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::AdminServerArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin export > octopool.toml
  octopool admin export -f octopool.toml
  octopool admin export --json | jq -r .state_hash";

/// Write what the server has as one TOML file: pools, policies, identities, scopes and callers.
///
/// The same state is always the same bytes, so the file can be kept under version control. It names
/// secrets and holds none. With `--json` the server's own document is printed.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ExportArgs {
    /// The file to write; `-` is stdout.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    file: PathBuf,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ExportArgs, output: &mut Output) -> Result<Exit> {
    let session = args.admin.session(output)?;
    let answer = session.server.get(paths::ADMIN_STATE, Credential::Bearer(&session.token))?;
    let StateResponse { state, .. } = answer.decode()?;
    for (id, _) in state.pools.iter().filter(|(_, pool)| pool.policy.is_none()) {
        output.warning(&format!(
            "The policy of pool {id} cannot be read, and the pool serves nothing. The file can be applied once you have \
             written a policy where it says so."
        ));
    }
    let text =
        if output.is_json() { format!("{}\n", answer.text().trim_end()) } else { document::write(&state) };
    if args.file == Path::new("-") {
        return output.document(&text);
    }
    std::fs::write(&args.file, text).map_err(|problem| {
        let name = args.file.display();
        Error::failed("output", format!("{name} could not be written: {}.", problem.kind()))
    })?;
    output.note(&format!("Wrote {}.", args.file.display()));
    Ok(Exit::Done)
}
