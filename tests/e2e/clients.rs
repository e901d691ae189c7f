//! Real clients of GitHub's API, with another base URL and token and nothing else changed.

use std::path::Path;

use reqwest::Method;
use serde_json::json;

use crate::relay::pool;
use crate::world::{ADMIN_TOKEN, Answer, World};

pub(crate) async fn octokit_walks_through_a_repository(world: &World) {
    let deployment = world.relay();
    // Whoever has one pool need not name it.
    let token = pool(deployment, "octocat", "octokit").await;
    let policy = json!({"policy": {"allow_search": true}});
    let change = deployment.request(Method::PATCH, "/v1/admin/pools/octokit").bearer_auth(ADMIN_TOKEN);
    Answer::read(change.json(&policy)).await.ok(200);
    let broad = json!({"id": "octokit-broad", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{"owner": "*"}]});
    deployment.admin("/v1/admin/pools/octokit/identities", &broad).await.ok(201);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/clients/octokit.mjs");
    let output = tokio::process::Command::new("node")
        .arg(script)
        .env("OCTOPOOL_BASE", deployment.base())
        .env("OCTOPOOL_TOKEN", token)
        .env("GITHUB_BASE", deployment.github.base_url())
        .env("GITHUB_TOKEN", &deployment.credentials.tokens.mona)
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
