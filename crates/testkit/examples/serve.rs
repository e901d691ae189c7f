//! Serves the application natively, with a caller and an identity, for whatever wants to talk to it over HTTP: a fuzzer of `/openapi.json`.
//!
//! Prints the address, the admin token and the caller's token, and serves until its input ends.

use std::io::Read as _;

use octopool_testkit::TestApp;
use serde_json::json;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "what it prints is its result")]
async fn main() {
    let app = TestApp::start().await;
    let caller = json!({ "pool": "maintainers", "github_login": "hubot" });
    let caller = app.admin().post("/v1/admin/callers", &caller).await.ok(201);
    let identity = json!({ "id": "mona", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{ "owner": "acme" }, { "owner": "*" }] });
    app.admin().post("/v1/admin/pools/maintainers/identities", &identity).await.ok(201);
    let address = app.serve().await;
    println!("http://{address} {} {}", app.admin_token(), caller["token"].as_str().unwrap_or_default());
    let wait = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = wait.await;
    app.settle().await;
}
