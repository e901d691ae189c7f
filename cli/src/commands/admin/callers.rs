//! `octopool admin caller` and `octopool admin callers`.

pub(super) mod found;

use clap::{Args, Subcommand};
use octopool_api_types::{
    Caller, CallerStatus, Client, ProvisionCallerRequest, ProvisionCallerResponse, UpdateCallerRequest, paths,
};
use serde::de::IgnoredAny;

use self::found::Found;
use super::change::{Change, DryRunArgs, Removal};
use super::list::{LimitArgs, list};
use crate::error::{Exit, Result};
use crate::http::Server;
use crate::output::Output;
use crate::output::spelled;
use crate::session::{self, AdminArgs, AdminServerArgs, Session};
use crate::table::{self, Column};
use crate::token;

/// Let a GitHub account use a pool, and create a token for one of its machines.
///
/// The account has to be a member of the server's org. The token is shown only once, alone on
/// stdout, so that it can be piped; what it is for goes to stderr. Running it again for the same
/// account and client replaces that client's token. People do not need the token: once provisioned,
/// they run `octopool login`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin caller --pool maintainers --github-login mona
  octopool admin caller --pool ci --github-login acme-bot --client ci --dry-run
  octopool admin caller --pool ci --github-login acme-bot --client ci | gh secret set OCTOPOOL_TOKEN")]
