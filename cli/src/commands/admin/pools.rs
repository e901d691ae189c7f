//! `octopool admin pools`: see what pools there are, set their policies, delete them.

mod delete;
mod list;
mod set_policy;
mod show;

use clap::{Args, Subcommand};
use octopool_api_types::{Pool, PoolPolicy};

use crate::error::{Exit, Result};
use crate::output::Output;

/// See what pools there are, set their policies, delete them.
#[derive(Args)]
pub(crate) struct PoolsCommands {
    #[command(subcommand)]
    command: PoolsCommand,
}

#[derive(Subcommand)]
enum PoolsCommand {
    List(list::ListArgs),
    Show(show::ShowArgs),
    SetPolicy(set_policy::SetPolicyArgs),
    Delete(delete::DeleteArgs),
}

pub(super) fn run(commands: &PoolsCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        PoolsCommand::List(args) => list::run(args, output),
        PoolsCommand::Show(args) => show::run(args, output),
        PoolsCommand::SetPolicy(args) => set_policy::run(args, output),
        PoolsCommand::Delete(args) => delete::run(args, output),
    }
}

fn show(pool: &Pool, output: &mut Output) -> Result<Exit> {
    output.line(&format!(
        "pool {}: {} callers, {} identities, policy of {}",
        pool.id, pool.callers_total, pool.identities_total, pool.updated_at
    ))?;
    if let Some(problem) = &pool.policy_problem {
        output
            .warning(&format!("{problem} The pool serves nothing until `octopool admin pools set-policy`."));
    }
    if let Some(policy) = &pool.policy {
        output.line(&format!("  allowed owners: {}", policy.allowed_owners.join(", ")))?;
        output.line(&format!("  also: {}", also(policy)))?;
    }
    Ok(Exit::Done)
}

/// What is allowed beyond the repositories of the allowed owners.
fn also(policy: &PoolPolicy) -> String {
    let parts = [
        (policy.allow_public_repos, "public repositories"),
        (policy.allow_search, "search"),
        (policy.allow_logs, "logs"),
    ];
    let allowed: Vec<_> = parts.iter().filter_map(|(allowed, what)| allowed.then_some(*what)).collect();
    if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") }
}
