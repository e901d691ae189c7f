//! The commands. Each file is one of them: its arguments, whose doc comments are the help, and
//! `run`.

mod admin;
mod completions;
mod doctor;
mod gh;
mod health;
mod login;
mod logout;
mod request;
mod stats;
mod version;
mod whoami;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::environment;
use crate::error::{Exit, Result};
use crate::output::Output;

const AFTER_HELP: &str = "\
Exit codes:
  0    done
  1    failed, or a check failed
  2    invalid arguments or settings; a question was answered with no; from `admin plan`: there are
       changes
  4    no login or token, or the server refused it
  130  interrupted with Ctrl-C

Environment:
  OCTOPOOL_URL                   the server, unless an option names one
  OCTOPOOL_POOL                  the pool, unless an option names one
  OCTOPOOL_TOKEN                 a caller token, which takes precedence over the saved login's
  OCTOPOOL_ADMIN_TOKEN           the admin token
  OCTOPOOL_GH_PATH               the path of GitHub's command line [default: `gh` on the PATH]
  OCTOPOOL_NO_FALLBACK           on: do not use gh for what the pool does not serve
  OCTOPOOL_FRESH                 on: ask GitHub now and bypass the cache
  OCTOPOOL_ALLOW_INSECURE_LOGIN  on: allow callers to use plain http to another machine
  OCTOPOOL_PAGER, PAGER          the pager for lists on a terminal; empty or `cat`: none
  NO_COLOR, CLICOLOR_FORCE       no colours; colours in a pipe, too
  HTTPS_PROXY, NO_PROXY          the proxy for https, and the hosts that are reached without it

Lists fit the terminal: long texts are cut, and columns are left out where there is no room. In a pipe
they have every value, separated by tabs, without headings; `--json` is the server's document.

A variable is on with 1, true, yes or on, and off with 0, false, no or off; another word is an error.

Start with:
  octopool login https://octopool.example.com
  octopool health
  octopool gh api repos/acme/rocket";

/// The command line of octopool, a self-hosted pool of GitHub identities.
///
/// Results go to stdout, everything else to stderr. Tokens come from the environment, from `gh` or
/// from the saved login, never from the command line.
#[derive(Parser)]
#[command(name = "octopool", version = version::LINE.as_str())]
#[command(max_term_width = 100, after_long_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// Print one JSON document on stdout; an error is one JSON line on stderr.
    #[arg(long, global = true, display_order = 900)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What octopool can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    Login(login::LoginArgs),
    Logout(logout::LogoutArgs),
    Whoami(whoami::WhoamiArgs),
    Health(health::HealthArgs),
    Stats(stats::StatsArgs),
    Request(request::RequestArgs),
    Gh(gh::GhArgs),
    Admin(admin::AdminCommands),
    Doctor(doctor::DoctorArgs),
    /// Print the version and the commit it was built from.
    Version,
    #[command(alias = "completion")]
    Completions(completions::CompletionsArgs),
}

/// Runs the command that was asked for.
pub(crate) fn run(command: &Command, output: &mut Output) -> Result<Exit> {
    match command {
        // Shells run it when they start, and a version helps to report a fault.
        Command::Completions(_) | Command::Version => {}
        _ => environment::check_switches()?,
    }
    match command {
        Command::Login(args) => login::run(args, output),
        Command::Logout(args) => logout::run(args, output),
        Command::Whoami(args) => whoami::run(args, output),
        Command::Health(args) => health::run(args, output),
        Command::Stats(args) => stats::run(args, output),
        Command::Request(args) => request::run(args, output),
        Command::Gh(args) => gh::run(args, output),
        Command::Admin(commands) => admin::run(commands, output),
        Command::Doctor(args) => doctor::run(args, output),
        Command::Version => version::run(output),
        Command::Completions(args) => completions::run(args, Cli::command(), output),
    }
}
