//! The program `github-standin`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::send;

/// A running program; killed when the test is over, whatever its outcome.
struct Program {
    child: Child,
    ready: Value,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_github-standin"))
}

fn start(credentials: &Path) -> Program {
    let mut child = command()
        .args(["--port", "0", "--json", "--log", "--exit-with-stdin", "--credentials"])
        .arg(credentials)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Program { child, ready: serde_json::from_str(&line).unwrap() }
}

#[tokio::test]
async fn it_says_where_it_listens_and_serves_the_tokens_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.json");
    let mut program = start(&file);
    assert_eq!(program.ready["credentials"], file.to_str().unwrap());

    let credentials: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!((&credentials["app_id"], &credentials["installation_id"]), (&4242.into(), &77001.into()));
    let base = program.ready["base_url"].as_str().unwrap();
    let request = reqwest::Client::builder().no_proxy().build().unwrap().get(format!("{base}/user"));
    let secret = credentials["tokens"]["hubot"].as_str().unwrap();
    let answer = send(request.header("user-agent", "tests").bearer_auth(secret)).await;
    assert_eq!(answer.body["login"], "hubot");

    drop(program.child.stdin.take());
    assert!(program.child.wait().unwrap().success());
    let mut log = String::new();
    program.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(log, "GET /user 200 account:1002 (hubot)\n");
}

#[tokio::test]
async fn credentials_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.json");
    drop(start(&file));
    let before = std::fs::read_to_string(&file).unwrap();
    drop(start(&file));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn it_ends_cleanly_on_sigterm_and_sigint() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut program = start(&folder.path().join("credentials.json"));
        let pid = program.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        assert!(program.child.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = command().args(["--port", &port]).stdin(Stdio::null()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.starts_with(&format!("Error: cannot listen on 127.0.0.1:{port}: ")), "{error}");
}

#[test]
fn the_friendly_text_names_the_inhabitants_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials.json");
    let mut child = command()
        .args(["--port", "0", "--exit-with-stdin", "--credentials"])
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    for expected in ["http://127.0.0.1:", "1001 mona", "acme/secret-plans, private", "credentials.json"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("ghp_") && !text.contains("PRIVATE KEY"));
}

#[test]
fn help_and_version_are_there() {
    let text = |flag: &str| String::from_utf8(command().arg(flag).output().unwrap().stdout).unwrap();
    assert!(text("--version").starts_with("github-standin "));
    for flag in ["--port", "--credentials", "--json", "--log", "--exit-with-stdin"] {
        assert!(text("--help").contains(flag), "{flag}");
    }
}
