//! Verification that an identity works, with at most three requests to GitHub. `ask` sends them,
//! `judge` makes checks of the replies and is pure, `fixes` has the commands that fix a problem.

mod ask;
mod facts;
mod fixes;
mod judge;

use octopool_core::{IdentityId, PoolId};

pub(crate) use ask::skew;
pub(crate) use facts::{CHECK_API_URL, Refusal, Site, Subject, TokenFault, not_of_github};
pub(crate) use judge::{LARGEST_SKEW_SECONDS, difference};

#[cfg(test)]
pub(crate) use judge::tests::provoked;

use super::sql::lifecycle;
use crate::app::App;
use crate::ports::DatabaseError;

/// The result of a verification.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verification {
    /// The checks, in order. A check that depends on a failed one is left out.
    pub checks: Vec<Check>,
    /// Whether GitHub did not reply, so that verifying further identities would only run into
    /// timeouts.
    pub github_down: bool,
}

/// A check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Check {
    /// Its name, for programs.
    pub name: &'static str,
    /// The problem, if the check failed.
    pub fault: Option<Fault>,
    /// What works but could be safer. A check with a warning has passed.
    pub warning: Option<Fault>,
}

/// A problem, and the command that fixes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// One sentence, without anything of the secret or of an upstream's response.
    pub problem: String,
    /// A command.
    pub fix: String,
}

impl Check {
    /// A check that passed without a warning.
    pub(crate) fn passed(name: &'static str) -> Self {
        Self { name, fault: None, warning: None }
    }
}

impl Verification {
    /// Whether every check passed.
    pub(crate) fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.fault.is_none())
    }

    /// Adds a check that passed.
    pub(crate) fn pass(&mut self, name: &'static str) {
        self.checks.push(Check::passed(name));
    }

    /// Adds a check that failed.
    pub(crate) fn fail(&mut self, name: &'static str, problem: impl Into<String>, fix: impl Into<String>) {
        let fault = Some(Fault { problem: problem.into(), fix: fix.into() });
        self.checks.push(Check { fault, ..Check::passed(name) });
    }

    /// Adds a check that passed with a warning.
    pub(crate) fn warn(&mut self, name: &'static str, problem: impl Into<String>, fix: impl Into<String>) {
        let warning = Some(Fault { problem: problem.into(), fix: fix.into() });
        self.checks.push(Check { warning, ..Check::passed(name) });
    }

    /// Adds a check that failed and ends the verification.
    #[must_use]
    pub(crate) fn failed(
        mut self,
        name: &'static str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        self.fail(name, problem, fix);
        self
    }
}

/// Verifies an identity of a pool; `None` if the pool has no such identity.
pub(crate) async fn verify_identity(
    app: &App,
    pool: &PoolId,
    id: &IdentityId,
) -> Result<Option<Verification>, DatabaseError> {
    let Some(row) = lifecycle::find(app.database(), pool, id).await? else { return Ok(None) };
    Ok(Some(verify_subject(app, &Subject::new(&row.id, &row.pool, &row.spec)).await))
}

/// Verifies an identity, registered or not yet.
pub(crate) async fn verify_subject(app: &App, subject: &Subject) -> Verification {
    let site = Site::new(&app.config.github_api_url, app.config.allowed_org.as_str());
    match subject.installation {
        None => judge::pat(subject, &site, &ask::ask_pat(app, subject).await),
        Some(installation) => {
            judge::app(subject, installation, &site, &ask::ask_app(app, subject, installation).await)
        }
    }
}
