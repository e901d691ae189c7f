//! The life of a pool on D1: lists, conditional changes and deletions in batches with `RETURNING`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{ADMIN_TOKEN, Answer, Deployment, World};

const POOL: &str = "/v1/admin/pools/governed";

async fn send(
    deployment: &Deployment,
    method: Method,
    path: &str,
    tag: Option<&str>,
    body: Option<&Value>,
) -> Answer {
    let mut request = deployment.request(method, path).bearer_auth(ADMIN_TOKEN);
    if let Some(tag) = tag {
        request = request.header("if-match", tag);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    Answer::read(request).await
}

pub(crate) async fn a_pool_is_changed_on_the_condition_that_nobody_else_did(world: &World) {
    let deployment = world.provisioned();
    let pat = json!({"id": "governed", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{"owner": "acme"}]});
    deployment.admin(&format!("{POOL}/identities"), &pat).await.ok(201);
    let read = deployment.get(POOL, ADMIN_TOKEN).await;
    let tag = read.header("etag").to_owned();
    assert_eq!(read.ok(200)["policy"]["allowed_owners"], json!(["acme"]));
    let policy = json!({"policy": {"allowed_owners": ["acme", "umbrella"], "allow_search": true}});
    send(deployment, Method::PATCH, POOL, Some(&tag), Some(&policy)).await.ok(200);
    send(deployment, Method::PATCH, POOL, Some(&tag), Some(&policy))
        .await
        .refused(412, "precondition_failed");
    send(deployment, Method::DELETE, POOL, None, None).await.refused(409, "pool_not_empty");

    let identity = format!("{POOL}/identities/governed");
    let change = json!({"weight": 7, "scopes": [{"owner": "acme", "repo": "rocket"}, {"owner": "*"}]});
    let changed = send(deployment, Method::PATCH, &identity, None, Some(&change)).await.ok(200);
    assert_eq!((&changed["weight"], changed["scopes"].as_array().unwrap().len()), (&json!(7), 2));
    assert_eq!(send(deployment, Method::DELETE, &identity, None, None).await.status, 204);
    deployment.get(&identity, ADMIN_TOKEN).await.refused(404, "identity_not_found");
    assert_eq!(send(deployment, Method::DELETE, POOL, None, None).await.status, 204);
    deployment.get(POOL, ADMIN_TOKEN).await.refused(404, "pool_not_found");
}

pub(crate) async fn a_caller_is_found_and_its_client_revoked(world: &World) {
    let deployment = world.provisioned();
    let body = json!({"pool": "revocable", "github_login": "hubot", "client": "revocable"});
    let provisioned = deployment.admin("/v1/admin/callers", &body).await.ok(201);
    let token = provisioned["token"].as_str().unwrap();
    deployment.get("/v1/pools/revocable/health", token).await.ok(200);
    let list = deployment.get("/v1/admin/callers?pool=revocable&login=HUBOT", ADMIN_TOKEN).await.ok(200);
    let id = list["callers"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(provisioned["caller"]["id"], id.as_str());
    let caller = format!("/v1/admin/callers/{id}");
    let shown = deployment.get(&caller, ADMIN_TOKEN).await;
    assert!(shown.text.contains("\"revocable\"") && !shown.text.contains(token), "{}", shown.text);
    let client = format!("{caller}/clients/revocable");
    assert_eq!(send(deployment, Method::DELETE, &client, None, None).await.status, 204);
    deployment.get("/v1/pools/revocable/health", token).await.refused(401, "invalid_auth");
    send(deployment, Method::DELETE, &client, None, None).await.refused(404, "client_not_found");
}
