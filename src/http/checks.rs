//! What was looked at, as the API shows it.

use octopool_api_types::CheckResult;

use crate::provisioning::Check;

pub(super) fn view(check: Check) -> CheckResult {
    let (problem, fix) = check.fault.map(|fault| (fault.problem, fault.fix)).unzip();
    CheckResult { check: check.name.to_owned(), ok: problem.is_none(), subject: None, problem, fix }
}
