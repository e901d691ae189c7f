//! `octopool admin audit`: what happened on the server.

mod said;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use octopool_api_types::{
    AuditCut, AuditEvent, AuditProblem, CutAuditRequest, CutAuditResponse, VerifyAuditResponse, paths,
};
use octopool_core::AuditAction;
use serde_json::{Value, json};

use super::callers::found;
use super::change::RemovalArgs;
use super::list::{self, parse_limit};
use crate::error::{Error, Exit, Result};
use crate::http::{Server, unexpected_form};
use crate::output::Output;
use crate::session::AdminServerArgs;
use crate::table::{self, Column};
use crate::times::Moment;

/// The most events that the server puts on one page of an export.
const EVENTS_PER_PAGE: &str = "200";

#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// List what happened, the newest first.
    #[command(after_help = "\
Examples:
  octopool admin audit list
  octopool admin audit list --pool maintainers --action caller.login --since 7d
  octopool admin audit list --json | jq '.events[].detail'")]
    List(ListArgs),
    /// Prove that nobody changed the audit: that every event is there, in its place, and unchanged.
    ///
    /// Names the first event that is not as it was written. Exit 1 if there is one.
    #[command(after_help = "\
Examples:
  octopool admin audit verify
  octopool admin audit verify --json | jq .first_bad")]
    Verify(AdminServerArgs),
    /// Print all that happened as lines of JSON, the oldest first.
    ///
    /// With `--json` it is one JSON array.
    #[command(after_help = "\
Examples:
  octopool admin audit export > audit.jsonl
  octopool admin audit export --since 2026-11-01 | jq -r .action | sort | uniq -c")]
    Export(ExportArgs),
    Cut(CutArgs),
}

/// Which events are meant. `OCTOPOOL_POOL` is not read here: a forgotten setting must not hide what
/// happened.
#[derive(Args)]
struct Filters {
    /// Only what happened from this time on: 90m, 24h, 7d or 4w ago, a day (2026-11-23), or RFC
    /// 3339 (2026-11-23T07:30:00Z).
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Only what happened before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// Only this action, such as caller.login.
    #[arg(long, value_name = "ACTION", value_parser = actions())]
    #[arg(hide_possible_values = true)]
    action: Option<String>,
    /// Only what this actor did: admin, admin:NAME for an admin token, anonymous, or caller:ID with
    /// the caller's id or its GitHub login.
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// Only what was about this pool.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
}

/// Which events to list.
#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    filters: Filters,
    /// At most so many events.
    #[arg(short = 'L', long, value_name = "NUMBER", default_value_t = 50, value_parser = parse_limit)]
    limit: usize,
    /// Continue where an earlier list with the same filters ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// Which events to export.
#[derive(Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    admin: AdminServerArgs,
}

/// Remove old events, and leave a signed cut from which the rest stays verifiable.
///
/// Needs the deployment's own admin token, and on the server the secret `OCTOPOOL_AUDIT_KEY`. The
/// events are verified before they are removed; export them first. The cut itself is an event.
#[derive(Args)]
#[command(after_help = "\
Examples:
  octopool admin audit export --until 2026-01-01 > audit-2025.jsonl
  octopool admin audit cut --before 2026-01-01 --yes
  octopool admin audit cut --before 2026-01-01T12:00:00+01:00 --dry-run")]
pub(super) struct CutArgs {
    /// Remove what happened before this day (2026-01-01, which begins in UTC), time (RFC 3339), or
    /// as long ago (52w).
    #[arg(long, value_name = "TIME")]
    before: Moment,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

const COLUMNS: [Column<AuditEvent>; 7] = [
    Column::whole("SEQ", 4, |event| event.seq.to_string()),
    Column::time("AT", 1, |event| event.at.clone()),
    Column::text("ACTOR", 2, |event| event.actor.clone()),
    Column::whole("ACTION", 0, |event| event.action.clone()),
    Column::text("POOL", 3, |event| table::optional(event.pool.as_deref())),
    Column::text("SUBJECT", 3, |event| event.subject.clone()),
    Column::text("DETAIL", 0, said::said),
];

pub(super) fn run(command: &AuditCommand, output: &mut Output) -> Result<Exit> {
    match command {
        AuditCommand::List(args) => list(args, output),
        AuditCommand::Verify(admin) => verify(admin, output),
        AuditCommand::Export(args) => export(args, output),
        AuditCommand::Cut(args) => cut(args, output),
    }
}

impl Filters {
    /// The actor as the server has it: a caller by its id.
    fn actor(&self, server: &Server) -> Result<Option<String>> {
        let named = self.actor.as_deref();
        match named.and_then(|actor| actor.strip_prefix("caller:")) {
            Some(caller) => Ok(Some(format!("caller:{}", found::find(server, caller)?.id))),
            None => Ok(named.map(str::to_owned)),
        }
    }

    /// What the server filters by; it validates the values.
    fn parameters<'a>(
        &'a self,
        actor: Option<&'a str>,
        times: &'a Times,
    ) -> [(&'static str, Option<&'a str>); 5] {
        [
            ("since", times.since.as_deref()),
            ("until", times.until.as_deref()),
            ("action", self.action.as_deref()),
            ("actor", actor),
            ("pool", self.pool.as_deref()),
        ]
    }

    fn times(&self) -> Times {
        Times { since: self.since.map(Moment::past), until: self.until.map(Moment::past) }
    }
}

/// The times of the filters, which are the same for every page.
struct Times {
    since: Option<String>,
    until: Option<String>,
}

/// Every action of the server's audit.
fn actions() -> PossibleValuesParser {
    PossibleValuesParser::new(AuditAction::ALL.iter().map(|action| action.as_str()))
}

