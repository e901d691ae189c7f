//! The server, pool and token of a command. The command line takes precedence over the environment,
//! and the environment over the saved login. There is no default server, because octopool is
//! self-hosted.

use clap::Args;
use octopool_api_types::{ErrorCode, ThisClient, paths};
use secrecy::SecretString;

use crate::auth_store::{self, SavedLogin};
use crate::environment::{self, Switch};
use crate::error::{Error, Result};
use crate::http::{Credential, PlainHttp, Server};
use crate::output::Output;
use crate::server_url::ServerUrl;

pub(crate) const DEFAULT_TOKEN_VARIABLE: &str = "OCTOPOOL_TOKEN";
/// The code of the error if there is no token of a caller.
const NOT_LOGGED_IN: &str = "not_logged_in";
const DEFAULT_ADMIN_TOKEN_VARIABLE: &str = "OCTOPOOL_ADMIN_TOKEN";
/// The default login pool in `wrangler.toml`, too. A saved login does not change it: a grant by an
/// operator must not depend on the pool that was last used on this machine.
const DEFAULT_ADMIN_POOL: &str = "maintainers";

/// Options of every command of a caller.
#[derive(Args, Default)]
pub(crate) struct CallerArgs {
    /// The server's URL [env: `OCTOPOOL_URL`; otherwise the saved login's].
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The pool [env: `OCTOPOOL_POOL`; otherwise the saved login's, or the one that the server
    /// takes for the token].
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// The environment variable that holds the caller token [default: `OCTOPOOL_TOKEN`; otherwise
    /// the saved login's token is used, for the saved server only].
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
}

/// Options of every admin command that works in one pool.
#[derive(Args)]
pub(crate) struct AdminArgs {
    /// The pool [env: `OCTOPOOL_POOL`; default: maintainers].
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    #[command(flatten)]
    server: AdminServerArgs,
}

/// Options of every admin command.
#[derive(Args)]
pub(crate) struct AdminServerArgs {
    /// The server's URL [env: `OCTOPOOL_URL`; otherwise the saved login's].
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The environment variable that holds the admin token [default: `OCTOPOOL_ADMIN_TOKEN`]. The
    /// token itself is never an argument, because arguments are visible to every user of the
    /// machine.
    #[arg(long, value_name = "NAME")]
    admin_token_env: Option<String>,
}

/// A server with the token that opens it, and a pool of it.
pub(crate) struct Session {
    pub(crate) server: Server,
    pub(crate) pool: String,
}

impl CallerArgs {
    /// The saved login is read only for what is missing, so that a damaged file does not stop a CI
    /// job that does not need it.
    pub(crate) fn session(&self, output: &mut Output) -> Result<Session> {
        let (server, pool) = self.server(output)?;
        let pool = pool.map_or_else(|| pool_of(&server), Ok)?;
        Ok(Session { server, pool })
    }

    /// The same without asking the server, which [`pool_of`] does if there is no pool.
    pub(crate) fn server(&self, output: &mut Output) -> Result<(Server, Option<String>)> {
        let url = given_url(self.url.as_deref())?;
        let pool = given_pool(self.pool.as_deref())?;
        let token = given_token(self.token_env.as_deref(), DEFAULT_TOKEN_VARIABLE)?;
        let (url, pool, token) = match (url, pool, token) {
            (Some(url), Some(pool), Some(token)) => (url, Some(pool), token),
            // A token from the environment does not need the saved login, even if it is damaged.
            (Some(url), None, Some(token)) => {
                let saved = auth_store::load(output).ok().flatten();
                complete(Some(url), None, Some(token), saved)?
            }
            (url, pool, token) => complete(url, pool, token, auth_store::load(output)?)?,
        };
        Ok((Server::new(url, plain_http()?)?.with(Credential::Bearer(token)), pool))
    }
}

/// What a pool's reports are read with.
pub(crate) enum Reader {
    Caller(Session),
    Admin(Session),
}

impl CallerArgs {
    /// The caller's token, or without one the admin token of the environment: an operator has no
    /// login of a caller.
    pub(crate) fn reader(&self, output: &mut Output) -> Result<Reader> {
        match self.session(output) {
            Err(error) if error.code() == NOT_LOGGED_IN => {
                let Some(token) = environment::token(DEFAULT_ADMIN_TOKEN_VARIABLE)? else {
                    return Err(error);
                };
                let Some(url) = given_url(self.url.as_deref())? else { return Err(error) };
                let pool = given_pool(self.pool.as_deref())?.unwrap_or_else(|| DEFAULT_ADMIN_POOL.to_owned());
                let server = Server::new(url, PlainHttp::Refused)?.with(Credential::Admin(token));
                Ok(Reader::Admin(Session { server, pool }))
            }
            session => session.map(Reader::Caller),
        }
    }
}

impl AdminArgs {
    pub(crate) fn session(&self, output: &mut Output) -> Result<Session> {
        let pool = given_pool(self.pool.as_deref())?.unwrap_or_else(|| DEFAULT_ADMIN_POOL.to_owned());
        Ok(Session { server: self.server.server(output)?, pool })
    }
}

/// What the doctor examines a deployment with: the saved login, or why it cannot be read, and an
/// admin token, if there is one.
pub(crate) struct Known {
    pub(crate) url: ServerUrl,
    pub(crate) saved: Result<Option<SavedLogin>>,
    pub(crate) admin_token: Option<SecretString>,
}

impl AdminServerArgs {
    /// The server, and what else is known. Only a missing server is an error.
    pub(crate) fn known(&self, output: &mut Output) -> Result<Known> {
        let saved = auth_store::load(output);
        let url = match (given_url(self.url.as_deref())?, &saved) {
            (Some(url), _) => url,
            (None, Ok(Some(login))) => login.url.clone(),
            (None, Ok(None)) => return Err(no_server()),
            (None, Err(_)) => return saved.and_then(|_| Err(no_server())),
        };
        let admin_token = given_token(self.admin_token_env.as_deref(), DEFAULT_ADMIN_TOKEN_VARIABLE)?;
        Ok(Known { url, saved, admin_token })
    }

