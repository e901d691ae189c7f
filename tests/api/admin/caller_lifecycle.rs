//! `/v1/admin/callers/{caller}`: what becomes of an enrolled caller.

use std::time::Duration;

use octopool_testkit::TestApp;
use serde_json::{Value, json};

use crate::support::{log_in, opens, provision};

async fn callers(app: &TestApp, query: &str) -> Vec<Value> {
    let list = app.admin().get(&format!("/v1/admin/callers?{query}")).await.ok(200);
    list["callers"].as_array().unwrap().clone()
}

/// Where the caller of this login is.
async fn path(app: &TestApp, login: &str) -> String {
    let callers = callers(app, &format!("login={login}")).await;
    assert_eq!(callers.len(), 1);
    format!("/v1/admin/callers/{}", callers[0]["id"].as_str().unwrap())
}

async fn tag(app: &TestApp, path: &str) -> String {
    app.admin().get(path).await.header("etag").unwrap().to_owned()
}

fn events(app: &TestApp) -> Vec<(String, Value, Value)> {
    let rows = app.database.rows(
        "SELECT action, pool_id, detail FROM audit_events WHERE actor = 'admin' AND action <> 'caller.provision' ORDER BY seq",
    );
    let detail =
        |row: &serde_json::Map<String, Value>| serde_json::from_str(row["detail"].as_str().unwrap()).unwrap();
    rows.iter()
        .map(|row| (row["action"].as_str().unwrap().to_owned(), row["pool_id"].clone(), detail(row)))
        .collect()
}

#[tokio::test]
async fn a_caller_is_shown_with_its_grants_and_clients_but_no_token() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    provision(&app, "hubot", "another").await;
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.expect(403, "caller_not_provisioned");
    provision(&app, "hubot", "maintainers").await;
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    app.clock.advance(Duration::from_mins(1));
    let caller = app.admin().get(&path(&app, "hubot").await).await.ok(200);
    assert_eq!((&caller["github_login"], &caller["status"]), (&json!("hubot"), &json!("active")));
    assert_eq!((&caller["github_user_id"], &caller["org_login"]), (&json!(1002), &json!("acme")));
    let names = |list: &Value, field: &str| -> Vec<String> {
        list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&caller["grants"], "pool"), ["another", "maintainers", "team"]);
    assert_eq!(names(&caller["clients"], "name"), ["admin", "laptop"]);
    for time in
        names(&caller["clients"], "last_used_at").iter().chain(&names(&caller["grants"], "created_at"))
    {
        assert!(time.ends_with('Z'), "{time}");
    }
    assert!(!caller.to_string().contains(&token) && !caller.to_string().contains("hash"));
    assert_eq!(callers(&app, "").await, [caller]);
}

#[tokio::test]
async fn the_last_use_of_a_client_is_shown() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    let laptop = log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    let before = app.admin().get(&path(&app, "hubot").await).await.ok(200);
    app.clock.advance(Duration::from_mins(1));
    assert!(opens(&app, laptop["token"].as_str().unwrap(), "maintainers").await);
    let after = app.admin().get(&path(&app, "hubot").await).await.ok(200);
    assert_eq!(after["clients"][0], before["clients"][0]);
    assert_ne!(after["clients"][1]["last_used_at"], before["clients"][1]["last_used_at"]);
    assert_eq!(after["clients"][1]["created_at"], before["clients"][1]["created_at"]);
}

#[tokio::test]
async fn callers_are_found_by_pool_login_and_status() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    provision(&app, "mona", "team").await;
    provision(&app, "mona", "another").await;
    let mona = path(&app, "MONA").await;
    app.admin().patch(&mona, None, &json!({"status": "disabled"})).await.ok(200);
    for (query, count) in [
        ("", 2),
        ("pool=team", 2),
        ("pool=another", 1),
        ("pool=none", 0),
        ("login=HuBot", 1),
        ("login=nobody", 0),
        ("status=disabled", 1),
        ("status=active&pool=another", 0),
        ("status=disabled&pool=another&login=mona", 1),
    ] {
        assert_eq!(callers(&app, query).await.len(), count, "{query}");
    }
    for (query, field) in
        [("pool=a%2Fb", "pool"), ("login=a_", "login"), ("status=gone", "status"), ("org=acme", "org")]
    {
        let answer =
            app.admin().get(&format!("/v1/admin/callers?{query}")).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), [field]);
    }
}