pub(super) struct ProvisionArgs {
    /// The account's current GitHub login; octopool binds its immutable id.
    #[arg(long, value_name = "LOGIN")]
    github_login: String,
    /// The display name [default: the login].
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

#[derive(Subcommand)]
pub(super) enum CallersCommand {
    /// List callers with their grants and clients.
    #[command(after_help = "\
Examples:
  octopool admin callers list --pool maintainers
  octopool admin callers list --login mona --json | jq -r '.callers[].id'")]
    List(ListArgs),
    /// Show a caller: its account, its grants, its clients and when each was used last.
    #[command(after_help = "\
Examples:
  octopool admin callers show mona
  octopool admin callers show 5a0d1f7e-0000-4000-8000-000000000001")]
    Show(CallerArgs),
    /// Disable a caller in every pool; its grants and clients are kept for when it is enabled
    /// again.
    #[command(after_help = "\
Examples:
  octopool admin callers disable mona")]
    Disable(Change<CallerArgs>),
    /// Enable a disabled caller, with the grants and clients that it had.
    #[command(after_help = "\
Examples:
  octopool admin callers enable mona")]
    Enable(Change<CallerArgs>),
    /// Revoke a caller's grant for a pool.
    #[command(after_help = "\
Examples:
  octopool admin callers revoke-pool mona maintainers")]
    RevokePool(Removal<GrantArgs>),
    /// Revoke the token of one of a caller's machines. The person can log in from it again.
    #[command(after_help = "\
Examples:
  octopool admin callers revoke-client mona laptop")]
    RevokeClient(Removal<ClientArgs>),
}

/// Which callers to list.
#[derive(Args)]
pub(super) struct ListArgs {
    /// Only those with a grant for this pool.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// Only the one that last had this GitHub login.
    #[arg(long, value_name = "LOGIN")]
    login: Option<String>,
    /// Only `active` or only `disabled` ones.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    #[command(flatten)]
    limit: LimitArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// A caller.
#[derive(Args)]
pub(super) struct CallerArgs {
    /// The caller's GitHub login, or its id, as `octopool admin callers list` shows them.
    #[arg(value_name = "CALLER")]
    caller: String,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// A grant of a caller.
#[derive(Args)]
pub(super) struct GrantArgs {
    #[command(flatten)]
    caller: CallerArgs,
    /// The pool.
    #[arg(value_name = "POOL")]
    pool: String,
}

/// A client of a caller.
#[derive(Args)]
pub(super) struct ClientArgs {
    #[command(flatten)]
    caller: CallerArgs,
    /// The client's name.
    #[arg(value_name = "CLIENT")]
    client: String,
}

const COLUMNS: [Column<Caller>; 6] = [
    // Everything that takes a caller takes its login, too.
    Column::whole("CALLER", 4, |caller| caller.id.clone()),
    Column::text("LOGIN", 0, |caller| caller.github_login.clone()),
    Column::whole("GITHUB ID", 3, |caller| caller.github_user_id.to_string()),
    Column::state("STATUS", 1, |caller| spelled(&caller.status), |caller| caller.status.into()),
    Column::text("POOLS", 1, |caller| {
        table::names(&caller.grants.iter().map(|grant| &grant.pool).collect::<Vec<_>>(), ", ")
    }),
    Column::text("CLIENTS", 2, |caller| {
        table::names(&caller.clients.iter().map(|client| &client.name).collect::<Vec<_>>(), ", ")
    }),
];

const CLIENT_COLUMNS: [Column<Client>; 4] = [
    Column::text("CLIENT", 0, |client| client.name.clone()),
    Column::text("POOL", 1, |client| client.pool.clone().unwrap_or_else(|| "all granted".to_owned())),
    Column::time("TOKEN OF", 2, |client| client.created_at.clone()),
    Column::time("LAST USED", 1, |client| client.last_used_at.clone()),
];

pub(super) fn run(command: &CallersCommand, output: &mut Output) -> Result<Exit> {
    match command {
        CallersCommand::List(args) => {
            let ListArgs { pool, login, status, limit, admin } = args;
            let filters =
                [("pool", pool.as_deref()), ("login", login.as_deref()), ("status", status.as_deref())];
            let server = admin.server(output)?;
            list(&server, paths::ADMIN_CALLERS, &filters, ("callers", &COLUMNS), limit, output)
        }
        CallersCommand::Show(args) => {
            let (server, caller) = args.find(output)?;
            server.get(&paths::admin_caller(&caller.id))?.show(output, show)
        }
        CallersCommand::Disable(args) => set_status(args, CallerStatus::Disabled, output),
        CallersCommand::Enable(args) => set_status(args, CallerStatus::Active, output),
        CallersCommand::RevokePool(args) => {
            let pool = session::path_name("pool", &args.target.pool)?;
            args.removal.check_can_ask()?;
            let (server, Found { id, name }) = args.target.caller.find(output)?;
            let question = format!("Revoke the grant of caller {name} for pool {pool}?");
            let done = format!("revoked the grant of caller {name} for pool {pool}");
            args.removal.delete(&server, &paths::admin_caller_pool(&id, &pool), &question, &done, output)
        }
        CallersCommand::RevokeClient(args) => {
            let client = session::path_name("client", &args.target.client)?;
            args.removal.check_can_ask()?;
            let (server, Found { id, name }) = args.target.caller.find(output)?;
            let question = format!("Revoke the token of client {client} of caller {name}?");
            let done = format!("revoked client {client} of caller {name}");
            args.removal.delete(&server, &paths::admin_caller_client(&id, &client), &question, &done, output)
        }
    }
}

impl CallerArgs {
    fn find(&self, output: &mut Output) -> Result<(Server, Found)> {
        session::path_name("caller", &self.caller)?;
        let server = self.admin.server(output)?;
        let caller = found::find(&server, &self.caller)?;
        Ok((server, caller))
    }
}

pub(super) fn provision(args: &ProvisionArgs, output: &mut Output) -> Result<Exit> {
    let Session { server, pool } = args.admin.session(output)?;
    let request = ProvisionCallerRequest {
        pool,
        github_login: args.github_login.clone(),
        name: args.name.clone(),
        client: args.client.clone(),
    };
    let answer = server.post(&args.change.path(paths::ADMIN_CALLERS), &request)?;
    if output.is_json() {
        return output.document(answer.text());
    }
    let ProvisionCallerResponse { caller, token } = answer.decode()?;
    let (pool, client) = (caller.pool, caller.client_name);
    let account = format!("{} (GitHub id {})", caller.github_login, caller.github_user_id);
    if args.change.is_dry_run() {
        let known = if caller.id.is_none() { "a new caller" } else { "a known caller" };
        let done = format!("let {account}, {known}, use pool {pool} and created a token for client {client}");
        return args.change.report(output, &done);
    }
    output.note(&format!("{account} may use pool {pool} as client {client}. The token is shown only once:"));
    let token = token::created(token)?;
    output.secret(&token).map_err(|error| error.hint("Run the command again for a new token."))
}

fn set_status(args: &Change<CallerArgs>, status: CallerStatus, output: &mut Output) -> Result<Exit> {
    let (server, Found { id, name }) = args.target.find(output)?;
    let done = format!("set caller {name} to {}", spelled(&status));
    let request = UpdateCallerRequest { status };
    let path = paths::admin_caller(&id);
    args.dry_run.patch(&server, &path, &request, &done, output, |_: &IgnoredAny, _| Ok(Exit::Done))
}

fn show(caller: &Caller, output: &mut Output) -> Result<Exit> {
    output.line(&format!(
        "{} ({}, GitHub id {}), {}, member of {} as of {}",
        caller.name,
        caller.github_login,
        caller.github_user_id,
        spelled(&caller.status),
        caller.org_login,
        Output::time(&caller.org_verified_at)
    ))?;
    for grant in &caller.grants {
        output.line(&format!("  pool {} since {}", grant.pool, Output::time(&grant.created_at)))?;
    }
    if caller.clients.is_empty() {
        return Ok(Exit::Done);
    }
    output.line("")?;
    table::show(&CLIENT_COLUMNS, &caller.clients, output)
}
