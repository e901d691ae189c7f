//! `octopool admin tokens`: admin tokens beside the deployment's own.

use clap::{Args, Subcommand};
use octopool_api_types::{AdminToken, CreateAdminTokenRequest, CreateAdminTokenResponse, paths};

use super::change::{DryRunArgs, Removal};
use super::list::{PlainListArgs, list};
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::{self, AdminServerArgs};
use crate::table::{Column, Mood};
use crate::times::{self, Moment};
use crate::token;

#[derive(Subcommand)]
pub(super) enum TokensCommand {
    Create(CreateArgs),
    /// List admin tokens: what each opens, when it expires, and when it was used last.
    #[command(after_help = "\
Examples:
  octopool admin tokens list
  octopool admin tokens list --json | jq -r '.admin_tokens[] | select(.last_used_at == null).name'")]
    List(PlainListArgs),
    /// Revoke an admin token, effective at once.
    #[command(after_help = "\
Examples:
  octopool admin tokens revoke release-bot --yes")]
    Revoke(Removal<TokenArgs>),
}

/// Create an admin token, for all pools or for one.
///
/// The token is shown only once, alone on stdout, so that it can be piped; what it is for goes to
/// stderr. The audit calls its holder `admin:NAME`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin tokens create release-bot --expires 30d
  octopool admin tokens create triage-lead --pool triage | gh secret set OCTOPOOL_ADMIN_TOKEN")]
pub(super) struct CreateArgs {
    /// The token's name.
    #[arg(value_name = "NAME")]
    name: String,
    /// The only pool that it opens [default: all]. `OCTOPOOL_POOL` is not read here: a forgotten
    /// setting must not decide what a token opens.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// When it expires: in 24h, 30d or 4w, a day (2027-01-01, which begins in UTC), or RFC 3339
    /// [default: never].
    #[arg(long, visible_alias = "expires", value_name = "TIME")]
    expires_at: Option<Moment>,
    #[command(flatten)]
    change: DryRunArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// An admin token.
#[derive(Args)]
pub(super) struct TokenArgs {
    /// The token's name, as `octopool admin tokens list` shows it.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    admin: AdminServerArgs,
}

const COLUMNS: [Column<AdminToken>; 6] = [
    Column::text("NAME", 0, |token| token.name.clone()),
    Column::text("POOL", 1, |token| token.pool.clone().unwrap_or_else(|| "(all)".to_owned())),
    Column::state("STATUS", 1, |token| status(is_expired(token)), |token| mood(is_expired(token))),
    Column::time("EXPIRES", 1, |token| or_never(token.expires_at.as_ref())),
    Column::time("LAST USED", 2, |token| or_never(token.last_used_at.as_ref())),
    Column::time("CREATED", 3, |token| token.created_at.clone()),
];

fn is_expired(token: &AdminToken) -> bool {
    token.expires_at.as_deref().is_some_and(times::is_over)
}

fn status(is_expired: bool) -> String {
    if is_expired { "expired" } else { "active" }.to_owned()
}

fn mood(is_expired: bool) -> Mood {
    if is_expired { Mood::Bad } else { Mood::Good }
}

fn or_never(time: Option<&String>) -> String {
    time.map_or("never", String::as_str).to_owned()
}

pub(super) fn run(command: &TokensCommand, output: &mut Output) -> Result<Exit> {
    match command {
        TokensCommand::Create(args) => create(args, output),
        TokensCommand::List(PlainListArgs { limit, admin }) => {
            let server = admin.server(output)?;
            list(&server, paths::ADMIN_TOKENS, &[], ("admin_tokens", &COLUMNS), limit, output)
        }
        TokensCommand::Revoke(args) => {
            let name = session::path_name("admin token", &args.target.name)?;
            let question = format!("Revoke the admin token {name}?");
            let done = format!("revoked admin token {name}");
            let server = args.target.admin.server(output)?;
            args.removal.delete(&server, &paths::admin_token(&name), &question, &done, output)
        }
    }
}

fn create(args: &CreateArgs, output: &mut Output) -> Result<Exit> {
    let server = args.admin.server(output)?;
    let request = CreateAdminTokenRequest {
        name: args.name.clone(),
        pool: args.pool.clone(),
        expires_at: args.expires_at.map(Moment::future),
    };
    let answer = server.post(&args.change.path(paths::ADMIN_TOKENS), &request)?;
    if output.is_json() {
        return output.document(answer.text());
    }
    let CreateAdminTokenResponse { admin_token: AdminToken { name, pool, expires_at, .. }, token } =
        answer.decode()?;
    let opens = pool.map_or("every pool".to_owned(), |pool| format!("pool {pool}"));
    let until = expires_at.map(|time| format!(" until {time}")).unwrap_or_default();
    if args.change.is_dry_run() {
        let done = format!("created admin token {name}, which opens {opens}{until}");
        return args.change.report(output, &done);
    }
    let token = token::created(token)?;
    output.note(&format!("Admin token {name} opens {opens}{until}. It is shown only once:"));
    output.secret(&token).map_err(|error| {
        error.hint(format!(
            "Run `octopool admin tokens revoke {name}`, then the command again for a new token."
        ))
    })
}
