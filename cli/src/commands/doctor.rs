//! `octopool doctor`.

mod inside;
mod outside;
mod report;

use clap::Args;

use self::report::Report;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

/// Find out what is wrong with a deployment, and how to fix it.
///
/// Checks from outside: URL, TLS, discovery, clock, the saved login. With the admin token in the
/// environment it also lets the server check itself: bindings, database, org token, App id and
/// every identity. Changes nothing.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool doctor
  octopool doctor --url https://octopool.example.com --json | jq '.checks[] | select(.ok | not)'

Exit codes:
  0  every check passed
  1  a check failed
  4  the server refuses the admin token")]
pub(crate) struct DoctorArgs {
    /// Verify only this pool's identities.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    #[command(flatten)]
    server: AdminServerArgs,
}

pub(super) fn run(args: &DoctorArgs, output: &mut Output) -> Result<Exit> {
    const INSIDE: &str = "everything inside the server";
    let pool = args.pool.as_deref().map(|pool| session::path_name("pool", pool)).transpose()?;
    let known = args.server.known(output)?;
    let mut report = Report::default();
    let is_reached = outside::examine(&known, &mut report);
    match (is_reached, &known.admin_token) {
        (true, Some(token)) => inside::examine(&known.url, token, pool.as_deref(), &mut report),
        (true, None) => {
            let url = &known.url;
            let how = format!(
                "set OCTOPOOL_ADMIN_TOKEN in the environment and run `octopool doctor --url {url}` again"
            );
            report.skip(INSIDE, how);
        }
        (false, _) => report.skip(INSIDE, "fix what is wrong above first"),
    }
    report.show(&known.url.to_string(), output)
}
