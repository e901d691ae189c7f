//! Checks that the server makes of itself.

use octopool_api_types::{Doctor, ErrorCode, paths};
use secrecy::SecretString;
use semver::Version;

use super::report::Report;
use crate::error::{Error, Exit, Result};
use crate::http::{Credential, PlainHttp, Server};
use crate::server_url::ServerUrl;

/// How many identities each page verifies: few enough to answer in time, even if GitHub is slow.
const IDENTITIES: &str = "4";

/// Adds the checks of all pages of the server's report.
pub(super) fn examine(url: &ServerUrl, token: &SecretString, pool: Option<&str>, report: &mut Report) {
    let mut cursor = None;
    let mut first = true;
    loop {
        let page = match read(url, token, pool, cursor.as_deref()) {
            Ok(page) => page,
            Err(error) => return refused(&error, first, report),
        };
        if first {
            report.pass("admin_token_accepted");
            judge_version(&page.version, report);
        }
        first = false;
        report.add(page.checks);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return;
        }
    }
}

fn read(url: &ServerUrl, token: &SecretString, pool: Option<&str>, cursor: Option<&str>) -> Result<Doctor> {
    // Plain http can be allowed to callers only; the admin token opens everything.
    let server = Server::new(url.clone(), PlainHttp::Refused)?.with(Credential::Admin(token.clone()));
    let parameters = [("pool", pool), ("limit", Some(IDENTITIES)), ("cursor", cursor)];
    server.query(paths::ADMIN_DOCTOR, &parameters)?.decode()
}

fn refused(error: &Error, first: bool, report: &mut Report) {
    let put = "npx wrangler secret put OCTOPOOL_ADMIN_TOKEN";
    // A token for one pool is accepted, but the request has to name the pool.
    report.refused = error.exit() == Exit::Auth;
    let (check, fix) = match error.server_code() {
        Some(ErrorCode::AdminUnconfigured) => ("admin_token_accepted", put.to_owned()),
        Some(ErrorCode::PoolDenied) => (
            "pool_allowed",
            "octopool doctor --pool POOL  # the pool that this admin token is for".to_owned(),
        ),
        _ if report.refused => {
            let fix = format!("{put}  # or set OCTOPOOL_ADMIN_TOKEN here to the Worker's value");
            ("admin_token_accepted", fix)
        }
        _ if error.exit() == Exit::Usage => {
            ("connection_private", "octopool doctor --url URL  # the same with https".to_owned())
        }
        Some(ErrorCode::NotFound) => {
            let fix = "npm run deploy  # from a current checkout: the server is older than this octopool";
            ("version_matches", fix.to_owned())
        }
        Some(ErrorCode::PoolNotFound) => ("pool_known", "octopool admin pools list".to_owned()),
        _ => ("server_examined", "npx wrangler tail  # shows the cause while you run this again".to_owned()),
    };
    if first && check != "admin_token_accepted" && error.exit() != Exit::Usage {
        report.pass("admin_token_accepted");
    }
    report.checks.retain(|known| known.check != check);
    report.fail(check, error.headline(), fix);
}

/// Server and command line are built from one checkout; if more than the patch number differs, they
/// may not support each other.
fn judge_version(theirs: &str, report: &mut Report) {
    let own = env!("CARGO_PKG_VERSION");
    let line = |text: &str| Version::parse(text).map(|version| (version.major, version.minor)).ok();
    let problem = format!("The server is octopool {theirs}, this is {own}.");
    match (line(theirs), line(own)) {
        (theirs, own) if theirs == own => report.pass("version_matches"),
        (theirs, own) if theirs < own => {
            report.fail("version_matches", problem, "npm run deploy  # from a current checkout");
        }
        _ => report.fail("version_matches", problem, "cargo install --path cli  # in a current checkout"),
    }
}
