//! `octopool admin identities verify`.

use clap::Args;
use octopool_api_types::{VerifyIdentityResponse, paths};
use serde_json::json;

use crate::checks;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{self, AdminArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool admin identities verify acme-app --pool maintainers
  octopool admin identities verify acme-app --json | jq '.checks[] | select(.ok | not)'";

/// Prove that an identity works: its secret exists, GitHub accepts it, it is whose it should be, and it covers
/// its scopes.
///
/// The server spends at most three requests to GitHub. Shows each check, and for a failed one the command
/// that mends it. Exit 1 if one fails.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct VerifyArgs {
    /// The identity's id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) fn run(args: &VerifyArgs, output: &mut Output) -> Result<Exit> {
    let id = session::path_name("identity", &args.id)?;
    let session = args.admin.session(output)?;
    let path = paths::admin_identity_verify(&session.pool, &id);
    let answer = session.server.post(&path, Credential::Bearer(&session.token), &json!({}))?;
    let verified: VerifyIdentityResponse = answer.decode()?;
    if output.is_json() {
        output.document(answer.text())?;
    } else {
        show(&verified, output)?;
    }
    Ok(if verified.ok { Exit::Done } else { Exit::Failed })
}

fn show(verified: &VerifyIdentityResponse, output: &mut Output) -> Result<Exit> {
    for check in &verified.checks {
        checks::show(check, output)?;
    }
    let verdict = if verified.ok { "works" } else { "does not work yet" };
    output.line(&format!("identity {} {verdict}", verified.id))
}
