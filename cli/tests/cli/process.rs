//! What holds for every command: help, version, JSON, colours, pipes and Ctrl-C.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::Home;
use crate::support::canned::{Answer, Canned};

#[test]
fn version_has_two_spellings() {
    let home = Home::new();
    let line = home.octopool("version").run().exits(0).stdout;
    assert!(line.starts_with(concat!("octopool ", env!("CARGO_PKG_VERSION"), " (")), "{line}");
    assert_eq!(home.octopool("--version").run().exits(0).stdout, line);
    assert_eq!(home.octopool("version --json").run().exits(0).json()["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        Home::new().octopool("completions").arg(shell).run().exits(0).prints("whoami").prints("identities");
    }
    let document = Home::new().octopool("completions fish --json").run().exits(0).json();
    assert_eq!(document["shell"], "fish");
    Home::new().octopool("completions tcsh").run().exits(2);
}

#[test]
fn help_goes_to_stdout_and_is_no_failure() {
    for command in ["--help", "-h", "help login", "admin --help", "admin identity -h"] {
        let help = Home::new().octopool(command).run().exits(0).prints("Usage: octopool");
        assert_eq!(help.stderr, "");
    }
}

#[test]
fn without_a_command_the_help_is_the_answer() {
    for command in ["", "admin", "admin callers", "admin audit"] {
        let help = Home::new().octopool(command).run().exits(0).prints("Usage: octopool");
        assert_eq!(help.stderr, "");
        // `--json` promises a document.
        let error = Home::new().octopool("--json").args(command).run().exits(2).json_error();
        assert_eq!(error["message"], "No command is given.");
    }
}

#[test]
fn words_of_other_command_lines_name_the_command_that_exists() {
    for (command, instead) in [
        ("admin identities create", "tip: `octopool admin identity` registers an identity"),
        ("admin identities register --id mona", "`octopool admin identity` registers"),
        ("admin callers add mona", "`octopool admin caller --github-login LOGIN`"),
        ("admin callers delete mona", "`octopool admin callers disable LOGIN`"),
        ("admin pools create team", "created with its first caller or identity"),
        ("admin identity create --id mona", "leave the word out"),
        ("admin tokens delete ci", "`octopool admin tokens revoke NAME`"),
        ("pools list", "`octopool admin pools`"),
        ("auth status", "`octopool whoami`"),
    ] {
        let run = Home::new().octopool(command).run().exits(2).says(instead);
        assert_eq!((run.stderr.matches("tip:").count(), run.stdout.as_str()), (1, ""), "{}", run.stderr);
        let error = Home::new().octopool("--json").args(command).run().exits(2).json_error();
        assert!(error["hints"][0].as_str().unwrap().starts_with("Instead: "), "{error}");
    }
}

#[test]
fn invalid_arguments_are_exit_2() {
    for command in ["frobnicate", "login --frobnicate", "health --pool", "whoami mia", "completions"] {
        let run = Home::new().octopool(command).run().exits(2);
        assert_eq!(run.stdout, "");
        run.says("--help");
        let error = Home::new().octopool("--json").args(command).run().exits(2).json_error();
        assert_eq!(error["code"], "usage");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n') && !message.starts_with("error"), "{message}");
    }
}

#[test]
fn colours_are_for_terminals() {
    let run = || Home::new().octopool("whoami");
    run().run().exits(4).never_shows("\u{1b}");
    run().env("CLICOLOR_FORCE", "1").run().exits(4).says("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m You");
    run().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").run().exits(4).never_shows("\u{1b}");
    Home::new().octopool("login --help").run().exits(0).never_shows("\u{1b}");
}

/// A pipe without a reader.
#[cfg(unix)]
fn closed_pipe() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_a_quiet_end() {
    for command in ["version", "completions bash", "help gh", "--help", "version --json"] {
        let run = Home::new().octopool(command).run_with(closed_pipe(), |_| ()).exits(0);
        assert_eq!(run.stderr, "");
    }
}

#[cfg(unix)]
#[test]
fn a_token_that_cannot_be_printed_is_an_error() {
    let caller = json!({
        "id": "c1", "name": "Mia", "github_login": "mia", "github_user_id": 7, "org_login": "acme", "pool": "p",
        "client_name": "admin",
    });
    let answer = Answer::json(201, &json!({"caller": caller, "token": "op_lost"}));
    let server = Canned::start().on("POST /v1/admin/callers", answer);
    let run = Home::new().octopool("admin caller --github-login mia --url").arg(server.url());
    let run = run.env("OCTOPOOL_ADMIN_TOKEN", "x").run_with(closed_pipe(), |_| ()).exits(1);
    run.says("Run the command again for a new token.").never_shows("op_lost");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    Home::new().octopool("version").run_with(full, |_| ()).exits(1).says("could not be written");
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_exit_130() {
    let slow = Answer::json(200, &json!({})).after(Duration::from_secs(2));
    let server = Canned::start().on("GET /v1/pools/p/health", slow);
    let run = Home::new().octopool("health --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x");
    let run = run.run_with(Stdio::piped(), |child| {
        let start = Instant::now();
        while server.requests().is_empty() && start.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(5));
        }
        let kill = format!("kill -INT {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    });
    let run = run.exits(130);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}
