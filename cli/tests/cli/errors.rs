//! What errors look like: the message, the hints and the exit code.

use std::fmt::Write as _;

use octopool_api_types::ErrorCode;
use serde_json::json;

use crate::support::Home;
use crate::support::canned::{Answer, Canned};
use crate::support::transcript::{Transcript, redacted};

#[test]
fn codes_of_the_server_have_hints() {
    let mut hints = String::new();
    for code in ErrorCode::ALL {
        let refusal = Answer::error(400, code.as_str(), None);
        let server = Canned::start().on("GET /v1/pools/p/health", refusal);
        let health = Home::new().octopool("health --pool p --url").arg(server.url());
        let outcome = health.env("OCTOPOOL_TOKEN", "op_canary").run();
        // What is said of an argument counts as a wrong argument.
        let is_of_arguments = code.status() == 400 && code.as_str() != "invalid_json";
        let stderr = outcome.exits(if is_of_arguments { 2 } else { 1 }).stderr;
        for hint in redacted(&stderr).lines().filter(|line| line.starts_with("hint: ")) {
            writeln!(hints, "{}\n  {hint}", code.as_str()).unwrap();
        }
    }
    insta::assert_snapshot!(hints);
}

#[test]
fn an_error_is_the_same_in_json() {
    let fields = json!({"fields": [{"field": "pool", "problem": "must not be blank"}]});
    let refusal = Answer::error(400, "invalid_request", Some(fields)).header("retry-after", "3");
    let server = Canned::start().on("GET /v1/pools/p/health", refusal);
    let mut transcript = Transcript::default();
    for command in ["health --pool p --url", "health --pool p --json --url"] {
        transcript.run(Home::new().octopool(command).arg(server.url()).env("OCTOPOOL_TOKEN", "op_canary"));
    }
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn errors_without_a_server() {
    let home = Home::new();
    let mut transcript = Transcript::default();
    for command in [
        "whoami",
        "health",
        "health --url ftp://octopool.example.com",
        "health --url http://octopool.example.com --pool p",
        "health --url https://octopool.example.com --token-env UNSET",
        "request --path /x --query no-value",
        "admin pools list --url https://octopool.example.com",
        "admin pools show ..",
        "admin identity --id a --login mia --secret-ref PAT --scope a/b/c",
        "admin apply -f none.toml",
        "admin plan -f none.toml --url https://octopool.example.com",
        "admin frobnicate",
        "admin pools show",
    ] {
        transcript.run(home.octopool(command).env("OCTOPOOL_TOKEN", "op_canary"));
    }
    insta::assert_snapshot!(transcript.text());
}
