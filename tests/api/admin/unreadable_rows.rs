//! Rows that no rule of this build allows: edited by hand, or written by a later release.

use octopool_testkit::TestApp;
use serde_json::{Value, json};

use crate::support::{pat, provision};

/// Changes rows as no release does. The tables' own checks would refuse some of it.
fn edit(app: &TestApp, sql: &str) {
    app.database.execute("PRAGMA ignore_check_constraints = ON").unwrap();
    app.database.execute(sql).unwrap();
}

/// Checks that a path is answered with an error whose cause, in the log, names the row and what is
/// wrong.
async fn refuses(app: &TestApp, path: &str, row: &str, fault: &str) {
    let before = app.log.events().len();
    app.admin().get(path).await.expect(500, "internal_error");
    let logged = Value::from(app.log.events().split_off(before)).to_string();
    assert!(logged.contains(row) && logged.contains(fault), "{path}: {logged}");
}

#[tokio::test]
async fn an_identity_that_cannot_be_read_is_an_error_that_names_its_row() {
    for (edited, fault) in [
        ("kind = 'oauth_app'", "oauth_app"),
        ("kind = 'github_app'", "installation_id"),
        ("installation_id = 51", "installation_id"),
        ("status = 'paused'", "paused"),
        ("login = 'a b'", "GitHub login"),
        ("secret_ref = '1A'", "binding name"),
        ("weight = -1", "1000000"),
    ] {
        let app = TestApp::start().await;
        app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
        edit(&app, &format!("UPDATE identities SET {edited} WHERE id = 'p1'"));
        for path in
            ["/v1/admin/pools/team/identities", "/v1/admin/pools/team/identities/p1", "/v1/admin/state"]
        {
            refuses(&app, path, "`p1` of identities", fault).await;
        }
    }
}

#[tokio::test]
async fn a_scope_that_cannot_be_read_is_an_error_that_names_its_identity() {
    let app = TestApp::start().await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    edit(&app, "UPDATE identity_scopes SET repo = 'a/b'");
    refuses(&app, "/v1/admin/pools/team/identities", "`p1` of identities", "repository name").await;
}

#[tokio::test]
async fn a_caller_that_cannot_be_read_is_an_error_that_names_its_row() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let id = app.database.value("SELECT id FROM callers").as_str().unwrap().to_owned();
    edit(&app, "UPDATE callers SET status = 'paused'");
    for path in
        ["/v1/admin/callers".to_owned(), format!("/v1/admin/callers/{id}"), "/v1/admin/state".to_owned()]
    {
        refuses(&app, &path, &format!("`{id}` of callers"), "paused").await;
    }
}

#[tokio::test]
async fn health_and_reads_of_the_pool_fail_too_and_the_doctor_names_the_identity_beside_the_others() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    for id in ["p1", "p2"] {
        app.admin().post("/v1/admin/pools/team/identities", &pat(id)).await.ok(201);
    }
    edit(&app, "UPDATE identities SET kind = 'oauth_app' WHERE id = 'p1'");
    app.bearer(&token).get("/v1/pools/team/health").await.expect(500, "internal_error");
    let read = json!({ "pool": "team", "method": "GET", "path": "/repos/acme/rocket" });
    app.bearer(&token).post("/v1/github/request", &read).await.expect(500, "internal_error");
    let checks = app.admin().get("/v1/admin/doctor").await.ok(200)["checks"].clone();
    let of_identities = checks.as_array().unwrap().iter().filter(|check| check["subject"].is_string());
    let named: Vec<_> = of_identities
        .map(|check| (check["subject"].as_str().unwrap(), check["check"].as_str().unwrap()))
        .collect();
    assert!(named.contains(&("p1", "identity_readable")), "{named:?}");
    assert!(named.iter().any(|(subject, _)| *subject == "team/p2"), "{named:?}");
}
