//! Serves the application natively, with a caller and an identity, for programs that talk to it
//! over HTTP: a fuzzer of `/openapi.json`, real clients of GitHub's API.
//!
//! Prints one line and serves until its input ends: its address, the admin token, the caller's
//! token, the address of the stand-in for GitHub, and there the token of an account that belongs to
//! no organization.

use std::error::Error;
use std::io::Read as _;

use octopool_testkit::TestApp;
use octopool_testkit::github::{Credentials, GithubStandin, State};
use serde_json::json;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what it prints is its result")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = TestApp::start().await;
    let caller = json!({ "pool": "maintainers", "github_login": "hubot" });
    let caller = app.admin().post("/v1/admin/callers", &caller).await.ok(201);
    let identity = json!({ "id": "mona", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{ "owner": "acme" }, { "owner": "*" }] });
    app.admin().post("/v1/admin/pools/maintainers/identities", &identity).await.ok(201);
    let policy = json!({ "policy": { "allow_search": true } });
    app.admin().patch("/v1/admin/pools/maintainers", None, &policy).await.ok(200);
    let address = app.serve().await;
    let caller = caller["token"].as_str().unwrap_or_default();
    let (github, outsider) = github().await?;
    println!("http://{address} {} {caller} {} {outsider}", app.admin_token(), github.base_url());
    let wait = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = wait.await;
    app.settle().await;
    Ok(())
}

/// A GitHub that clients ask themselves, and a token for it. Its downloads are under another name
/// of this host, so that clients send no credential there, as with GitHub's own.
async fn github() -> Result<(GithubStandin, String), Box<dyn Error>> {
    let credentials = Credentials::generate()?;
    let github = GithubStandin::start(State::demo(&credentials)?).await?;
    let elsewhere = github.base_url().replace("127.0.0.1", "localhost");
    github.edit(|state| {
        state.download_base = Some(format!("{elsewhere}/_content"));
        state.log_base = Some(format!("{elsewhere}/_logs"));
    });
    Ok((github, credentials.tokens.mallory))
}
