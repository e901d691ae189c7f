//! `/v1/client`: what a token says of itself, and its end.

use octopool_testkit::TestApp;
use serde_json::json;

use crate::support::provision;

#[tokio::test]
async fn a_token_says_whose_it_is_and_which_pool_counts_without_a_name() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "triage").await;
    let client = || app.bearer(&token);
    let expected = json!({
        "github_login": "hubot", "org_login": "acme", "client_name": "admin", "pool": "triage", "pools": ["triage"],
    });
    assert_eq!(client().get("/v1/client").await.ok(200), expected);
    // Of several pools none counts, unless one of them is the default login pool.
    app.admin()
        .post("/v1/admin/callers", &json!({"pool": "b", "github_login": "hubot", "client": "x"}))
        .await
        .ok(201);
    let several = client().get("/v1/client").await.ok(200);
    assert_eq!((&several["pool"], &several["pools"]), (&json!(null), &json!(["b", "triage"])));
    let default = json!({"pool": "maintainers", "github_login": "hubot", "client": "x"});
    app.admin().post("/v1/admin/callers", &default).await.ok(201);
    assert_eq!(client().get("/v1/client").await.ok(200)["pool"], "maintainers");
}

#[tokio::test]
async fn a_client_revokes_its_own_token_and_no_other() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "triage").await;
    let other = json!({"pool": "triage", "github_login": "hubot", "client": "ci"});
    let other = app.admin().post("/v1/admin/callers", &other).await.ok(201)["token"].clone();
    let client = app.bearer(&token);
    // This isolate knows the caller now.
    client.get("/v1/pools/triage/health").await.ok(200);
    assert_eq!(client.delete("/v1/client?dry_run=true").await.status(), 204);
    client.get("/v1/client").await.ok(200);
    client.delete("/v1/client?dryrun=true").await.expect(400, "invalid_request");
    assert_eq!(client.delete("/v1/client").await.status(), 204);
    client.get("/v1/client").await.expect(401, "invalid_auth");
    client.get("/v1/pools/triage/health").await.expect(401, "invalid_auth");
    client.delete("/v1/client").await.expect(401, "invalid_auth");
    app.bearer(other.as_str().unwrap()).get("/v1/client").await.ok(200);
    let audit = app.admin().get("/v1/admin/audit?action=caller.revoke_client").await.ok(200);
    let events = audit["events"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{audit}");
    assert!(events[0]["actor"].as_str().unwrap().starts_with("caller:"), "{audit}");
    assert_eq!(events[0]["detail"], json!({"github_login": "hubot", "client": "admin"}));
}
