//! Checks, as the API shows them.

use octopool_api_types::CheckResult;

use crate::identities::Check;

pub(crate) fn view(check: Check) -> CheckResult {
    let (problem, fix) = check.fault.map(|fault| (fault.problem, fault.fix)).unzip();
    let (warning, advice) = check.warning.map(|warning| (warning.problem, warning.fix)).unzip();
    let (check, ok) = (check.name.to_owned(), problem.is_none());
    CheckResult { check, ok, subject: None, problem, fix, warning, advice }
}