    pub(crate) fn server(&self, output: &mut Output) -> Result<Server> {
        let url = match given_url(self.url.as_deref())? {
            Some(url) => url,
            None => auth_store::load(output)?.ok_or_else(no_server)?.url,
        };
        let token = given_token(self.admin_token_env.as_deref(), DEFAULT_ADMIN_TOKEN_VARIABLE)?;
        let token = token.ok_or_else(|| {
            Error::auth("no_admin_token", "There is no admin token: OCTOPOOL_ADMIN_TOKEN is not set.")
                .hint("Set it in the environment, or name another variable with `--admin-token-env`.")
        })?;
        // Plain http can be allowed to callers only; the admin token opens everything.
        Ok(Server::new(url, PlainHttp::Refused)?.with(Credential::Admin(token)))
    }
}

impl SavedLogin {
    /// The saved server, pool and token.
    pub(crate) fn session(&self) -> Result<Session> {
        let server = Server::new(self.url.clone(), plain_http()?)?;
        let server = server.with(Credential::Bearer(self.token.clone()));
        Ok(Session { server, pool: self.pool.clone() })
    }
}

/// Fills in what is missing from the saved login, whose token and pool are for its own server only.
/// The pool may be missing afterwards.
fn complete(
    url: Option<ServerUrl>,
    pool: Option<String>,
    token: Option<SecretString>,
    saved: Option<SavedLogin>,
) -> Result<(ServerUrl, Option<String>, SecretString)> {
    let url = url.or_else(|| saved.as_ref().map(|login| login.url.clone())).ok_or_else(no_server)?;
    let saved_url = saved.as_ref().map(|login| login.url.clone());
    let (saved_pool, saved_token) =
        saved.filter(|login| login.url == url).map(|login| (login.pool, login.token)).unzip();
    let token = token.or(saved_token).ok_or_else(|| no_token(&url, saved_url.as_ref()))?;
    Ok((url, pool.or(saved_pool), token))
}

/// The pool that the server takes for a token if no pool is named: its only one, or the default.
pub(crate) fn pool_of(server: &Server) -> Result<String> {
    let nameless = |message: String| {
        Error::usage(message).coded("no_pool").hint("Name it with `--pool POOL` or set OCTOPOOL_POOL.")
    };
    let client: ThisClient = match server.get(paths::CLIENT) {
        // An older server does not know the path.
        Err(error) if error.server_code() == Some(ErrorCode::NotFound) => {
            return Err(nameless("No pool is given.".to_owned()));
        }
        answered => answered?.decode()?,
    };
    let pools = client.pools.join(", ");
    client.pool.ok_or_else(|| nameless(format!("No pool is given, and the token opens several: {pools}.")))
}

/// The server of `OCTOPOOL_URL` with the token of `OCTOPOOL_TOKEN`, if both are set.
pub(crate) fn given_caller() -> Result<Option<Server>> {
    let (Some(url), Some(token)) = (given_url(None)?, environment::token(DEFAULT_TOKEN_VARIABLE)?) else {
        return Ok(None);
    };
    Ok(Some(Server::new(url, plain_http()?)?.with(Credential::Bearer(token))))
}

/// The URL from the command line or the environment.
pub(crate) fn given_url(argument: Option<&str>) -> Result<Option<ServerUrl>> {
    match argument.map(str::to_owned).or_else(|| environment::variable("OCTOPOOL_URL")) {
        Some(text) => ServerUrl::parse(&text).map(Some),
        None => Ok(None),
    }
}

/// The pool from the command line or the environment.
pub(crate) fn given_pool(argument: Option<&str>) -> Result<Option<String>> {
    match argument.map(str::to_owned).or_else(|| environment::variable("OCTOPOOL_POOL")) {
        Some(pool) => path_name("pool", &pool).map(Some),
        None => Ok(None),
    }
}

/// A name that becomes a segment of a path. The server validates names; here only a name that would
/// change the path is refused.
pub(crate) fn path_name(what: &str, name: &str) -> Result<String> {
    match name.trim() {
        "" | "." | ".." => Err(Error::usage(format!("The {what}'s name is blank or consists of dots."))),
        name => Ok(name.to_owned()),
    }
}

/// A variable named on the command line has to be set: another token would act as another account.
/// Its name is not repeated, because it may be a token given by mistake.
fn given_token(argument: Option<&str>, default: &str) -> Result<Option<SecretString>> {
    let token = environment::token(argument.unwrap_or(default))?;
    if token.is_none() && argument.is_some() {
        return Err(Error::auth(
            "no_token",
            "The environment variable named on the command line is not set.",
        )
        .hint("The option takes the *name* of a variable that holds the token, not the token."));
    }
    Ok(token)
}

/// Whether a caller's token may be sent unencrypted to another machine.
pub(crate) fn plain_http() -> Result<PlainHttp> {
    Ok(if Switch::AllowInsecureLogin.is_on()? { PlainHttp::Allowed } else { PlainHttp::Refused })
}

pub(crate) fn no_server() -> Error {
    Error::usage("No server is given.")
        .coded("no_server")
        .hint("Name it on the command line, set OCTOPOOL_URL, or log in once.")
}

/// There is no saved login.
pub(crate) fn not_logged_in() -> Error {
    Error::auth(NOT_LOGGED_IN, "You are not logged in.").hint("Run `octopool login SERVER`.")
}

fn no_token(url: &ServerUrl, saved: Option<&ServerUrl>) -> Error {
    match saved {
        Some(saved) => Error::auth(NOT_LOGGED_IN, format!("You are logged in to {saved}, not to {url}."))
            .hint(format!("Run `octopool login {url}`, or set OCTOPOOL_TOKEN to a token of that server.")),
        None => Error::auth(NOT_LOGGED_IN, format!("You are not logged in to {url}."))
            .hint(format!("Run `octopool login {url}`, or set OCTOPOOL_TOKEN.")),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::{ExposeSecret as _, SecretString};

    use super::complete;
    use crate::auth_store::SavedLogin;
    use crate::error::Exit;
    use crate::server_url::ServerUrl;

    fn url(text: &str) -> ServerUrl {
        ServerUrl::parse(text).unwrap()
    }

    fn saved() -> SavedLogin {
        SavedLogin {
            url: url("https://a.example"),
            pool: "saved-pool".to_owned(),
            token: SecretString::from("saved-token"),
            login: "mia".to_owned(),
            client: "laptop".to_owned(),
            created_at: String::new(),
        }
    }

    #[test]
    fn the_saved_login_fills_in_everything() {
        let (url_used, pool, token) = complete(None, None, None, Some(saved())).unwrap();
        assert_eq!((url_used, pool.as_deref()), (url("https://a.example"), Some("saved-pool")));
        assert_eq!(token.expose_secret(), "saved-token");
    }

    #[test]
    fn a_saved_token_stays_with_its_server() {
        for other in ["https://b.example", "https://a.example:8443", "https://a.example/path"] {
            let error = complete(Some(url(other)), Some("p".into()), None, Some(saved())).unwrap_err();
            assert_eq!((error.exit(), error.code()), (Exit::Auth, "not_logged_in"), "{other}");
        }
    }

    #[test]
    fn a_saved_pool_stays_with_its_server() {
        let token = SecretString::from("t");
        let (_, pool, _) =
            complete(Some(url("https://b.example")), None, Some(token), Some(saved())).unwrap();
        assert_eq!(pool, None);
    }

    #[test]
    fn without_any_setting_there_is_no_server() {
        assert_eq!(complete(None, None, None, None).unwrap_err().exit(), Exit::Usage);
    }
}
