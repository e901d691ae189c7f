//! `octopool health`.

use std::collections::BTreeMap;

use clap::Args;
use octopool_api_types::{IdentityHealth, PoolHealth, paths};

use crate::error::{Exit, Result};
use crate::output::Output;
use crate::output::spelled;
use crate::session::{CallerArgs, Session};
use crate::table::{self, Column};

const AFTER_HELP: &str = "\
Examples:
  octopool health
  octopool health --pool triage
  octopool health --json | jq .identities_healthy";

/// Show the health of a pool's identities: which serve, which cool down, and what is left of their
/// rate limits.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    caller: CallerArgs,
}

const COLUMNS: [Column<IdentityHealth>; 5] = [
    Column::text("IDENTITY", 0, |identity| identity.id.clone()),
    Column::whole("KIND", 2, |identity| spelled(&identity.kind)),
    Column::state("STATUS", 1, |identity| spelled(&identity.status), |identity| identity.status.into()),
    Column::time("COOLDOWN UNTIL", 1, |identity| table::optional(identity.cooldown_until.as_deref())),
    Column::text("REMAINING", 2, |identity| remaining(&identity.remaining)),
];

pub(super) fn run(args: &HealthArgs, output: &mut Output) -> Result<Exit> {
    let Session { server, pool } = args.caller.session(output)?;
    server.get(&paths::pool_health(&pool))?.show(output, show)
}

fn show(health: &PoolHealth, output: &mut Output) -> Result<Exit> {
    output.line(&format!(
        "{}: {} of {} identities healthy",
        health.pool, health.identities_healthy, health.identities_total
    ))?;
    if let Some(reset) = &health.next_reset {
        output.line(&format!("next rate limit reset: {}", Output::time(reset)))?;
    }
    if health.identities.is_empty() {
        output.note("The pool has no identities; an operator adds them with `octopool admin identity`.");
        return Ok(Exit::Done);
    }
    output.line("")?;
    table::show(&COLUMNS, &health.identities, output)
}

fn remaining(resources: &BTreeMap<String, u64>) -> String {
    let pairs: Vec<_> = resources.iter().map(|(resource, left)| format!("{resource} {left}")).collect();
    if pairs.is_empty() { "unknown".to_owned() } else { pairs.join(", ") }
}
