//! Checks from outside the server.

use octopool_api_types::{ErrorCode, paths};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::report::Report;
use crate::auth_store::SavedLogin;
use crate::discovery::{self, Destination};
use crate::error::Error;
use crate::http::PlainHttp;
use crate::server_url::ServerUrl;
use crate::session::{self, Known, Session};

/// A larger difference breaks what depends on times; a slow network causes smaller ones.
const LARGEST_SKEW_SECONDS: i64 = 60;

/// Checks the connection to the server, and the login. Returns whether an octopool server was
/// reached.
pub(super) fn examine(known: &Known, report: &mut Report) -> bool {
    let url = &known.url;
    report.pass("url_valid");
    // A wrong value was refused before any command ran.
    let plain_http = session::plain_http().unwrap_or(PlainHttp::Refused);
    if !url.is_private() && plain_http == PlainHttp::Refused {
        let problem = format!("{} is not https, and tokens would be sent unencrypted.", url.origin());
        let https = url.to_string().replacen("http:", "https:", 1);
        report.fail("connection_private", problem, format!("octopool doctor --url {https}"));
        return false;
    }
    report.pass("connection_private");
    let destination = match discovery::discover(url.clone(), plain_http, true) {
        Ok(destination) => destination,
        Err(error) => {
            unreached(url, &error, report);
            return false;
        }
    };
    report.pass("server_reachable");
    judge_destination(url, &destination, report);
    examine_login(known, report);
    true
}

fn judge_destination(url: &ServerUrl, destination: &Destination, report: &mut Report) {
    let api = destination.server.url();
    if api.origin() == url.origin() {
        report.pass("discovery_valid");
    } else {
        let problem = format!("The server says that its API is at {api}.");
        report.fail(
            "discovery_valid",
            problem,
            format!("octopool doctor --url {api}  # if that is the right host"),
        );
    }
    let theirs = destination.date.as_deref().and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
    let Some(theirs) = theirs else {
        return report.skip("clock_agrees", "the server sends no `Date` header");
    };
    let skew = (OffsetDateTime::now_utc() - theirs).whole_seconds();
    if skew.abs() <= LARGEST_SKEW_SECONDS {
        return report.pass("clock_agrees");
    }
    let direction = if skew > 0 { "ahead of" } else { "behind" };
    let problem = format!("This machine's clock is {} seconds {direction} the server's.", skew.abs());
    report.fail("clock_agrees", problem, "sudo timedatectl set-ntp true  # on whichever of the two is wrong");
}

/// Adds the check that explains why no octopool server was reached, and how to fix it.
fn unreached(url: &ServerUrl, error: &Error, report: &mut Report) {
    let look = format!("curl -v {}", url.endpoint(paths::DISCOVERY));
    let (check, fix) = match error.code() {
        "tls" => (
            "connection_private",
            format!("{look}  # shows the certificate; SSL_CERT_FILE names more authorities"),
        ),
        "proxy" => (
            "server_reachable",
            format!("{look}  # uses the same proxy; `env | grep -i proxy` shows which one is set"),
        ),
        "unreachable" | "timeout" => (
            "server_reachable",
            format!("{look}  # and `npx wrangler deployments list`: is it deployed, and is this its URL?"),
        ),
        "upgrade_required" => {
            ("cli_supported", "cargo install --path cli  # in a current checkout of octopool".to_owned())
        }
        code if code == ErrorCode::ConfigurationInvalid.as_str() => (
            "configuration_valid",
            "npm run deploy  # after fixing these under [vars] in wrangler.toml".to_owned(),
        ),
        "not_octopool" | "login_not_offered" | "redirected" => (
            "discovery_valid",
            "octopool doctor --url URL  # with the URL that `npm run deploy` printed".to_owned(),
        ),
        _ => ("discovery_valid", format!("{look}  # and look into the Worker's log: npx wrangler tail")),
    };
    // A certificate that is not trusted shows only after the connection passed as private.
    report.checks.retain(|known| known.check != check);
    if !matches!(check, "server_reachable" | "connection_private") {
        report.pass("server_reachable");
    }
    let fields = error.fields().into_iter().map(|field| format!(" {} {}.", field.field, field.problem));
    let hint = error.hint_lines().iter().find(|hint| hint.starts_with("Without TLS"));
    let details: String = fields.chain(hint.map(|hint| format!(" {hint}"))).collect();
    report.fail(check, format!("{}{details}", error.headline()), fix);
}

/// Whether the saved login works, if there is one for this server.
fn examine_login(known: &Known, report: &mut Report) {
    let url = &known.url;
    let login = match &known.saved {
        Ok(Some(login)) if login.url == *url => login,
        Ok(_) => {
            let how = format!("you are not logged in to this server; `octopool login {url}` logs in");
            return report.skip("login_works", how);
        }
        Err(error) => {
            return report.fail(
                "login_works",
                error.headline(),
                format!("octopool login {url}  # replaces it"),
            );
        }
    };
    match try_login(login) {
        Ok(()) => report.pass("login_works"),
        Err(error) => report.fail(
            "login_works",
            error.headline(),
            format!("octopool login {url} --pool {}  # or ask an admin for a grant", login.pool),
        ),
    }
}

/// Health is the cheapest request that needs the token.
fn try_login(login: &SavedLogin) -> Result<(), Error> {
    let Session { server, pool } = login.session()?;
    server.get(&paths::pool_health(&pool)).map(drop)
}
