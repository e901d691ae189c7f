//! `octopool admin audit`: what happened on the server.

mod cut;
mod export;
mod list;
mod verify;

use clap::{Args, Subcommand};
use octopool_api_types::paths;

use crate::error::{Error, Exit, Result};
use crate::output::Output;

/// See what happened: who changed what, who was refused.
#[derive(Args)]
pub(crate) struct AuditCommands {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    List(list::ListArgs),
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    Cut(cut::CutArgs),
}

pub(super) fn run(commands: &AuditCommands, output: &mut Output) -> Result<Exit> {
    match &commands.command {
        AuditCommand::List(args) => list::run(args, output),
        AuditCommand::Verify(args) => verify::run(args, output),
        AuditCommand::Export(args) => export::run(args, output),
        AuditCommand::Cut(args) => cut::run(args, output),
    }
}

/// Which events are meant. The pool is taken from nowhere else than the command line: a setting that was forgotten must
/// not hide what happened.
#[derive(Args)]
struct Filters {
    /// Only what happened from this time on (RFC 3339, as 2026-11-23T07:30:00Z).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what happened before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only this, as caller.login.
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what this one did: admin, admin: and a token's name, anonymous, or caller: and the caller's id.
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// Only what was about this pool.
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
}

impl Filters {
    /// One page's path; the server judges the values.
    fn page(&self, path: &str, limit: u32, cursor: Option<&str>) -> String {
        let limit = limit.to_string();
        let parameters = [
            ("since", self.since.as_deref()),
            ("until", self.until.as_deref()),
            ("action", self.action.as_deref()),
            ("actor", self.actor.as_deref()),
            ("pool", self.pool.as_deref()),
            ("limit", Some(limit.as_str())),
            ("cursor", cursor),
        ];
        paths::with_query(path, &parameters)
    }
}

/// The next page's cursor, if the server gets on; otherwise it would be asked for ever.
fn moved_on(cursor: Option<&str>, next: String) -> Result<String> {
    if cursor == Some(next.as_str()) {
        return Err(Error::failed("unexpected_answer", "The server's pages lead in a circle."));
    }
    Ok(next)
}
