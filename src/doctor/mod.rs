//! Checks of the deployment from inside: its bindings, secrets, database, clock, and every
//! identity. The checks themselves are in `judge`, which is pure.

pub(crate) mod http;
mod judge;
#[cfg(test)]
mod problems;
mod schema;
mod sql;

use octopool_core::PoolId;
use secrecy::ExposeSecret as _;

pub use schema::{MIGRATIONS, schema_version};

use self::sql as stored_schema;
use crate::app::App;
use crate::change::ChangeError;
use crate::config::ORG_TOKEN;
use crate::identities::{self, Check, StoredIdentity, Subject, TokenFault, deployment_app, verify_subject};
use crate::ports::coordinator::{CoordinatorReply, CoordinatorRequest};
use crate::ports::{Bound, DatabaseError};
use crate::sql::{Page, RowOf, Window};

/// A check, and the identity that it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Finding {
    /// The identity as `pool/id`; `None` for a check of the deployment.
    pub subject: Option<String>,
    /// The check.
    pub check: Check,
}

/// The result of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Round {
    /// All checks, in order.
    pub findings: Vec<Finding>,
    /// The last identity that was checked, if there are more.
    pub next: Option<String>,
}

/// What to check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Examined {
    /// The identities and the deployment: its database, its settings, and its own secrets.
    Deployment,
    /// The identities of one pool, for an admin who is restricted to it.
    Pool,
}

/// Checks the deployment and its first identities, or the identities after `after`. What cannot be
/// read is a failed check, not an error.
pub(crate) async fn examine(
    app: &App,
    examined: Examined,
    pool: Option<&PoolId>,
    window: &Window,
) -> Result<Round, ChangeError> {
    let mut round = Round::default();
    let (mut github_down, mut told) = (false, false);
    if examined == Examined::Deployment && window.after.is_none() {
        let facts = ask(app).await;
        github_down = facts.org.is_github_down();
        // Without all tables the list of identities cannot be read either.
        told = facts.schema.as_ref().is_none_or(|schema| !schema::missing(schema).is_empty());
        let site = identities::Site::new(&app.config.github_api_url, app.config.allowed_org.as_str());
        let checks = judge::deployment(&site, &facts);
        round.findings = checks.into_iter().map(|check| Finding { subject: None, check }).collect();
    }
    match identities::list_active_identities(app, pool, window).await {
        Ok(page) => examine_identities(app, page, github_down, &mut round).await,
        // Later pages do not repeat the checks of the deployment.
        Err(ChangeError::Database(_)) if told => {}
        Err(error) => return Err(error),
    }
    Ok(round)
}

async fn examine_identities(
    app: &App,
    page: Page<RowOf<StoredIdentity>>,
    mut github_down: bool,
    round: &mut Round,
) {
    let mut skipped = 0;
    let last = page.rows.last().map(|(id, _)| id.clone());
    for (id, row) in page.rows {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                log(app, &error);
                round.findings.push(Finding { subject: Some(id), check: judge::unreadable() });
                continue;
            }
        };
        // Each further request would take as long as the first one to time out.
        if github_down {
            skipped += 1;
            continue;
        }
        let verification = verify_subject(app, &Subject::new(&row.id, &row.pool, &row.spec)).await;
        github_down = verification.github_down;
        let subject = format!("{}/{}", row.pool, row.id);
        let findings = judge::identity(verification).into_iter();
        round.findings.extend(findings.map(|check| Finding { subject: Some(subject.clone()), check }));
    }
    if github_down && (skipped > 0 || page.more) {
        round.findings.push(Finding { subject: None, check: judge::not_verified(skipped, page.more) });
    } else {
        round.next = last.filter(|_| page.more);
    }
}

/// The database's own message goes to the log only.
fn log(app: &App, error: &DatabaseError) {
    let event = serde_json::json!({ "level": "error", "task": "doctor", "cause": error.to_string() });
    app.ports.log.error(&event);
}

async fn ask(app: &App) -> judge::Facts {
    let schema = stored_schema::read(app.database()).await;
    if let Err(error) = &schema {
        log(app, error);
    }
    let coordinator =
        app.ports.coordinators.ask(&app.config.default_login_pool, CoordinatorRequest::Health).await;
    let apps = identities::count_apps(app).await;
    judge::Facts {
        schema: schema.ok(),
        coordinator: matches!(coordinator, Ok(CoordinatorReply::Health(_))),
        app_needed: apps.ok().map(|apps| apps > 0),
        app_id: deployment_app(app).map(|app_id| app_id.is_ok()),
        org: ask_with_org_token(app).await,
    }
}

/// Reads the account of the org token, and whether the token can read members: its account has to
/// be a member itself.
async fn ask_with_org_token(app: &App) -> judge::OrgFacts {
    let bound = app.ports.secrets.bound(ORG_TOKEN);
    let mut facts = judge::OrgFacts { bound: !matches!(bound, Bound::Missing), ..judge::OrgFacts::default() };
    let Some(token) = bound.text() else { return facts };
    facts.filled = true;
    facts.fault = TokenFault::of(token.expose_secret());
    if facts.fault.is_some() {
        return facts;
    }
    let sent = app.now();
    let user = app.github().probe_user(&token).await;
    facts.skew = user.date.map(|date| crate::identities::skew(date, sent, app.now()));
    match user.answer {
        Err(error) => facts.account = Some(Err((&error).into())),
        Ok(account) => {
            facts.account = Some(Ok(()));
            let membership =
                app.github().org_membership(&app.config.allowed_org, &account.login, &token).await;
            let is_own = |membership: crate::github::Membership| membership.account == account.id;
            let membership = membership.map(|found| found.is_some_and(is_own));
            if matches!(membership, Ok(false)) {
                // Either the account is not a member, or there is no such organization.
                facts.org_exists = app.github().org_exists(&app.config.allowed_org, &token).await.ok();
            }
            facts.membership = Some(membership.map_err(|error| (&error).into()));
        }
    }
    facts
}
