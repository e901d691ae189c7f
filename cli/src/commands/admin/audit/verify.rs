//! `octopool admin audit verify`.

use clap::Args;
use octopool_api_types::{AuditProblem, VerifyAuditResponse, paths};
use serde_json::json;

use crate::error::{Exit, Result};
use crate::http::Credential;
use crate::output::Output;
use crate::session::{AdminServerArgs, AdminSession};

const AFTER_HELP: &str = "\
Examples:
  octopool admin audit verify
  octopool admin audit verify --json | jq .first_bad";

/// Prove that nobody changed the audit: that every event is there, in its place, and says what it said.
///
/// Names the first one that is not as it was written. Exit 1 if there is one.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    admin: AdminServerArgs,
}

pub(super) fn run(args: &VerifyArgs, output: &mut Output) -> Result<Exit> {
    let AdminSession { server, token } = args.admin.session(output)?;
    let mut checked = 0;
    let mut cursor: Option<String> = None;
    let last = loop {
        let path = paths::with_query(paths::ADMIN_AUDIT_VERIFY, &[("cursor", cursor.as_deref())]);
        let walked: VerifyAuditResponse = server.get(&path, Credential::Bearer(&token))?.decode()?;
        checked += walked.checked;
        match walked.next_cursor {
            Some(next) if walked.ok => cursor = Some(super::moved_on(cursor.as_deref(), next)?),
            _ => break VerifyAuditResponse { checked, next_cursor: None, ..walked },
        }
    };
    if output.is_json() {
        output.value(&json!(last))?;
    } else {
        show(&last, output)?;
    }
    Ok(if last.ok { Exit::Done } else { Exit::Failed })
}

fn show(walked: &VerifyAuditResponse, output: &mut Output) -> Result<Exit> {
    let Some(bad) = walked.first_bad else {
        return output.check(walked.ok, &format!("{} events are as they were written", walked.checked));
    };
    let what = match bad.problem {
        AuditProblem::Removed => "was removed",
        AuditProblem::Altered => "was edited or moved",
        AuditProblem::Unchained => "lost its digest",
        AuditProblem::CutForged => "is where a cut ends that is not the deployment's",
        AuditProblem::CutMissing => "was removed by a cut that is not there any more",
        AuditProblem::HeadForged => "is named by a signed head that is not the deployment's",
        AuditProblem::HeadMissing => "is not covered by a signed head, which was removed",
    };
    output.check(false, &format!("event {} {what}", bad.seq))?;
    output.note("Events after it were not looked at. Compare with an earlier `octopool admin audit export`.");
    Ok(Exit::Done)
}
