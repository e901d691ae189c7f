//! `octopool admin caller`.

use clap::Args;
use octopool_api_types::{ProvisionCallerRequest, ProvisionCallerResponse, paths};
use secrecy::SecretString;

use super::change::DryRunArgs;
use crate::error::{Error, Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::AdminArgs;

const AFTER_HELP: &str = "\
Examples:
  octopool admin caller --pool maintainers --github-login mona
  octopool admin caller --pool ci --github-login acme-bot --client ci --dry-run
  octopool admin caller --pool ci --github-login acme-bot --client ci | gh secret set OCTOPOOL_TOKEN";

/// Let a GitHub account use a pool, and make a token for one of its machines.
///
/// The account has to be a member of the server's org. The token is shown this once, alone on stdout,
/// so that it can be piped; what it is for is said on stderr. Once more for the same account and
/// client replaces that client's token. People do not need it: once provisioned, they run
/// `octopool login`.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CallerArgs {
    /// The account's current GitHub login; octopool binds its immutable id.
    #[arg(long, value_name = "LOGIN")]
    github_login: String,
    /// A name to show [default: the login].
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The machine that the token is for [default: admin].
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminArgs,
}

pub(super) fn run(args: &CallerArgs, output: &mut Output) -> Result<Exit> {
    let session = args.admin.session(output)?;
    let request = ProvisionCallerRequest {
        pool: session.pool,
        github_login: args.github_login.clone(),
        name: args.name.clone(),
        client: args.client.clone(),
    };
    let path = args.change.path(paths::ADMIN_CALLERS);
    let answer = session.server.post(&path, Credential::Bearer(&session.token), &request)?;
    if output.is_json() {
        return output.document(answer.text());
    }
    let ProvisionCallerResponse { caller, token } = answer.decode()?;
    if args.change.is_dry_run() {
        let who = if caller.id.is_none() { "a new caller" } else { "a known caller" };
        let done = format!(
            "let {} (GitHub id {}), {who}, use pool {} and made a token for client {}",
            caller.github_login, caller.github_user_id, caller.pool, caller.client_name
        );
        return args.change.tell(output, &done);
    }
    output.note(&format!(
        "{} (GitHub id {}) may use pool {} as client {}. The token is shown this once:",
        caller.github_login, caller.github_user_id, caller.pool, caller.client_name
    ));
    let token = usable(token)?;
    output.secret(&token).map_err(|error| error.hint("Run the command again for a new token."))
}

/// The token of an answer, if it can be one.
pub(super) fn usable(token: Option<String>) -> Result<SecretString> {
    let token = token.filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
    let missing = || Error::failed("unexpected_answer", "The server's answer holds no usable token.");
    token.map(SecretString::from).ok_or_else(missing)
}
