//! Proof that an identity works, without spending more than three GitHub requests: what is asked is in `ask`, what is made of the answers in
//! `judge`, which is pure, and the commands that mend it in `fixes`.

mod ask;
mod facts;
mod fixes;
mod judge;

use octopool_core::{IdentityId, PoolId};

pub(crate) use ask::skew;
use facts::Site;
pub(crate) use facts::{Refusal, Subject};
pub(crate) use judge::{LARGEST_SKEW_SECONDS, difference};

use super::sql::lifecycle;
use crate::app::App;
use crate::ports::DatabaseError;

/// What was looked at, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verification {
    /// The checks. What depends on one that failed is not among them.
    pub checks: Vec<Check>,
    /// Whether GitHub gave no answer to go by, so that asking about the next identity would only be waiting.
    pub github_down: bool,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Check {
    /// Its name, for programs.
    pub name: &'static str,
    /// What is wrong and the command that mends it, if something is.
    pub fault: Option<Fault>,
    /// What works but could be safer, and the command for it. A check with a warning has passed.
    pub warning: Option<Fault>,
}

/// What is wrong, and the command that mends it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// One sentence; nothing of the secret or of an upstream answer is in it.
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
    /// Whether everything passed.
    pub(crate) fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.fault.is_none())
    }

    /// Notes that something is well.
    pub(crate) fn pass(&mut self, name: &'static str) {
        self.checks.push(Check::passed(name));
    }

    /// Notes that something is not.
    pub(crate) fn fail(&mut self, name: &'static str, problem: impl Into<String>, fix: impl Into<String>) {
        let fault = Some(Fault { problem: problem.into(), fix: fix.into() });
        self.checks.push(Check { fault, ..Check::passed(name) });
    }

    /// Notes that something is well and could be safer.
    pub(crate) fn warn(&mut self, name: &'static str, problem: impl Into<String>, fix: impl Into<String>) {
        let warning = Some(Fault { problem: problem.into(), fix: fix.into() });
        self.checks.push(Check { warning, ..Check::passed(name) });
    }

    /// The same as the last word.
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
