//! Checks of a deployment or an identity: each passes, or names the command that fixes it.

use octopool_api_types::CheckResult;

use crate::error::{Exit, Result};
use crate::output::Output;

/// A check that passed.
pub(crate) fn passed(check: &str) -> CheckResult {
    CheckResult {
        check: check.to_owned(),
        ok: true,
        subject: None,
        problem: None,
        fix: None,
        warning: None,
        advice: None,
    }
}

/// A check that failed.
pub(crate) fn failed(check: &str, problem: impl Into<String>, fix: impl Into<String>) -> CheckResult {
    CheckResult { ok: false, problem: Some(problem.into()), fix: Some(fix.into()), ..passed(check) }
}

/// Prints a check for people.
pub(crate) fn show(check: &CheckResult, output: &mut Output) -> Result<Exit> {
    let subject = check.subject.as_ref().map(|subject| format!(" {subject}")).unwrap_or_default();
    let problem = check.problem.as_ref().or(check.warning.as_ref());
    let problem = problem.map(|problem| format!(": {problem}")).unwrap_or_default();
    let line = format!("{}{subject}{problem}", check.check);
    let shown = match &check.warning {
        Some(_) if check.ok => output.warning_line(&line)?,
        _ => output.check(check.ok, &line)?,
    };
    match (&check.fix, &check.advice) {
        (Some(fix), _) => output.line(&format!("    fix: {fix}")),
        (None, Some(advice)) => output.line(&format!("    safer: {advice}")),
        (None, None) => Ok(shown),
    }
}
