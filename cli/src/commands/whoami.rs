//! `octopool whoami`.

use clap::Args;
use octopool_api_types::{ErrorCode, ThisClient, paths};
use serde_json::json;

use crate::auth_store;
use crate::error::{Exit, Result};
use crate::http::Server;
use crate::output::Output;
use crate::session::{self, Session};

const AFTER_HELP: &str = "\
Examples:
  octopool whoami
  octopool whoami --offline
  octopool whoami --json";

/// Show who you are to the server: its URL, the pool, the GitHub login and the client.
///
/// Asks the server, with `OCTOPOOL_TOKEN` if that and `OCTOPOOL_URL` are set, otherwise with the
/// saved login. Exit 4 if the token does not work any more.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct WhoamiArgs {
    /// Show the saved login and send no request.
    #[arg(long, conflicts_with = "check")]
    offline: bool,
    /// Ask the server, which is what happens anyway.
    #[arg(long, hide = true)]
    check: bool,
}

type Row = (&'static str, &'static str, String);

pub(super) fn run(args: &WhoamiArgs, output: &mut Output) -> Result<Exit> {
    let given = if args.offline { None } else { session::given_caller()? };
    let rows = match given {
        Some(server) => of_token(&server)?,
        None => of_saved_login(args.offline, output)?,
    };
    if output.is_json() {
        let pairs = rows.into_iter().map(|(_, key, value)| (key.to_owned(), json!(value)));
        return output.value(&pairs.collect());
    }
    for (label, _, value) in rows {
        output.line(format!("{label:<7} {value}").trim_end())?;
    }
    Ok(Exit::Done)
}

/// What the server says of a token from the environment.
fn of_token(server: &Server) -> Result<Vec<Row>> {
    let client: ThisClient = server.get(paths::CLIENT)?.decode()?;
    let pool = session::given_pool(None)?.or(client.pool).unwrap_or_default();
    Ok(vec![
        ("server", "url", server.url().to_string()),
        ("pool", "pool", pool),
        ("login", "login", client.github_login),
        ("client", "client", client.client_name),
        ("token", "token", "works".to_owned()),
    ])
}

fn of_saved_login(offline: bool, output: &mut Output) -> Result<Vec<Row>> {
    let login = auth_store::load(output)?.ok_or_else(session::not_logged_in)?;
    let mut rows = vec![
        ("server", "url", login.url.to_string()),
        ("pool", "pool", login.pool.clone()),
        ("login", "login", login.login.clone()),
        ("client", "client", login.client.clone()),
        ("since", "created_at", login.created_at.clone()),
    ];
    if !offline {
        check(&login.session()?)?;
        rows.push(("token", "token", "works".to_owned()));
    }
    Ok(rows)
}

/// An older server is asked for the pool's health, which needs the token, too.
fn check(session: &Session) -> Result<()> {
    let Session { server, pool } = session;
    match server.get(paths::CLIENT) {
        Err(error) if error.server_code() == Some(ErrorCode::NotFound) => {
            server.get(&paths::pool_health(pool)).map(drop)
        }
        answered => answered.map(drop),
    }
}
