//! Caller tokens that an admin of one pool made: they open that pool, whatever their caller is
//! granted later.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{log_in, named_admin, opens, pat, provision};

/// What an admin of `team` made of mona: her token for the client `mine`.
async fn made_by_an_admin_of_team(app: &TestApp) -> String {
    let admin = named_admin(app, "team-admin", Some("team")).await;
    for (pool, id) in [("team", "p1"), ("maintainers", "p2")] {
        app.admin().post(&format!("/v1/admin/pools/{pool}/identities"), &pat(id)).await.ok(201);
    }
    let mine = json!({"pool": "team", "github_login": "mona", "client": "mine"});
    let made = app.bearer(&admin).post("/v1/admin/callers", &mine).await.ok(201);
    made["token"].as_str().unwrap().to_owned()
}

async fn rest(app: &TestApp, token: &str, pool: Option<&str>) -> Answer {
    let request = Request::get("http://localhost:8787/api/v3/repos/acme/rocket");
    let request = request.header("authorization", format!("token {token}"));
    let request = pool.into_iter().fold(request, |request, pool| request.header("x-octopool-pool", pool));
    app.anon().send(request.body(Body::empty()).unwrap()).await
}

async fn relayed(app: &TestApp, token: &str, pool: &str) -> Answer {
    let read = json!({"pool": pool, "method": "GET", "path": "/repos/acme/rocket"});
    app.bearer(token).post("/v1/github/request", &read).await
}

/// Whether every way into the pool is open, or every way is closed.
async fn every_way_into(app: &TestApp, token: &str, pool: &str) -> bool {
    let open = opens(app, token, pool).await;
    let stats = app.bearer(token).get(&format!("/v1/pools/{pool}/stats")).await.status();
    let relay = relayed(app, token, pool).await.status();
    let rest = rest(app, token, Some(pool)).await.status();
    assert_eq!([stats, relay, rest], if open { [200; 3] } else { [401; 3] });
    open
}

async fn clients(app: &TestApp) -> Vec<(Value, Value)> {
    let callers = app.admin().get("/v1/admin/callers?login=mona").await.ok(200);
    let clients = callers["callers"][0]["clients"].as_array().unwrap().clone();
    clients.iter().map(|client| (client["name"].clone(), client["pool"].clone())).collect()
}

#[tokio::test]
async fn a_later_grant_opens_no_other_pool_to_them() {
    for enrollment in ["org-members", "provisioned"] {
        let app = TestApp::with("LOGIN_ENROLLMENT", enrollment).start().await;
        let bound = made_by_an_admin_of_team(&app).await;
        assert!(every_way_into(&app, &bound, "team").await);
        let own = if enrollment == "org-members" {
            let own = log_in(&app, &app.credentials.tokens.mona, "laptop").await.ok(201);
            own["token"].as_str().unwrap().to_owned()
        } else {
            provision(&app, "mona", "maintainers").await
        };
        for pool in ["team", "maintainers"] {
            assert!(every_way_into(&app, &own, pool).await, "{pool}, {enrollment}");
        }
        let used = "SELECT last_used_at FROM caller_tokens WHERE client_name = 'mine'";
        let before = app.database.value(used);
        app.clock.advance(Duration::from_secs(1));
        assert!(!every_way_into(&app, &bound, "maintainers").await, "{enrollment}");
        assert_eq!(app.database.value(used), before, "a use that is refused is none");
        assert!(every_way_into(&app, &bound, "team").await, "{enrollment}");
        // It has one pool to be meant, and the other token has two, of which the default one is
        // meant.
        for (token, identity) in [(&bound, "p1"), (&own, "p2")] {
            let answer = rest(&app, token, None).await;
            assert_eq!((answer.status(), answer.header("x-octopool-identity")), (200, Some(identity)));
        }
        assert!(clients(&app).await.contains(&(json!("mine"), json!("team"))));
    }
}

#[tokio::test]
async fn whoever_has_a_say_in_all_pools_replaces_them() {
    let app = TestApp::start().await;
    let bound = made_by_an_admin_of_team(&app).await;
    provision(&app, "mona", "maintainers").await;
    let mine = json!({"pool": "team", "github_login": "mona", "client": "mine"});
    let made = app.admin().post("/v1/admin/callers", &mine).await.ok(201);
    let unbound = made["token"].as_str().unwrap();
    for pool in ["team", "maintainers"] {
        assert!(opens(&app, unbound, pool).await && !opens(&app, &bound, pool).await, "{pool}");
    }
    assert_eq!(clients(&app).await, [(json!("admin"), json!(null)), (json!("mine"), json!(null))]);
    // So does its user, where the login is the client's.
    let app = TestApp::start().await;
    let bound = made_by_an_admin_of_team(&app).await;
    provision(&app, "mona", "maintainers").await;
    let own = log_in(&app, &app.credentials.tokens.mona, "mine").await.ok(201);
    assert!(opens(&app, own["token"].as_str().unwrap(), "team").await);
    assert!(!opens(&app, &bound, "team").await);
}

#[tokio::test]
async fn without_its_grant_they_open_nothing() {
    let app = TestApp::start().await;
    let bound = made_by_an_admin_of_team(&app).await;
    provision(&app, "mona", "maintainers").await;
    app.database.execute("DELETE FROM caller_pools WHERE pool_id = 'team'").unwrap();
    for pool in ["team", "maintainers"] {
        assert!(!every_way_into(&app, &bound, pool).await, "{pool}");
    }
    assert_eq!(rest(&app, &bound, None).await.status(), 401);
}

#[tokio::test]
async fn an_admin_of_another_pool_does_not_see_them() {
    let app = TestApp::start().await;
    made_by_an_admin_of_team(&app).await;
    provision(&app, "mona", "maintainers").await;
    for (pool, names) in [("maintainers", vec!["admin"]), ("team", vec!["admin", "mine"])] {
        let token = named_admin(&app, &format!("of-{pool}"), Some(pool)).await;
        let callers = app.bearer(&token).get("/v1/admin/callers").await.ok(200);
        let clients = callers["callers"][0]["clients"].as_array().unwrap();
        assert_eq!(clients.iter().map(|client| &client["name"]).collect::<Vec<_>>(), names, "{pool}");
    }
}
