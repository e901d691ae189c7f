//! What changes have in common: the dry run, and the question before what cannot be undone.

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::Args;
use serde_json::json;

use crate::error::{Error, Exit, Result};
use crate::output::Output;

/// What every command takes that changes something.
#[derive(Args)]
pub(super) struct DryRunArgs {
    /// Let the server check everything and answer as usual, but change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What every command takes that takes something away.
#[derive(Args)]
pub(super) struct RemovalArgs {
    /// Do not ask; needed where nobody can be asked.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    dry_run: DryRunArgs,
}

impl DryRunArgs {
    /// The path for the change, or for trying it.
    pub(super) fn path(&self, path: &str) -> String {
        if self.dry_run { format!("{path}?dry_run=true") } else { path.to_owned() }
    }

    /// Whether it is only tried.
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Says what was done, or would have been.
    pub(super) fn tell(&self, output: &mut Output, done: &str) -> Result<Exit> {
        if self.dry_run {
            output.note("Dry run: nothing was changed.");
            return output.line(&format!("Would have: {done}"));
        }
        output.line(done)
    }
}

impl RemovalArgs {
    /// Asks before something is taken away. Where nobody can answer, not asking has to be asked for.
    pub(super) fn confirm(&self, output: &mut Output, question: &str) -> Result<()> {
        if self.yes || self.dry_run.dry_run {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Error::usage(format!("{question} Nobody can be asked: this is no terminal."))
                .hint("Add `--yes` if it is meant, or `--dry-run` to try it."));
        }
        output.note(&format!("{question} [y/N]"));
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match read.map(|_| answer.trim().to_ascii_lowercase()) {
            Ok(answer) if answer == "y" || answer == "yes" => Ok(()),
            _ => Err(Error::failed("cancelled", "Nothing was changed.")),
        }
    }

    /// Whether it is only tried.
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run.is_dry_run()
    }

    /// The path for the removal, or for trying it.
    pub(super) fn path(&self, path: &str) -> String {
        self.dry_run.path(path)
    }

    /// Says what was taken away, or would have been.
    pub(super) fn tell(&self, output: &mut Output, done: &str) -> Result<Exit> {
        if output.is_json() {
            return output.value(&json!({ "done": !self.dry_run.dry_run, "dry_run": self.dry_run.dry_run }));
        }
        self.dry_run.tell(output, done)
    }
}
