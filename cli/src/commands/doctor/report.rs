//! What the doctor found.

use octopool_api_types::CheckResult;
use serde_json::json;

use crate::checks;
use crate::error::{Exit, Result};
use crate::output::Output;

/// The checks, and what was not checked.
#[derive(Default)]
pub(super) struct Report {
    pub(super) checks: Vec<CheckResult>,
    /// The name of a check, and how to have it checked.
    skipped: Vec<(&'static str, String)>,
    /// Whether the server refused the admin token.
    pub(super) refused: bool,
}

impl Report {
    pub(super) fn pass(&mut self, check: &str) {
        self.checks.push(checks::passed(check));
    }

    pub(super) fn fail(&mut self, check: &str, problem: impl Into<String>, fix: impl Into<String>) {
        self.checks.push(checks::failed(check, problem, fix));
    }

    pub(super) fn skip(&mut self, check: &'static str, how: impl Into<String>) {
        self.skipped.push((check, how.into()));
    }

    /// Adds what the server checked of itself. Server and command line check some of the same, such
    /// as the clock: what passed twice is said once, and what the server checked is not skipped.
    pub(super) fn add(&mut self, checks: Vec<CheckResult>) {
        for check in checks {
            self.skipped.retain(|(skipped, _)| *skipped != check.check);
            if !self.checks.contains(&check) {
                self.checks.push(check);
            }
        }
    }

    /// Prints the report about the server at `url`. Returns how the command ends.
    pub(super) fn show(&self, url: &str, output: &mut Output) -> Result<Exit> {
        let exit = self.exit();
        if output.is_json() {
            let skipped = self.skipped.iter().map(|(check, how)| json!({ "check": check, "how": how }));
            let skipped: Vec<_> = skipped.collect();
            let ok = exit == Exit::Done;
            let report = json!({ "ok": ok, "url": url, "checks": self.checks, "skipped": skipped });
            return output.value(&report).map(|_| exit);
        }
        for check in &self.checks {
            checks::show(check, output)?;
        }
        for (check, how) in &self.skipped {
            output.line(&format!("- {check}: not checked; {how}"))?;
        }
        output.line(&format!("{url}: {}", self.verdict())).map(|_| exit)
    }

    fn failures(&self) -> usize {
        self.checks.iter().filter(|check| !check.ok).count()
    }

    fn exit(&self) -> Exit {
        match self.failures() {
            _ if self.refused => Exit::Auth,
            0 => Exit::Done,
            _ => Exit::Failed,
        }
    }

    fn verdict(&self) -> String {
        match self.failures() {
            0 if self.skipped.is_empty() => "every check passed".to_owned(),
            0 => "every check that was made passed".to_owned(),
            1 => "one check failed".to_owned(),
            count => format!("{count} checks failed"),
        }
    }
}
