//! `octopool admin audit cut`.

use clap::Args;
use octopool_api_types::{AuditCut, CutAuditRequest, CutAuditResponse, paths};
use serde_json::json;

use crate::commands::admin::change::RemovalArgs;
use crate::error::{Error, Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{AdminServerArgs, AdminSession};

const AFTER_HELP: &str = "\
Examples:
  octopool admin audit export --until 2026-01-01T00:00:00Z > audit-2025.jsonl
  octopool admin audit cut --before 2026-01-01 --yes
  octopool admin audit cut --before 2026-01-01T12:00:00+01:00 --dry-run";

/// Remove old events, and leave a signed cut from which the rest stays verifiable.
///
/// Needs the deployment's own admin token, and on the server the secret `OCTOPOOL_AUDIT_KEY`. What is
/// removed is verified first; export it before. The cut itself is an event.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CutArgs {
    /// What happened before this day or time goes (2026-01-01, which begins in UTC, or RFC 3339).
    #[arg(long, value_name = "TIME")]
    before: String,
    #[command(flatten)]
    removal: RemovalArgs,
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &CutArgs, output: &mut Output) -> Result<Exit> {
    let request = CutAuditRequest { before: moment(&args.before) };
    let AdminSession { server, token } = args.admin.session(output)?;
    args.removal.confirm(output, &format!("Remove every event before {} for good?", request.before))?;
    let path = args.removal.path(paths::ADMIN_AUDIT_CUT);
    let (mut removed, mut last) = (0, None::<AuditCut>);
    loop {
        let answer: CutAuditResponse = server.post(&path, Credential::Bearer(&token), &request)?.decode()?;
        removed += answer.removed;
        // A dry run removes nothing, so the same rows would be next; and without a cut there is nothing to go on with.
        let ends = answer.done || answer.cut.is_none() || args.removal.is_dry_run();
        let done = answer.done;
        last = answer.cut.or(last);
        if ends {
            return show(&args.removal, removed, last.as_ref(), done, output);
        }
    }
}

fn show(
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
        removal.tell(output, &format!("removed {removed} events, up to event {}{more}", cut.seq))?;
    } else {
        output.note("There is nothing to remove.");
    }
    if done || removal.is_dry_run() {
        return Ok(Exit::Done);
    }
    Err(Error::failed("unexpected_answer", "The server removes nothing more, but says that there is more."))
}

/// A day means its beginning in UTC; what else was typed the server judges.
fn moment(text: &str) -> String {
    let is_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_day { format!("{text}T00:00:00Z") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_day_is_its_beginning() {
        assert_eq!(moment("2026-01-01"), "2026-01-01T00:00:00Z");
        for other in ["2026-01-01T12:00:00+01:00", "yesterday", "", "2026-1-1"] {
            assert_eq!(moment(other), other);
        }
    }
}
