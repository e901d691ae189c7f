//! Real clients of GitHub's API, with another base URL and token and nothing else changed.

use std::path::Path;
use std::process::Output;

use octopool_testkit::github::demo::{ACME, NEWBIE};
use octopool_testkit::github::model::memberships::{Membership, Role};
use octopool_testkit::github::{Credentials, GithubStandin, State};
use reqwest::Method;
use serde_json::json;
use tokio::process::Command;

use crate::relay::pool;
use crate::world::{ADMIN_TOKEN, Answer, Deployment, World};

/// What `clients/run.mjs` ends with if a client cannot be had on this machine.
const NOT_RUN: i32 = 3;

/// A pool that searches and reads any public repository, and a caller in it.
async fn searching_pool(deployment: &Deployment, login: &str, name: &str) -> String {
    let token = pool(deployment, login, name).await;
    let policy = json!({"policy": {"allow_search": true}});
    let change = deployment.request(Method::PATCH, &format!("/v1/admin/pools/{name}"));
    Answer::read(change.bearer_auth(ADMIN_TOKEN).json(&policy)).await.ok(200);
    let broad = json!({"id": format!("{name}-broad"), "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{"owner": "*"}]});
    deployment.admin(&format!("/v1/admin/pools/{name}/identities"), &broad).await.ok(201);
    token
}

pub(crate) async fn pygithub_walks_through_a_repository(world: &World) {
    walks(world, "pygithub").await;
}

pub(crate) async fn go_github_walks_through_a_repository(world: &World) {
    walks(world, "go-github").await;
}

pub(crate) async fn octokit_with_its_plugins_walks_through_a_repository(world: &World) {
    walks(world, "octokit").await;
}

pub(crate) async fn octocrab_walks_through_a_repository(world: &World) {
    walks(world, "octocrab").await;
}

/// Walks through GitHub itself and then through the Worker: what the walk expects is what GitHub
/// does.
async fn walks(world: &World, client: &str) {
    let credentials = Credentials::generate().unwrap();
    let github = GithubStandin::start(State::demo(&credentials).unwrap()).await.unwrap();
    // Under another name, so that clients send no credential there, as with the hosts that GitHub's
    // downloads are on.
    let elsewhere = github.base_url().replace("127.0.0.1", "localhost");
    github.edit(|state| {
        state.download_base = Some(format!("{elsewhere}/_content"));
        state.log_base = Some(format!("{elsewhere}/_logs"));
    });
    walk(client, github.base_url(), &credentials.tokens.mallory, "mallory").await;

    // A pool of its own, so that no walk finds what another one has left in the cache. The caller
    // names none.
    let deployment = world.clients();
    let login = match client {
        "pygithub" => "hubot",
        "go-github" => "octocat",
        "octokit" => "mona",
        _ => {
            let member = Membership::active(Role::Member);
            deployment.github.edit(|state| state.memberships.set(ACME, NEWBIE, member));
            "newbie"
        }
    };
    let token = searching_pool(deployment, login, client).await;
    walk(client, &format!("{}/api/v3", deployment.base()), &token, login).await;
}

/// Runs one walk. A client that cannot be had here is said to be missing; where everything can be
/// had, that is a failure.
#[expect(clippy::print_stderr, reason = "what was not run must be seen, and no test can be skipped half-way")]
async fn walk(client: &str, base: &str, token: &str, login: &str) {
    let mut command = node("tests/e2e/clients/run.mjs");
    command.args(["--base", base, client]).env("WALK_TOKEN", token).env("WALK_LOGIN", login);
    let output = command.output().await.unwrap();
    if output.status.code() == Some(NOT_RUN) && std::env::var_os("CI").is_none() {
        eprintln!("NOT RUN: {client} through {base}: {}", said(&output));
        return;
    }
    assert!(output.status.success(), "{client} through {base}:\n{}", said(&output));
}

fn node(script: &str) -> Command {
    let mut command = Command::new(crate::world::node());
    command.arg(script).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

pub(crate) async fn octokit_says_what_github_says(world: &World) {
    let deployment = world.relay();
    // A caller with one pool need not name it.
    let token = searching_pool(deployment, "octocat", "octokit").await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/clients/octokit.mjs");
    let output = Command::new(crate::world::node())
        .arg(script)
        .env("OCTOPOOL_BASE", deployment.base())
        .env("OCTOPOOL_TOKEN", token)
        .env("GITHUB_BASE", deployment.github.base_url())
        // Somebody who sees what is public and nothing else, as the pool shows it.
        .env("GITHUB_TOKEN", &deployment.credentials.tokens.mallory)
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}
