//! `octopool login`.

use clap::Args;
use octopool_api_types::{ErrorCode, LoginRequest, LoginResponse, paths};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::auth_store::{self, SavedLogin};
use crate::client_name;
use crate::discovery::{self, Destination};
use crate::error::{Error, Exit, Result};
use crate::github_token::{self, Source};
use crate::http::{Credential, Server};
use crate::output::Output;
use crate::server_url::ServerUrl;
use crate::session;
use crate::token;

const AFTER_HELP: &str = "\
Examples:
  octopool login https://octopool.example.com
  octopool login octopool.example.com --pool triage --client ci
  GH_TOKEN=$(cat token) octopool login          # the server of OCTOPOOL_URL or of the last login";

/// Log in to a server with your GitHub account.
///
/// Sends the server your GitHub token once (`GH_TOKEN`, then `GITHUB_TOKEN`, then `gh auth token`)
/// and saves the caller token that it returns. A new login of the same client replaces the old
/// one's token.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LoginArgs {
    /// The server [env: `OCTOPOOL_URL`; otherwise the saved login's].
    #[arg(value_name = "SERVER")]
    server: Option<String>,
    /// The same as SERVER.
    #[arg(long = "server", visible_alias = "url", value_name = "URL", conflicts_with = "server")]
    url: Option<String>,
    /// The pool [env: `OCTOPOOL_POOL`; otherwise the last login's to this server, or the server's
    /// default].
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// The name of this machine [default: its host name].
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
    /// GitHub's command line [env: `OCTOPOOL_GH_PATH`; default: gh].
    #[arg(long, value_name = "PATH")]
    gh_path: Option<String>,
    /// Continue if the server says that its API is on another host; that host gets the GitHub
    /// token.
    #[arg(long)]
    trust_discovery_redirect: bool,
}

pub(super) fn run(args: &LoginArgs, output: &mut Output) -> Result<Exit> {
    let given_pool = session::given_pool(args.pool.as_deref())?;
    let (url, last) = server(args, output)?;
    let Destination { server, default_pool, .. } =
        discovery::discover(url, session::plain_http()?, args.trust_discovery_redirect)?;
    let last_pool = last.filter(|login| login.url == *server.url()).map(|login| login.pool);
    let pool = given_pool.or(last_pool).unwrap_or(default_pool);
    let client = args.client.clone().unwrap_or_else(client_name::of_this_machine);
    let token = github_token::find(args.gh_path.as_deref())?;
    auth_store::prepare(output)?;
    let server = server.with(Credential::InBody(token.secret.clone()));
    let answer = exchange(&server, &token.secret, &pool, &client)
        .map_err(|error| explain(error, token.source, server.url(), &pool))?;
    let login = saved_login(server.url(), answer)?;
    auth_store::save(&login)?;
    report(&login, output)
}

/// The server, and the last login. A damaged file of an earlier login does not matter if the server
/// is given: the file is about to be replaced.
fn server(args: &LoginArgs, output: &mut Output) -> Result<(ServerUrl, Option<SavedLogin>)> {
    let last = auth_store::load(output);
    match session::given_url(args.server.as_deref().or(args.url.as_deref()))? {
        Some(url) => Ok((url, last.ok().flatten())),
        None => last?.map(|login| (login.url.clone(), Some(login))).ok_or_else(session::no_server),
    }
}

fn exchange(server: &Server, token: &SecretString, pool: &str, client: &str) -> Result<LoginResponse> {
    let request = LoginRequest {
        github_token: token.expose_secret().to_owned(),
        client_name: Some(client.to_owned()),
        pool: Some(pool.to_owned()),
    };
    server.post(paths::LOGIN_GITHUB_CLI, &request)?.decode()
}

fn saved_login(url: &ServerUrl, answer: LoginResponse) -> Result<SavedLogin> {
    let LoginResponse { caller, token } = answer;
    let created_at = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Ok(SavedLogin {
        url: url.clone(),
        pool: caller.pool,
        token: token::created(Some(token))?,
        login: caller.github_login,
        client: caller.client_name,
        created_at: created_at.format(&Rfc3339).unwrap_or_default(),
    })
}

fn report(login: &SavedLogin, output: &mut Output) -> Result<Exit> {
    let SavedLogin { url, pool, login: account, client, created_at, .. } = login;
    if output.is_json() {
        return output.value(&json!({
            "url": url.to_string(), "pool": pool, "login": account, "client": client,
            "created_at": created_at,
        }));
    }
    output.line(&format!("Logged in to {url} as {account} for pool {pool} (client {client})"))
}

/// Adds what only the login knows about a refusal: the pool, and where the token came from.
fn explain(error: Error, source: Source, url: &ServerUrl, pool: &str) -> Error {
    match error.server_code() {
        Some(ErrorCode::CallerNotProvisioned) => {
            let login = error.detail("github_login").unwrap_or("YOUR_GITHUB_LOGIN");
            let command = format!("octopool admin caller --url {url} --pool {pool} --github-login {login}");
            error.hint(format!("Ask an operator to run `{command}`."))
        }
        Some(ErrorCode::GithubAuthFailed) => {
            let hint = rate_limit(&error).unwrap_or_else(|| source.renewal());
            error.hint(hint)
        }
        Some(ErrorCode::PoolDenied) => error.hint("Log in without `--pool` and without OCTOPOOL_POOL."),
        Some(ErrorCode::ClientNameInvalid) => error.hint("Name this machine with `--client NAME`."),
        _ => error,
    }
}

/// When GitHub accepts requests again, if it refused because of its rate limit.
fn rate_limit(error: &Error) -> Option<String> {
    if let Some(seconds) = error.detail("github_retry_after") {
        return Some(format!("GitHub's rate limit is used up; log in again in {seconds} seconds."));
    }
    if error.detail("github_rate_limit_remaining") != Some("0") {
        return None;
    }
    let reset = error.detail("github_rate_limit_reset").and_then(|seconds| seconds.parse().ok());
    let reset =
        reset.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok());
    let when = reset.unwrap_or_else(|| "within the hour".to_owned());
    Some(format!("GitHub's rate limit of this token is used up; it is reset {when}."))
}
