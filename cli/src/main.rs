//! The octopool command line: logs in to a self-hosted octopool server, shows the health of its
//! pools, and provisions callers and identities.
//!
//! One file of [`commands`] is one command, or the commands of one noun: the arguments, whose doc
//! comments are the help, and the functions that run them. A command gets its server, pool and
//! token from [`session`], sends requests through [`http`], and writes through [`output`], the only
//! module that prints. [`gh`] is the exception: under that name, and as `octopool gh`, the
//! arguments are those of GitHub's own command line.

mod auth_store;
mod checks;
mod client_name;
mod commands;
mod discovery;
mod environment;
mod error;
mod files;
mod gh;
mod github_token;
mod hints;
mod http;
mod import;
mod indented;
mod input;
mod output;
mod pager;
mod printable;
mod proxy;
mod relay;
mod server_url;
mod session;
mod suggestions;
mod table;
mod times;
mod token;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::commands::{Cli, Command};
use crate::error::{Error, Exit};
use crate::output::Output;

fn main() -> ExitCode {
    let mut output = Output::new();
    let result = match (gh::answer(), gh::arguments(std::env::args_os())) {
        (Some(answer), _) => output.line(answer),
        // Signals are gh's. gh exits with 1 where GitHub refuses what it was given.
        (None, Some(arguments)) => gh::run(&arguments, &mut output).map_err(Error::refused_as_failed),
        (None, None) => run(&mut output),
    };
    match result {
        Ok(exit) => {
            if let Exit::OfSignal(signal) = exit {
                gh::end_by(signal);
            }
            exit.into()
        }
        Err(error) => {
            output.error(&error);
            error.exit().into()
        }
    }
}

fn run(output: &mut Output) -> Result<Exit, Error> {
    match Cli::try_parse() {
        Ok(cli) => {
            output.set_json(cli.json);
            match cli.command {
                // It has something to remove before it ends, and waits for the signal itself.
                Command::Proxy(_) => {}
                _ => exit_with_130_on_ctrl_c(),
            }
            commands::run(&cli.command, output)
        }
        Err(refusal) => refused_arguments(refusal, output),
    }
}

/// Without a handler the exit code on Windows would differ from other systems. If it cannot be
/// installed, the system's default is good enough.
fn exit_with_130_on_ctrl_c() {
    drop(ctrlc::set_handler(|| {
        if !pager::is_running() {
            std::process::exit(130);
        }
    }));
}

/// Help and version are clap errors, too. People read clap's own text, which shows the usage; with
/// `--json` it is the same envelope as for every other error. Without arguments the help is the
/// answer, as with gh, but `--json` promises JSON.
fn refused_arguments(mut refusal: clap::Error, output: &mut Output) -> Result<Exit, Error> {
    let arguments: Vec<_> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let wants_json = arguments.iter().any(|argument| argument == "--json");
    match refusal.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => output.help(&refusal.render()),
        _ if wants_json => {
            output.set_json(true);
            let instead =
                suggestions::add_to(&mut refusal, &arguments).map(|text| format!("Instead: {text}."));
            Err(Error::usage(summary(&refusal))
                .hints(instead)
                .hint("Run the command with `--help` to see its usage."))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => output.help(&refusal.render()),
        _ => {
            suggestions::add_to(&mut refusal, &arguments);
            output.usage(&refusal.render());
            Ok(Exit::Usage)
        }
    }
}

/// The first paragraph of clap's text as one line; the usage that follows is for people.
fn summary(refusal: &clap::Error) -> String {
    if [ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, ErrorKind::MissingSubcommand]
        .contains(&refusal.kind())
    {
        return "No command is given.".to_owned();
    }
    let text = refusal.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}
