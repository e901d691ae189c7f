//! `octopool admin tokens create`.

use clap::Args;
use octopool_api_types::{CreateAdminTokenRequest, CreateAdminTokenResponse, paths};

use crate::commands::admin::caller;
use crate::commands::admin::change::DryRunArgs;
use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::AdminServerArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin tokens create release-bot --expires-at 2027-01-01T00:00:00Z
  octopool admin tokens create triage-lead --pool triage | gh secret set OCTOPOOL_ADMIN_TOKEN";

/// Make an admin token, for all pools or for one.
///
/// The token is shown this once, alone on stdout, so that it can be piped; what it is for is said on
/// stderr. The audit calls its holder `admin:NAME`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CreateArgs {
    /// What to call it.
    #[arg(value_name = "NAME")]
    name: String,
    /// The only pool that it is to open [default: all]. It is taken from nowhere else: a setting that was
    /// forgotten must not decide what a token opens.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// From when on it opens nothing any more (RFC 3339) [default: never].
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &CreateArgs, output: &mut Output) -> Result<Exit> {
    let session = args.admin.session(output)?;
    let request = CreateAdminTokenRequest {
        name: args.name.clone(),
        pool: args.pool.clone(),
        expires_at: args.expires_at.clone(),
    };
    let path = args.change.path(paths::ADMIN_TOKENS);
    let answer = session.server.post(&path, Credential::Bearer(&session.token), &request)?;
    if output.is_json() {
        return output.document(answer.text());
    }
    let CreateAdminTokenResponse { admin_token, token } = answer.decode()?;
    let opens = admin_token.pool.map_or("every pool".to_owned(), |pool| format!("pool {pool}"));
    let until = admin_token.expires_at.map(|time| format!(" until {time}")).unwrap_or_default();
    if args.change.is_dry_run() {
        let done = format!("made admin token {}, which opens {opens}{until}", admin_token.name);
        return args.change.tell(output, &done);
    }
    let token = caller::usable(token)?;
    output.note(&format!("Admin token {} opens {opens}{until}. It is shown this once:", admin_token.name));
    let name = admin_token.name;
    output.secret(&token).map_err(|error| {
        error.hint(format!(
            "Run `octopool admin tokens revoke {name}`, then the command again for a new token."
        ))
    })
}
