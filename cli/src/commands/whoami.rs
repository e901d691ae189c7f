//! `octopool whoami`.

use clap::Args;
use octopool_api_types::paths;
use serde_json::json;

use crate::auth_store::{self, SavedLogin};
use crate::environment;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session;

const AFTER_HELP: &str = "\
Examples:
  octopool whoami
  octopool whoami --check
  octopool whoami --json";

/// Show the saved login: server, pool, GitHub login and client.
///
/// Sends no request unless `--check` is given; then the server is asked whether the token still
/// works.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct WhoamiArgs {
    /// Ask the server whether the saved token still works; exit 4 if it does not.
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &WhoamiArgs, output: &mut Output) -> Result<Exit> {
    let login = auth_store::load(output)?.ok_or_else(session::not_logged_in)?;
    if environment::variable("OCTOPOOL_TOKEN").is_some() {
        output.note("note: OCTOPOOL_TOKEN is set; other commands use it, not this login.");
    }
    let mut rows = vec![
        ("server", "url", login.url.to_string()),
        ("pool", "pool", login.pool.clone()),
        ("login", "login", login.login.clone()),
        ("client", "client", login.client.clone()),
        ("since", "created_at", login.created_at.clone()),
    ];
    if args.check {
        check(&login)?;
        rows.push(("token", "token", "works".to_owned()));
    }
    if output.is_json() {
        let pairs = rows.into_iter().map(|(_, key, value)| (key.to_owned(), json!(value)));
        return output.value(&pairs.collect());
    }
    for (label, _, value) in rows {
        output.line(format!("{label:<7} {value}").trim_end())?;
    }
    Ok(Exit::Done)
}

/// Health is the cheapest request that needs the token; its content does not matter here.
fn check(login: &SavedLogin) -> Result<()> {
    let session = login.session()?;
    session.server.get(&paths::pool_health(&session.pool)).map(drop)
}
