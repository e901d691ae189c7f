//! `GET /v1/pools/{pool}/health` and `…/string-rewrites`.

use octopool_testkit::TestApp;
use serde_json::json;

use crate::support::{pat, provision};

#[tokio::test]
async fn it_counts_identities_and_shows_each() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    let empty = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!((&empty["identities_total"], &empty["identities_healthy"]), (&json!(0), &json!(0)));
    for id in ["b", "a"] {
        app.admin().post("/v1/admin/pools/team/identities", &pat(id)).await.ok(201);
    }
    app.admin().post("/v1/admin/pools/other/identities", &pat("c")).await.ok(201);
    app.database.execute("UPDATE identities SET status = 'disabled' WHERE id = 'b'").unwrap();
    assert_eq!(
        app.bearer(&token).get("/v1/pools/team/health").await.ok(200),
        json!({
            "pool": "team", "identities_total": 2, "identities_healthy": 1, "policy_version": 1,
            "identities": [
                {"id": "a", "kind": "pat", "status": "active", "cooldown_until": null, "remaining": {}},
                {"id": "b", "kind": "pat", "status": "disabled", "cooldown_until": null, "remaining": {}},
            ],
            "next_reset": null,
        })
    );
}

#[tokio::test]
async fn there_are_no_string_rewrites_and_it_says_so() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    let answer = app.bearer(&token).get("/v1/pools/team/string-rewrites").await.ok(200);
    let expected =
        json!({"schema_version": 1, "revision": 1, "updated_at": "2026-11-01T00:00:00Z", "rules": []});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_token_opens_the_pools_it_was_granted_and_no_other() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    provision(&app, "mona", "secret-pool").await;
    for pool in ["secret-pool", "no-such-pool", "TEAM"] {
        let answer = app.bearer(&token).get(&format!("/v1/pools/{pool}/health")).await;
        answer.expect(401, "invalid_auth");
    }
    for no_name in ["team%2F..%2Fx", "", "%20"] {
        app.bearer(&token).get(&format!("/v1/pools/{no_name}/health")).await.expect(400, "invalid_request");
    }
}

#[tokio::test]
async fn an_admin_sees_the_health_and_the_usage_of_a_pool_without_a_grant() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("a")).await.ok(201);
    let of_caller = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!(app.admin().get("/v1/admin/pools/team/health").await.ok(200), of_caller);
    let mut of_caller = app.bearer(&token).get("/v1/pools/team/stats?since=7d").await.ok(200);
    for name in ["operator", "caller_usage", "client_usage", "caller_routes", "client_routes", "clients"] {
        of_caller.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(app.admin().get("/v1/admin/pools/team/stats?since=7d").await.ok(200), of_caller);
    for report in ["health", "stats"] {
        let absent = app.admin().get(&format!("/v1/admin/pools/none/{report}")).await;
        absent.expect(404, "pool_not_found");
    }
    app.admin().get("/v1/admin/pools/team/stats?client=laptop").await.expect(400, "invalid_request");
}
