//! `octopool admin import`: the database of octopool's TypeScript original.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use octopool_api_types::{
    Caller, Client, Discovery, ErrorCode, PlanResponse, ProvisionCallerRequest, ProvisionCallerResponse,
    StateDocument, StateResponse, paths,
};
use serde_json::{Value, json};

use super::change::RemovalArgs;
use super::list::all;
use super::{document, state};
use crate::error::{Error, Exit, Result};
use crate::http::Server;
use crate::import::{Account, Import, Question, Tables, Target, carry_over, questions, read};
use crate::input;
use crate::output::Output;
use crate::session::AdminServerArgs;

/// The largest dump. The tables that matter take a few of it; the rest is the audit.
const LARGEST_DUMP: u64 = 64 * 1024 * 1024;

/// Take over the pools, identities and callers of octopool's TypeScript original (0.5 to 0.9).
///
/// Reads what `wrangler d1 export` writes, shows what becomes of everything that cannot be carried
/// over as it is, then the changes on this server, and applies them after a confirmation: all of
/// them in one step, or nothing. Callers keep their tokens. What this server has and the dump does
/// not name stays; nothing is deleted. It can be run again.
#[derive(Args)]
#[command(after_help = "\
Examples:
  npx wrangler d1 export OLD-DATABASE --remote --output dump.sql   # in the old checkout
  octopool admin import dump.sql --dry-run
  octopool admin import dump.sql
  octopool admin import dump.sql --yes --json | jq .not_carried_over")]
pub(super) struct ImportArgs {
    /// The dump, as SQL text; `-` is stdin.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &ImportArgs, output: &mut Output) -> Result<Exit> {
    let tables = dump(&args.file)?;
    let server = args.admin.server(output)?;
    let target = target(&server, &tables, output)?;
    let import = carry_over(&tables, &target);
    refuse_unreadable_policies(&import.desired)?;
    let answer = state::request_plan(&server, &import.desired)?;
    let plan: PlanResponse = answer.decode()?;
    if !output.is_json() {
        show_findings(&import, output)?;
    }
    if plan.changes.is_empty() {
        return show_nothing(&import, &plan, args, output);
    }
    if !output.is_json() {
        state::show_changes(&plan, &import.desired, output)?;
    }
    let summary = state::summary(&plan);
    args.removal.confirm(output, &format!("Import {}: {summary}?", args.file.display()))?;
    let request = json!({ "desired": document::sent(&import.desired), "state_hash": plan.state_hash });
    let applied: PlanResponse = server.post(&args.removal.path(paths::ADMIN_APPLY), &request)?.decode()?;
    if output.is_json() {
        return output.value(&result(&import, &applied, args));
    }
    args.removal.report(output, &format!("imported {summary}"))?;
    show_next_steps(&import, args, output);
    Ok(Exit::Done)
}

fn dump(file: &Path) -> Result<Tables> {
    let name = file.display();
    let refused = |problem: String| {
        Error::failed("invalid_file", format!("{name} cannot be imported: {problem}.")).hint(
            "In the old checkout, `npx wrangler d1 export DATABASE --remote --output dump.sql` writes a dump. \
             If it is too large, add `--table` for pools, callers, caller_pools, caller_tokens, identities and \
             identity_scopes.",
        )
    };
    let text = input::read_at_most(file, LARGEST_DUMP).map_err(refused)?;
    if text.starts_with("SQLite format 3") {
        return Err(refused("it is a database file, and not the SQL text of an export".to_owned()));
    }
    read(text.trim_start_matches('\u{feff}')).map_err(refused)
}

/// What the server has.
fn target(server: &Server, tables: &Tables, output: &mut Output) -> Result<Target> {
    let discovery: Discovery = server.get(paths::DISCOVERY)?.decode()?;
    let StateResponse { state, .. } = server.get(paths::ADMIN_STATE)?.decode()?;
    let questions = questions(tables, &discovery.allowed_org);
    if !questions.is_empty() {
        let accounts = counted(questions.len(), "account", "accounts");
        output.note(&format!("Looking up the ids of {accounts} that the dump does not have …"));
    }
    let mut accounts = BTreeMap::new();
    for question in questions {
        let login = question.login.to_ascii_lowercase();
        accounts.insert(login, ask(server, question)?);
    }
    let clients = if state.callers.is_empty() { BTreeMap::new() } else { clients(server)? };
    Ok(Target { org: discovery.allowed_org, state, clients, accounts })
}

