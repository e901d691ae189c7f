//! `octopool doctor`.

mod inside;
mod outside;

use clap::Args;
use octopool_api_types::CheckResult;
use serde_json::json;

use crate::checks;
use crate::error::{Exit, Result};
use crate::output::Output;
use crate::session::{self, AdminServerArgs};

const AFTER_HELP: &str = "\
Examples:
  octopool doctor
  octopool doctor --url https://octopool.example.com --json | jq '.checks[] | select(.ok | not)'

Exit codes:
  0  all is well
  1  something is wrong
  4  the server refuses the admin token";

/// Find out what is wrong with a deployment, and what mends it.
///
/// Looks from outside: URL, TLS, discovery, clock, the saved login. With the admin token in the environment
/// it also lets the server look from inside: bindings, database, org token, App id and every identity.
/// Changes nothing.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct DoctorArgs {
    /// Verify this pool's identities only.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    #[command(flatten)]
    server: AdminServerArgs,
}

/// What was found, and what was not looked at.
#[derive(Default)]
struct Report {
    checks: Vec<CheckResult>,
    /// A check, and how to have it looked at.
    skipped: Vec<(&'static str, String)>,
    refused: bool,
}

impl Report {
    fn pass(&mut self, check: &str) {
        self.checks.push(checks::passed(check));
    }

    fn fail(&mut self, check: &str, problem: impl Into<String>, fix: impl Into<String>) {
        self.checks.push(checks::failed(check, problem, fix));
    }

    fn skip(&mut self, check: &'static str, how: impl Into<String>) {
        self.skipped.push((check, how.into()));
    }

    fn exit(&self) -> Exit {
        if self.refused {
            Exit::Auth
        } else if self.checks.iter().all(|check| check.ok) {
            Exit::Done
        } else {
            Exit::Failed
        }
    }
}

pub(super) fn run(args: &DoctorArgs, output: &mut Output) -> Result<Exit> {
    let pool = args.pool.as_deref().map(|pool| session::path_name("pool", pool)).transpose()?;
    let known = args.server.known(output)?;
    let mut report = Report::default();
    let reached = outside::examine(&known, &mut report);
    match (reached, &known.admin_token) {
        (true, Some(token)) => inside::examine(&known.url, token, pool.as_deref(), &mut report),
        (true, None) => {
            let how = format!(
                "set OCTOPOOL_ADMIN_TOKEN in the environment and run `octopool doctor --url {}` again",
                known.url
            );
            report.skip("everything inside the server", how);
        }
        (false, _) => report.skip("everything inside the server", "mend what is wrong above first"),
    }
    let url = known.url.to_string();
    if output.is_json() {
        let skipped: Vec<_> =
            report.skipped.iter().map(|(check, how)| json!({ "check": check, "how": how })).collect();
        let ok = report.exit() == Exit::Done;
        output.value(&json!({ "ok": ok, "url": url, "checks": report.checks, "skipped": skipped }))?;
    } else {
        show(&url, &report, output)?;
    }
    Ok(report.exit())
}

fn show(url: &str, report: &Report, output: &mut Output) -> Result<Exit> {
    for check in &report.checks {
        checks::show(check, output)?;
    }
    for (check, how) in &report.skipped {
        output.line(&format!("- {check}: not looked at; {how}"))?;
    }
    let verdict = match report.checks.iter().filter(|check| !check.ok).count() {
        0 if report.skipped.is_empty() => "all is well".to_owned(),
        0 => "all that was looked at is well".to_owned(),
        1 => "one thing is wrong".to_owned(),
        count => format!("{count} things are wrong"),
    };
    output.line(&format!("{url}: {verdict}"))
}
