//! What commands that change something share: the dry run, and the confirmation of what cannot be
//! undone.

use std::io::{self, BufRead as _, IsTerminal as _};

use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::error::{Error, Exit, Result};
use crate::http::Server;
use crate::output::Output;

/// Options of every command that changes something.
#[derive(Args)]
pub(super) struct DryRunArgs {
    /// Let the server check everything and answer as usual, but change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Options of every command that removes something.
#[derive(Args)]
pub(super) struct RemovalArgs {
    /// Do not ask for confirmation; needed where stdin is not a terminal.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    dry_run: DryRunArgs,
}

/// A command that changes its target.
#[derive(Args)]
pub(super) struct Change<T: Args> {
    #[command(flatten)]
    pub(super) dry_run: DryRunArgs,
    #[command(flatten)]
    pub(super) target: T,
}

/// A command that removes its target.
#[derive(Args)]
pub(super) struct Removal<T: Args> {
    #[command(flatten)]
    pub(super) removal: RemovalArgs,
    #[command(flatten)]
    pub(super) target: T,
}

impl DryRunArgs {
    /// The path for the change, or for its dry run.
    pub(super) fn path(&self, path: &str) -> String {
        if self.dry_run { format!("{path}?dry_run=true") } else { path.to_owned() }
    }

    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Prints what was done, or would have been.
    pub(super) fn report(&self, output: &mut Output, done: &str) -> Result<Exit> {
        if self.dry_run {
            output.note("Dry run: nothing was changed.");
            return output.line(&format!("Would have: {done}"));
        }
        output.line(done)
    }

    /// Changes what is at `path`. Prints the server's document with `--json`, and otherwise what
    /// was `done` and what `show` prints.
    pub(super) fn patch<T: DeserializeOwned>(
        &self,
        server: &Server,
        path: &str,
        body: &impl Serialize,
        done: &str,
        output: &mut Output,
        show: impl FnOnce(&T, &mut Output) -> Result<Exit>,
    ) -> Result<Exit> {
        server.patch(&self.path(path), body)?.show(output, |changed, output| {
            self.report(output, done)?;
            show(changed, output)
        })
    }
}

impl RemovalArgs {
    /// Whether the question that follows can be asked: an error if it has to be, and stdin is not a
    /// terminal. A command that looks something up for its question calls it first.
    pub(super) fn check_can_ask(&self) -> Result<()> {
        if self.asks() && !io::stdin().is_terminal() { Err(cannot_ask("")) } else { Ok(()) }
    }

    fn asks(&self) -> bool {
        !self.yes && !self.is_dry_run()
    }

    /// Asks for confirmation before something is removed. Without a terminal, `--yes` is needed.
    pub(super) fn confirm(&self, output: &mut Output, question: &str) -> Result<()> {
        if !self.asks() {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(cannot_ask(&format!("{question} ")));
        }
        output.prompt(&format!("{question} [y/N] "));
        let mut reply = String::new();
        let read = io::stdin().lock().read_line(&mut reply);
        if !reply.ends_with('\n') {
            // Ctrl-D leaves the cursor behind the question.
            output.note("");
        }
        match read.map(|_| reply.trim().to_ascii_lowercase()) {
            Ok(reply) if reply == "y" || reply == "yes" => Ok(()),
            _ => Err(Error::cancelled()),
        }
    }

    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run.is_dry_run()
    }

    /// The path for the removal, or for its dry run.
    pub(super) fn path(&self, path: &str) -> String {
        self.dry_run.path(path)
    }

    /// Prints what was removed, or would have been.
    pub(super) fn report(&self, output: &mut Output, done: &str) -> Result<Exit> {
        if output.is_json() {
            let is_dry_run = self.is_dry_run();
            return output.value(&json!({ "done": !is_dry_run, "dry_run": is_dry_run }));
        }
        self.dry_run.report(output, done)
    }

    /// Deletes what is at `path` once `question` is confirmed, and reports what was `done`.
    pub(super) fn delete(
        &self,
        server: &Server,
        path: &str,
        question: &str,
        done: &str,
        output: &mut Output,
    ) -> Result<Exit> {
        self.confirm(output, question)?;
        server.delete(&self.path(path))?;
        self.report(output, done)
    }
}

fn cannot_ask(question: &str) -> Error {
    Error::usage(format!("{question}Cannot ask for confirmation: stdin is not a terminal."))
        .hint("Add `--yes` to confirm, or `--dry-run` to change nothing.")
}