/// The clients that the server's callers have, by account.
fn clients(server: &Server) -> Result<BTreeMap<String, Vec<Client>>> {
    let callers: Vec<Caller> = all(server, paths::ADMIN_CALLERS, &[], "callers")?;
    Ok(callers.into_iter().map(|caller| (caller.github_user_id.to_string(), caller.clients)).collect())
}

/// Asks the server whose login it is, by a provisioning that it checks and does not make.
fn ask(server: &Server, question: Question) -> Result<Account> {
    let Question { login, pool } = question;
    let request = ProvisionCallerRequest { pool, github_login: login, name: None, client: None };
    match server.post(&format!("{}?dry_run=true", paths::ADMIN_CALLERS), &request) {
        Ok(answer) => Ok(Account::Member(answer.decode::<ProvisionCallerResponse>()?.caller.github_user_id)),
        Err(error) if error.server_code().is_some_and(is_about_the_account) => {
            Ok(Account::Unknown(error.message().trim_end_matches('.').to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// Whether an error says something of the account, or that GitHub cannot be asked for it. Any other
/// one would come for every account, and ends the import.
fn is_about_the_account(code: ErrorCode) -> bool {
    [
        ErrorCode::GithubUserNotFound,
        ErrorCode::GithubUserLookupFailed,
        ErrorCode::OrgMemberDenied,
        ErrorCode::GithubIdentityMismatch,
        ErrorCode::OrgVerificationFailed,
        ErrorCode::OrgVerificationUnavailable,
        ErrorCode::CallerDisabled,
        ErrorCode::InvalidRequest,
    ]
    .contains(&code)
}

/// A pool whose policy the server cannot read would get the policy of a new one by being sent back.
fn refuse_unreadable_policies(desired: &StateDocument) -> Result<()> {
    match desired.pools.iter().find(|(_, pool)| pool.policy.is_none()) {
        None => Ok(()),
        Some((id, _)) => Err(Error::failed(
            "pool_policy_unavailable",
            format!("This server cannot read the policy of its pool {id}, so no plan can be made. Nothing was changed."),
        )
        .hint(format!("Write one: `octopool admin pools set-policy {id} -f policy.json`. Then import again."))),
    }
}

fn show_findings(import: &Import, output: &mut Output) -> Result<()> {
    let counts = import.counts;
    output.note(&format!(
        "To carry over: {}, {}, {} with {}.",
        counted(counts.pools, "pool", "pools"),
        counted(counts.identities, "identity", "identities"),
        counted(counts.callers, "caller", "callers"),
        counted(counts.clients, "token", "tokens"),
    ));
    let findings = &import.findings;
    if !findings.adjusted.is_empty() {
        output.line("To carry over with a change:")?;
    }
    for finding in &findings.adjusted {
        let (kind, id) = (finding.kind.as_str(), &finding.id);
        output.line(&format!("  {kind} `{id}`: {} → {}", finding.problem, finding.result))?;
    }
    if !findings.left_out.is_empty() {
        output.line("Not carried over:")?;
    }
    for finding in &findings.left_out {
        output.line(&format!("  {} `{}`: {}", finding.kind.as_str(), finding.id, finding.reason))?;
        if let Some(fix) = &finding.fix {
            output.line(&format!("    fix: {fix}"))?;
        }
    }
    Ok(())
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn show_nothing(
    import: &Import,
    plan: &PlanResponse,
    args: &ImportArgs,
    output: &mut Output,
) -> Result<Exit> {
    if output.is_json() {
        return output.value(&result(import, plan, args));
    }
    output.note("Nothing to change: the server has everything that is carried over.");
    Ok(Exit::Done)
}

fn result(import: &Import, plan: &PlanResponse, args: &ImportArgs) -> Value {
    let mut result = json!(import.findings);
    result["carried_over"] = json!(import.counts);
    result["secrets"] = json!(import.secrets);
    result["changes"] = json!(plan.changes);
    result["state_hash"] = json!(plan.state_hash);
    result["dry_run"] = json!(args.removal.is_dry_run());
    result
}

fn show_next_steps(import: &Import, args: &ImportArgs, output: &mut Output) {
    if import.secrets.is_empty() || args.removal.is_dry_run() {
        return;
    }
    output.note("The secrets are not in the dump. Put those that this deployment does not have:");
    for secret in &import.secrets {
        output.note(&format!("  npx wrangler secret put {secret}"));
    }
    output.note("Then see whether all is well: `octopool doctor`.");
}
