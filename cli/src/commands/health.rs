//! `octopool health`.

use std::collections::BTreeMap;

use clap::Args;
use octopool_api_types::{IdentityHealth, IdentityKind, IdentityStatus, PoolHealth, paths};

use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::CallerArgs;
use crate::table;

const AFTER_HELP: &str = "\
Examples:
  octopool health
  octopool health --pool triage
  octopool health --json | jq .identities_healthy";

/// Show how a pool's identities are: which serve, which cool down, what is left of their rate limits.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    caller: CallerArgs,
}

pub(super) fn run(args: &HealthArgs, output: &mut Output) -> Result<Exit> {
    let session = args.caller.session(output)?;
    let answer =
        session.server.get(&paths::pool_health(&session.pool), Credential::Bearer(&session.token))?;
    if output.is_json() {
        return output.document(answer.text());
    }
    show(&answer.decode()?, output)
}

fn show(health: &PoolHealth, output: &mut Output) -> Result<Exit> {
    output.line(&format!(
        "{}: {} of {} identities healthy",
        health.pool, health.identities_healthy, health.identities_total
    ))?;
    if let Some(reset) = &health.next_reset {
        output.line(&format!("next rate limit reset: {reset}"))?;
    }
    if health.identities.is_empty() {
        output.note("The pool has no identities; an operator adds them with `octopool admin identity`.");
        return Ok(Exit::Done);
    }
    output.line("")?;
    let rows: Vec<_> = health.identities.iter().map(row).collect();
    for line in table::lines(&["IDENTITY", "KIND", "STATUS", "COOLDOWN UNTIL", "REMAINING"], &rows) {
        output.line(&line)?;
    }
    Ok(Exit::Done)
}

fn row(identity: &IdentityHealth) -> Vec<String> {
    let cooldown = identity.cooldown_until.as_deref().unwrap_or("-");
    vec![
        identity.id.clone(),
        kind(identity.kind).to_owned(),
        status(identity.status).to_owned(),
        cooldown.to_owned(),
        remaining(&identity.remaining),
    ]
}

fn remaining(resources: &BTreeMap<String, u64>) -> String {
    let pairs: Vec<_> = resources.iter().map(|(resource, left)| format!("{resource} {left}")).collect();
    if pairs.is_empty() { "unknown".to_owned() } else { pairs.join(", ") }
}

/// As the API spells it, so that what is read here can be typed elsewhere.
pub(super) fn kind(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Pat => "pat",
        IdentityKind::GithubApp => "github_app",
    }
}

pub(super) fn status(status: IdentityStatus) -> &'static str {
    match status {
        IdentityStatus::Active => "active",
        IdentityStatus::Disabled => "disabled",
    }
}