#[tokio::test]
async fn a_page_of_callers_keeps_its_filters_and_its_cursor_is_no_other_lists() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    provision(&app, "mona", "team").await;
    let answer = app.admin().get("/v1/admin/callers?status=active&limit=1&pool=team").await;
    let link = answer.header("link").unwrap().to_owned();
    let first = answer.ok(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let expected = format!("?pool=team&status=active&limit=1&cursor={cursor}>; rel=\"next\"");
    assert!(link.ends_with(&expected), "{link}");
    let second = app.admin().get(link[1..].split('>').next().unwrap()).await.ok(200);
    assert_ne!(second["callers"][0]["id"], first["callers"][0]["id"]);
    assert_eq!(second["next_cursor"], Value::Null);
    for path in [
        "callers",
        "callers?pool=team",
        "callers?status=disabled&pool=team",
        "pools",
        "pools/team/identities",
    ] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("/v1/admin/{path}{separator}cursor={cursor}");
        let answer = app.admin().get(&path).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), ["cursor"], "{path}");
    }
}

#[tokio::test]
async fn a_disabled_caller_is_refused_at_once_and_an_enabled_one_has_what_it_had() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "maintainers").await;
    let hubot = path(&app, "hubot").await;
    let disabled = app.admin().patch(&hubot, None, &json!({"status": "disabled"})).await;
    let new_tag = disabled.header("etag").unwrap().to_owned();
    assert_eq!(disabled.ok(200)["status"], "disabled");
    assert_eq!(tag(&app, &hubot).await, new_tag);
    assert!(!opens(&app, &token, "maintainers").await);
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.expect(403, "caller_disabled");
    let again = json!({"pool": "maintainers", "github_login": "hubot"});
    app.admin().post("/v1/admin/callers", &again).await.expect(409, "caller_disabled");
    let before = app.database.dump();
    app.admin().patch(&hubot, None, &json!({"status": "disabled"})).await.ok(200);
    assert_eq!(app.database.dump(), before, "no change is no event");
    app.admin().patch(&hubot, Some(&new_tag), &json!({"status": "active"})).await.ok(200);
    assert!(opens(&app, &token, "maintainers").await);
    let events = events(&app);
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].0.as_str(), &events[0].1), ("caller.update", &Value::Null));
    assert_eq!(events[0].2, json!({"github_login": "hubot", "status": {"from": "active", "to": "disabled"}}));
}

#[tokio::test]
async fn a_revoked_grant_closes_its_pool_only() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let token = provision(&app, "hubot", "maintainers").await;
    let grant = format!("{}/pools/maintainers", path(&app, "hubot").await);
    assert_eq!(app.admin().delete(&grant).await.status(), 204);
    assert!(!opens(&app, &token, "maintainers").await);
    assert!(opens(&app, &token, "team").await);
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.expect(403, "caller_not_provisioned");
    app.admin().delete(&grant).await.expect(404, "grant_not_found");
    let told = (
        "caller.revoke_pool".to_owned(),
        json!("maintainers"),
        json!({"github_login": "hubot", "pool": "maintainers"}),
    );
    assert_eq!(events(&app), [told]);
    // The pool can go now, and a new grant makes it again.
    assert_eq!(app.admin().delete("/v1/admin/pools/maintainers").await.status(), 204);
    let token = provision(&app, "hubot", "maintainers").await;
    assert!(opens(&app, &token, "maintainers").await);
}