/// The next page's cursor; an error if it is this page's, because the loop would never end.
fn advanced(cursor: Option<&str>, next: String) -> Result<String> {
    if cursor == Some(next.as_str()) {
        return Err(Error::failed("unexpected_answer", "The server's pages lead in a circle."));
    }
    Ok(next)
}

fn list(args: &ListArgs, output: &mut Output) -> Result<Exit> {
    let server = args.admin.server(output)?;
    let (actor, times) = (args.filters.actor(&server)?, args.filters.times());
    let filters = args.filters.parameters(actor.as_deref(), &times);
    let listed =
        list::read(&server, paths::ADMIN_AUDIT, &filters, "events", Some(args.limit), args.cursor.clone())?;
    if output.is_json() {
        return output.value(&json!({ "events": listed.objects, "next_cursor": listed.next_cursor }));
    }
    let events: Vec<AuditEvent> =
        serde_json::from_value(listed.objects.into()).map_err(|_| unexpected_form())?;
    if events.is_empty() {
        output.note("There are no such events.");
        return Ok(Exit::Done);
    }
    table::list(&COLUMNS, &events, output)?;
    if let Some(cursor) = listed.next_cursor {
        output.note(&format!("There are more: add `--limit NUMBER`, or go on with `--cursor {cursor}`."));
    }
    Ok(Exit::Done)
}

fn export(args: &ExportArgs, output: &mut Output) -> Result<Exit> {
    let server = args.admin.server(output)?;
    let (actor, times) = (args.filters.actor(&server)?, args.filters.times());
    let mut cursor: Option<String> = None;
    let mut events = Vec::new();
    loop {
        let mut query = args.filters.parameters(actor.as_deref(), &times).to_vec();
        query.extend([("limit", Some(EVENTS_PER_PAGE)), ("cursor", cursor.as_deref())]);
        let path = paths::with_query(paths::ADMIN_AUDIT_EXPORT, &query);
        let page = server.get_lines(&path)?;
        if output.is_json() {
            events.extend(page.text.lines().filter_map(|line| serde_json::from_str(line).ok()));
        } else if !page.text.is_empty() {
            output.document(&page.text)?;
        }
        let Some(next) = page.next_cursor else { break };
        cursor = Some(advanced(cursor.as_deref(), next)?);
    }
    if output.is_json() { output.value(&Value::Array(events)) } else { Ok(Exit::Done) }
}

fn verify(admin: &AdminServerArgs, output: &mut Output) -> Result<Exit> {
    let server = admin.server(output)?;
    let mut checked = 0;
    let mut cursor: Option<String> = None;
    let last = loop {
        let page = server.query(paths::ADMIN_AUDIT_VERIFY, &[("cursor", cursor.as_deref())])?;
        let page: VerifyAuditResponse = page.decode()?;
        checked += page.checked;
        match page.next_cursor {
            Some(next) if page.ok => cursor = Some(advanced(cursor.as_deref(), next)?),
            _ => break VerifyAuditResponse { checked, next_cursor: None, ..page },
        }
    };
    if output.is_json() {
        output.value(&json!(last))?;
    } else {
        show_verified(&last, output)?;
    }
    Ok(if last.ok { Exit::Done } else { Exit::Failed })
}

fn show_verified(verified: &VerifyAuditResponse, output: &mut Output) -> Result<Exit> {
    let Some(bad) = verified.first_bad else {
        return output.check(verified.ok, &format!("{} events are as they were written", verified.checked));
    };
    let problem = match bad.problem {
        AuditProblem::Removed => "was removed",
        AuditProblem::Altered => "was edited or moved",
        AuditProblem::Unchained => "lost its digest",
        AuditProblem::CutForged => "is where a cut ends that the deployment did not sign",
        AuditProblem::CutMissing => "was removed by a cut that is missing",
        AuditProblem::HeadForged => "is named by a signed head that the deployment did not sign",
        AuditProblem::HeadMissing => "is not covered by a signed head, which was removed",
    };
    output.check(false, &format!("event {} {problem}", bad.seq))?;
    output.note("Later events were not checked. Compare with an earlier `octopool admin audit export`.");
    Ok(Exit::Done)
}

fn cut(args: &CutArgs, output: &mut Output) -> Result<Exit> {
    let request = CutAuditRequest { before: args.before.past() };
    let server = args.admin.server(output)?;
    args.removal.confirm(output, &format!("Remove every event before {} for good?", request.before))?;
    let path = args.removal.path(paths::ADMIN_AUDIT_CUT);
    let (mut removed, mut last) = (0, None::<AuditCut>);
    loop {
        let answer: CutAuditResponse = server.post(&path, &request)?.decode()?;
        removed += answer.removed;
        // A dry run removes nothing, so the same events would be next; and an answer without a cut
        // removed nothing.
        let is_last = answer.done || answer.cut.is_none() || args.removal.is_dry_run();
        let done = answer.done;
        last = answer.cut.or(last);
        if is_last {
            return show_cut(&args.removal, removed, last.as_ref(), done, output);
        }
    }
}

fn show_cut(
    removal: &RemovalArgs,
    removed: u64,
    cut: Option<&AuditCut>,
    done: bool,
    output: &mut Output,
) -> Result<Exit> {
    if output.is_json() {
        output.value(
            &json!({ "removed": removed, "cut": cut, "done": done, "dry_run": removal.is_dry_run() }),
        )?;
    } else if let Some(cut) = cut {
        let more = if done { "" } else { ", and there are more" };
        removal.report(output, &format!("removed {removed} events, up to event {}{more}", cut.seq))?;
    } else {
        output.note("There is nothing to remove.");
    }
    if done || removal.is_dry_run() {
        return Ok(Exit::Done);
    }
    Err(Error::failed("unexpected_answer", "The server removes nothing more, but says that there is more."))
}
