//! `octopool logout`.

use clap::Args;
use octopool_api_types::{ErrorCode, paths};
use serde_json::json;

use crate::auth_store;
use crate::environment;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::{self, Session};

const AFTER_HELP: &str = "\
Examples:
  octopool logout
  octopool logout --local";

/// Revoke the saved login's token on the server, and delete the saved login.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LogoutArgs {
    /// Only delete the saved login; the token stays valid.
    #[arg(long)]
    local: bool,
}

/// What happened to the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Token {
    Revoked,
    /// The server refused it already.
    WasInvalid,
    /// The server was not asked, or is too old to be asked.
    StillValid,
}

pub(super) fn run(args: &LogoutArgs, output: &mut Output) -> Result<Exit> {
    let login = auth_store::load(output)?.ok_or_else(session::not_logged_in)?;
    let token = if args.local {
        Token::StillValid
    } else {
        let Session { server, .. } = login.session()?;
        match server.delete(paths::CLIENT) {
            Ok(_) => Token::Revoked,
            Err(error) if error.status() == Some(401) => Token::WasInvalid,
            Err(error) if error.server_code() == Some(ErrorCode::NotFound) => Token::StillValid,
            Err(error) => {
                return Err(error.hint("`octopool logout --local` deletes only the saved login."));
            }
        }
    };
    auth_store::delete()?;
    if environment::variable("OCTOPOOL_TOKEN").is_some() {
        output.note("note: OCTOPOOL_TOKEN is set; commands go on using it.");
    }
    let (url, client) = (&login.url, &login.client);
    if output.is_json() {
        return output.value(&json!({ "url": url.to_string(), "revoked": token == Token::Revoked }));
    }
    let done = match token {
        Token::Revoked => format!("Logged out of {url}: the token of client {client} is revoked"),
        Token::WasInvalid => format!("Logged out of {url}, which had revoked the token already"),
        Token::StillValid => format!("Deleted the saved login to {url}"),
    };
    output.line(&done)?;
    if token == Token::StillValid {
        output.note(&format!(
            "The token is still valid. An admin revokes it with `octopool admin callers revoke-client {} {client}`.",
            login.login
        ));
    }
    Ok(Exit::Done)
}
