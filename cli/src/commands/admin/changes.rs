//! A plan as people read it: `+` what comes, `~` what changes, `-` what goes.

use std::collections::BTreeMap;

use octopool_api_types::{Change, ChangeAction, ChangeKind, FieldChange, PlanResponse, StateDocument, paths};
use serde_json::json;

use super::document;
use crate::error::{Exit, Result};
use crate::http::{Answer, Credential};
use crate::output::Output;
use crate::session::AdminSession;

/// Asks the server what would have to change.
pub(super) fn planned(session: &AdminSession, desired: &StateDocument) -> Result<Answer> {
    let request = json!({ "desired": document::sent(desired) });
    session.server.post(paths::ADMIN_PLAN, Credential::Bearer(&session.token), &request)
}

/// Shows every change with its fields.
pub(super) fn show(plan: &PlanResponse, desired: &StateDocument, output: &mut Output) -> Result<()> {
    let logins = logins(plan, desired);
    for change in &plan.changes {
        output.line(&format!("{} {}", mark(change.action), name(change, &logins)))?;
        for field in &change.fields {
            output.line(&format!("    {}", changed(change.action, field)))?;
        }
    }
    Ok(())
}

/// Says that a plan is empty. It is no result: stdout is for what changes.
pub(super) fn nothing(output: &mut Output) -> Exit {
    output.note("Nothing to do: the server is as the file says.");
    Exit::Done
}

/// How much a plan changes.
pub(super) fn summary(plan: &PlanResponse) -> String {
    let count = |action| plan.changes.iter().filter(|change| change.action == action).count();
    format!(
        "{} to create, {} to update, {} to delete",
        count(ChangeAction::Create),
        count(ChangeAction::Update),
        count(ChangeAction::Delete)
    )
}

fn mark(action: ChangeAction) -> char {
    match action {
        ChangeAction::Create => '+',
        ChangeAction::Update => '~',
        ChangeAction::Delete => '-',
    }
}

/// The logins of the callers, whose numbers tell people nothing.
fn logins<'a>(plan: &'a PlanResponse, desired: &'a StateDocument) -> BTreeMap<&'a str, &'a str> {
    let gone = plan.changes.iter().filter(|change| change.kind == ChangeKind::Caller).filter_map(|change| {
        let field = change.fields.iter().find(|field| field.field == "github_login")?;
        Some((change.id.as_str(), field.before.as_str()?))
    });
    let wanted = desired.callers.iter().map(|(id, caller)| (id.as_str(), caller.github_login.as_str()));
    gone.chain(wanted).collect()
}

fn name(change: &Change, logins: &BTreeMap<&str, &str>) -> String {
    let (id, pool) = (change.id.as_str(), change.pool.as_deref().unwrap_or("?"));
    let login = logins.get(id).map(|login| format!(" ({login})")).unwrap_or_default();
    match change.kind {
        ChangeKind::Pool => format!("pool {id}"),
        ChangeKind::Identity => format!("identity {id} of pool {pool}"),
        ChangeKind::Caller => format!("caller {id}{login}"),
        ChangeKind::Grant => format!("grant for pool {pool} of caller {id}{login}"),
    }
}

fn changed(action: ChangeAction, field: &FieldChange) -> String {
    let FieldChange { field, before, after } = field;
    match action {
        ChangeAction::Create => format!("{field}: {after}"),
        ChangeAction::Update => format!("{field}: {before} → {after}"),
        ChangeAction::Delete => format!("{field}: {before}"),
    }
}
