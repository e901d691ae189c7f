//! Libraries of GitHub's API. `tests/e2e/clients/run.mjs` installs each, and starts the program of
//! the document with it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use octopool_testkit::github::{Effect, Fault};
use serde_json::json;

use super::machine::{Machine, TITLE};
use super::{Block, Ran, exactly};

/// What `run.mjs` ends with if a client cannot be had on this machine.
const NOT_RUN: i32 = 3;
/// The address of the server in the document. Not every library takes another authority for TLS, so
/// the programs reach the server on loopback.
const SERVER: &str = "https://your-octopool.example";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Runs a program with a client, and returns how it ended.
fn run(client: &str, file: &str, program: &str, environment: &[(&str, &str)]) -> Output {
    // Below the checkout, whose node_modules has Octokit.
    let folder = root().join("target/clients/programs");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(file), program).unwrap();
    Command::new("node")
        .arg(root().join("tests/e2e/clients/run.mjs"))
        .arg("--program")
        .args([folder.join(file).as_os_str(), client.as_ref()])
        .envs(environment.iter().copied())
        .current_dir(root())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The program of a section reads the title with a caller token alone, and what is expected after
/// it.
fn reads(blocks: &[Block], language: &str, (client, file): (&str, &str), expected: &str) -> Ran {
    let [block] = exactly(blocks);
    let machine = Machine::new();
    let program = block.text(language);
    assert!(program.contains(SERVER), "{program}");
    let program = program.replace(SERVER, &machine.deployment.url());
    let output = run(client, file, &program, &[("OCTOPOOL_TOKEN", &machine.token)]);
    if output.status.code() == Some(NOT_RUN) {
        return Ran::not_here(&said(&output));
    }
    let printed = format!("{TITLE}{expected}\n");
    assert!(output.status.success() && said(&output).contains(&printed), "{}", said(&output));
    Ran::Yes
}

pub(super) fn octokit(blocks: &[Block]) -> Ran {
    reads(blocks, "js", ("octokit", "octokit.mjs"), " OPEN")
}

pub(super) fn pygithub(blocks: &[Block]) -> Ran {
    reads(blocks, "python", ("pygithub", "pygithub.py"), "\nOPEN")
}

pub(super) fn go_github(blocks: &[Block]) -> Ran {
    reads(blocks, "go", ("go-github", "go-github.go"), "")
}

pub(super) fn octocrab(blocks: &[Block]) -> Ran {
    reads(blocks, "rust", ("octocrab", "octocrab.rs"), " \"OPEN\"")
}

pub(super) fn octokit_that_also_writes(blocks: &[Block]) -> Ran {
    let [proxy, program, shell] = exactly(blocks);
    let machine = Machine::new();
    machine.log_in();
    let comments = "/repos/acme/rocket/issues/7/comments";
    machine.deployment.app.github.fault(Fault::on("POST", comments, Effect::respond(201, json!({"id": 1}))));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let at = |script: &str| script.replace("8999", &free);
    let _running = machine.start(&at(proxy.text("sh")));
    // The file that the shell's line names, beside the modules that it imports.
    let home = machine.deployment.home.path();
    fs::write(home.join("comment.mjs"), program.text("js")).unwrap();
    let modules = root().join("node_modules");
    std::os::unix::fs::symlink(&modules, home.join("node_modules")).unwrap();
    let node = modules.join(".bin/node");
    if !node.exists() || !modules.join("@octokit/rest").exists() {
        return Ran::not_here("the node modules are not installed: `npm run setup`");
    }
    std::os::unix::fs::symlink(&node, home.join("bin/node")).unwrap();
    let before = machine.internet.requests().len();
    let own = machine.github_token();
    let outcome = machine.shell(&at(shell.text("sh"))).env("GITHUB_TOKEN", &own).run().exits(0);
    assert_eq!(outcome.stdout, format!("{TITLE} OPEN\n"), "{outcome:#?}");

    // Both reads went to the pool with octopool's token, the write to GitHub with the program's
    // own.
    let requests = machine.internet.requests().split_off(before);
    let sent: Vec<_> = requests
        .iter()
        .map(|it| (it.host().to_owned(), it.method.clone(), it.path.clone()))
        .map(|(host, method, path)| format!("{method} {host}{path}"))
        .collect();
    assert_eq!(
        sent,
        [
            "POST your-octopool.example/v1/github/request",
            "POST your-octopool.example/api/graphql",
            "POST api.github.com/repos/acme/rocket/issues/7/comments",
        ]
    );
    assert!(requests[2].header("authorization").unwrap().ends_with(&own));
    machine.kept_credentials_apart();
    Ran::Yes
}
