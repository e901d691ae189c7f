//! `octopool completions`.

use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use crate::error::{Error, Exit, Result};
use crate::output::Output;

const AFTER_HELP: &str = "\
Examples:
  octopool completions bash > ~/.local/share/bash-completion/completions/octopool
  octopool completions zsh > \"${fpath[1]}/_octopool\"
  octopool completions fish > ~/.config/fish/completions/octopool.fish";

/// Print a shell completion script for octopool's commands.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints the script for a command line.
pub(super) fn run(args: &CompletionsArgs, mut command: Command, output: &mut Output) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "octopool", &mut script);
    let script =
        String::from_utf8(script).map_err(|_| Error::failed("internal", "The script is not UTF-8."))?;
    if output.is_json() {
        return output.value(&json!({"shell": args.shell.to_string(), "script": script}));
    }
    output.document(&script)
}
