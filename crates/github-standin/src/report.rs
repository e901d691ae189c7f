//! What the program says: where it listens, who exists, what is asked. Never a secret.

use std::io::{self, Write as _};

use octopool_github_standin::{GithubStandin, RecordedRequest, State};
use serde_json::json;

use crate::cli::Args;

/// The text on stdout when requests are welcome.
pub(crate) fn ready(args: &Args, github: &GithubStandin) -> String {
    if args.json { ready_json(args, github) } else { ready_text(args, github) }
}

fn ready_json(args: &Args, github: &GithubStandin) -> String {
    let app = github.edit(|state| state.apps.first().map(|app| app.id));
    json!({
        "base_url": github.base_url(),
        "enterprise_base_url": github.enterprise_base_url(),
        "port": github.address().port(),
        "credentials": args.credentials,
        "app_id": app,
        "pid": std::process::id(),
    })
    .to_string()
}

fn ready_text(args: &Args, github: &GithubStandin) -> String {
    let credentials = match &args.credentials {
        Some(path) => format!("Tokens and the App's private key are in {}", path.display()),
        None => "The tokens are random; pass --credentials FILE to get them".to_owned(),
    };
    let base = github.base_url();
    format!(
        "A stand-in for GitHub listens on {base} (as Enterprise Server: {base}/api/v3)\n\n{}\n{credentials}\n\
         Faults, requests, state: {base}/_standin/faults, /_standin/requests, /_standin/state\n\
         Stop it with Ctrl-C.",
        github.edit(|state| inhabitants(state))
    )
}

/// Who and what there is, one line each.
fn inhabitants(state: &State) -> String {
    let login = |id| state.accounts.get(id).map_or("?", |account| account.login.as_str());
    let accounts =
        state.accounts.iter().map(|it| format!("  {:<13} {} {}", it.kind.as_str(), it.id, it.login));
    let repositories = state.repositories.iter().map(|it| {
        let visibility = if it.private { "private" } else { "public" };
        format!("  {:<13} {} {}/{}, {visibility}", "Repository", it.id, login(it.owner), it.name)
    });
    let installations = state.installations.iter().map(|it| {
        let suspended = if it.suspended { ", suspended" } else { "" };
        format!("  {:<13} {} on {}{suspended}", "Installation", it.id, login(it.account))
    });
    accounts.chain(repositories).chain(installations).map(|line| line + "\n").collect()
}

/// One line per request: `GET /user 200 account:1001 (mona)`.
pub(crate) fn log_request(request: &RecordedRequest, status: u16) {
    let RecordedRequest { method, path, principal, .. } = request;
    let token = request.token.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let rejected = if request.rejected { " (credential refused)" } else { "" };
    let _ = writeln!(io::stderr(), "{method} {path} {status} {principal}{token}{rejected}");
}