#[tokio::test]
async fn a_revoked_client_is_out_at_once_and_can_log_in_again() {
    let app = TestApp::start().await;
    let admin = provision(&app, "hubot", "maintainers").await;
    let token = |answer: &Value| answer["token"].as_str().unwrap().to_owned();
    let first = token(&log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201));
    let client = format!("{}/clients/laptop", path(&app, "hubot").await);
    assert_eq!(app.admin().delete(&client).await.status(), 204);
    assert!(!opens(&app, &first, "maintainers").await);
    assert!(opens(&app, &admin, "maintainers").await, "the other client stays");
    app.admin().delete(&client).await.expect(404, "client_not_found");
    app.admin().delete(&client.replace("laptop", "Admin")).await.expect(404, "client_not_found");
    let second = token(&log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201));
    assert!(opens(&app, &second, "maintainers").await && !opens(&app, &first, "maintainers").await);
    let told = (
        "caller.revoke_client".to_owned(),
        Value::Null,
        json!({"github_login": "hubot", "client": "laptop"}),
    );
    assert_eq!(events(&app), [told]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_wrong_is_named() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let (hubot, before) = (path(&app, "hubot").await, app.database.dump());
    let none = "/v1/admin/callers/5a0d1f7e-0000-4000-8000-000000000001";
    app.admin().get(none).await.expect(404, "caller_not_found");
    app.admin().patch(none, None, &json!({"status": "disabled"})).await.expect(404, "caller_not_found");
    app.admin().delete(&format!("{none}/pools/team")).await.expect(404, "caller_not_found");
    app.admin().delete(&format!("{none}/clients/admin")).await.expect(404, "caller_not_found");
    for (tail, field) in [("/pools/a%2Fb", "pool"), ("/clients/a%20b", "client")] {
        let answer = app.admin().delete(&format!("{hubot}{tail}")).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), [field]);
    }
    app.admin().get("/v1/admin/callers/a%2Fb").await.expect(400, "invalid_request");
    for (body, fields) in [
        (json!({}), vec!["status"]),
        (json!({"status": "gone"}), vec!["status"]),
        (json!({"status": true, "name": "X"}), vec!["status", "name"]),
    ] {
        let answer = app.admin().patch(&hubot, None, &body).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), fields);
    }
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn a_decision_on_what_has_changed_since_is_refused_but_a_login_changes_nothing_decided() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    provision(&app, "hubot", "maintainers").await;
    let hubot = path(&app, "hubot").await;
    let seen = tag(&app, &hubot).await;
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    assert_eq!(tag(&app, &hubot).await, seen);
    assert_eq!(app.admin().delete(&format!("{hubot}/pools/team")).await.status(), 204);
    let before = app.database.dump();
    let disable = json!({"status": "disabled"});
    app.admin().patch(&hubot, Some(&seen), &disable).await.expect(412, "precondition_failed");
    for tail in ["/pools/maintainers", "/clients/laptop"] {
        let request =
            http::Request::delete(format!("http://localhost{hubot}{tail}")).header("if-match", &seen);
        let answer = app.admin().send(request.body(axum::body::Body::empty()).unwrap()).await;
        answer.expect(412, "precondition_failed");
    }
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn a_dry_run_answers_the_same_and_writes_nothing() {
    let app = TestApp::start().await;
    let body = json!({"pool": "team", "github_login": "hubot", "name": "Hübot \"the\" \\ 🤖"});
    app.admin().post("/v1/admin/callers", &body).await.ok(201);
    let (hubot, before) = (path(&app, "hubot").await, app.database.dump());
    let disable = json!({"status": "disabled"});
    let planned = app.admin().patch(&format!("{hubot}?dry_run=true"), None, &disable).await;
    let planned_tag = planned.header("etag").unwrap().to_owned();
    let planned = planned.ok(200);
    for tail in ["/pools/team", "/clients/admin"] {
        assert_eq!(app.admin().delete(&format!("{hubot}{tail}?dry_run=true")).await.status(), 204);
    }
    app.admin().delete(&format!("{hubot}/pools/none?dry_run=true")).await.expect(404, "grant_not_found");
    app.admin().delete(&format!("{hubot}/clients/none?dry_run=true")).await.expect(404, "client_not_found");
    assert_eq!(app.database.dump(), before);
    let done = app.admin().patch(&hubot, None, &disable).await;
    assert_eq!(done.header("etag"), Some(planned_tag.as_str()));
    assert_eq!(done.ok(200), planned);
}

#[tokio::test]
async fn two_accounts_that_had_one_login_are_two_callers_told_apart_by_the_number() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let hubot = path(&app, "hubot").await;
    let before = app.admin().get(&hubot).await.ok(200);
    // The login is a memory of how the account was called: the number in the list says whose caller
    // this is.
    app.database.execute("UPDATE callers SET github_login = 'mona' WHERE github_login = 'hubot'").unwrap();
    provision(&app, "mona", "team").await;
    let both = callers(&app, "login=mona").await;
    assert_eq!(both.len(), 2);
    assert_ne!(both[0]["github_user_id"], both[1]["github_user_id"]);
    assert_eq!(app.admin().get(&hubot).await.ok(200)["github_user_id"], before["github_user_id"]);
}

#[tokio::test]
async fn a_change_that_breaks_off_leaves_nothing() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let (hubot, before) = (path(&app, "hubot").await, app.database.dump());
    for statement in 0..2 {
        app.database.break_after(statement);
        app.admin().patch(&hubot, None, &json!({"status": "disabled"})).await.expect(500, "internal_error");
        app.admin().delete(&format!("{hubot}/pools/team")).await.expect(500, "internal_error");
        app.admin().delete(&format!("{hubot}/clients/admin")).await.expect(500, "internal_error");
        app.database.clear_faults();
        assert_eq!(app.database.dump(), before, "broken off after {statement}");
    }
}
