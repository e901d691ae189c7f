//! `github-standin`: the stand-in for GitHub as a program.

mod cli;
mod report;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use octopool_github_standin::{Credentials, GithubStandin, Options, State};
use tokio::io::AsyncReadExt as _;
use tokio::runtime::Builder;

use cli::Args;

/// Any failure; it is shown to a person and ends the program.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = run(&args);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "Error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(serve(args));
    // A read of stdin cannot be interrupted; waiting for it would keep the program alive.
    runtime.shutdown_background();
    outcome
}

async fn serve(args: &Args) -> Result<(), Failure> {
    let credentials = match &args.credentials {
        Some(path) => Credentials::load_or_create(path)?,
        None => Credentials::generate()?,
    };
    let options =
        Options { port: args.port, observer: args.log.then_some(report::log_request), base_url: None };
    let mut state = State::demo(&credentials)?;
    state.graphql_schema.clone_from(&args.graphql_schema);
    let github = GithubStandin::start_with(state, options)
        .await
        .map_err(|error| format!("cannot listen on 127.0.0.1:{}: {error}", args.port))?;
    // Registered before readiness is announced: the reader of that line may stop us at once.
    let ended = ended(args.exit_with_stdin)?;
    let mut out = io::stdout();
    writeln!(out, "{}", report::ready(args, &github))?;
    out.flush()?;
    ended.await;
    Ok(())
}

/// Waits for SIGINT, SIGTERM or, if asked to, the end of stdin.
#[cfg(unix)]
fn ended(with_stdin: bool) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = end_of_stdin(), if with_stdin => {}
        }
    })
}

/// Waits for Ctrl-C or, if asked to, the end of stdin.
#[cfg(not(unix))]
fn ended(with_stdin: bool) -> io::Result<impl Future<Output = ()>> {
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = end_of_stdin(), if with_stdin => {}
        }
    })
}

async fn end_of_stdin() {
    let mut stdin = tokio::io::stdin();
    let mut ignored = [0; 256];
    while let Ok(1..) = stdin.read(&mut ignored).await {}
}
