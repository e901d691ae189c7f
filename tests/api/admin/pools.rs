//! `/v1/admin/pools`.

use std::time::Duration;

use http::{Method, Request};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{pat, provision};

const TEAM: &str = "/v1/admin/pools/team";

/// A deployment whose pool `team` nobody uses.
async fn with_empty_pool() -> TestApp {
    let app = TestApp::start().await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    app.database.execute("DELETE FROM identities").unwrap();
    app
}

fn policy(owner: &str) -> Value {
    json!({"policy": {"allowed_owners": [owner], "allow_public_repos": false, "allow_search": true, "allow_logs": false}})
}

async fn tag(app: &TestApp) -> String {
    app.admin().get(TEAM).await.header("etag").unwrap().to_owned()
}

async fn delete_if(app: &TestApp, tag: &str) -> Answer {
    let request = Request::delete(format!("http://localhost{TEAM}")).header("if-match", tag);
    app.admin().send(request.body(axum::body::Body::empty()).unwrap()).await
}

fn audit(app: &TestApp) -> Vec<(String, Value)> {
    let rows =
        app.database.rows("SELECT action, detail FROM audit_events WHERE action LIKE 'pool.%' ORDER BY seq");
    let text = |row: &serde_json::Map<String, Value>, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(row, "action"), serde_json::from_str(&text(row, "detail")).unwrap()))
        .collect()
}

#[tokio::test]
async fn a_pool_is_shown_with_its_policy_and_who_uses_it() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    provision(&app, "mona", "team").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    let mut pool = app.admin().get(TEAM).await.ok(200);
    for field in ["created_at", "updated_at"] {
        let time = pool[field].take();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
    let expected = json!({
        "id": "team",
        "policy": {"allowed_owners": ["acme"], "allow_public_repos": true, "allow_search": false, "allow_logs": true},
        "callers_total": 2, "identities_total": 1, "created_at": null, "updated_at": null,
    });
    assert_eq!(pool, expected);
    let list = app.admin().get("/v1/admin/pools").await;
    assert_eq!(list.header("link"), None);
    let list = list.ok(200);
    assert_eq!(list["pools"][0]["callers_total"], 2);
    assert_eq!(list["next_cursor"], Value::Null);
}

#[tokio::test]
async fn a_broken_policy_is_shown_as_broken_and_can_be_mended() {
    let app = with_empty_pool().await;
    for (text, problem) in [
        ("{", "The stored policy is not a JSON object."),
        ("[]", "The stored policy is not a JSON object."),
        (r#"{"allow_logs":"yes"}"#, "The stored policy `allow_logs` must be true or false."),
    ] {
        app.database.execute(&format!("UPDATE pools SET policy_json = '{text}'")).unwrap();
        let pool = app.admin().get(TEAM).await.ok(200);
        assert_eq!((&pool["policy"], &pool["policy_problem"]), (&Value::Null, &json!(problem)));
        let tag = tag(&app).await;
        let mended = app.admin().patch(TEAM, Some(&tag), &policy("acme")).await.ok(200);
        assert_eq!(mended["policy"]["allow_search"], true);
        assert_eq!(mended.get("policy_problem"), None);
    }
    assert_eq!(audit(&app)[0].1["policy"]["from"], "{", "what cannot be read is told as it stood there");
}

#[tokio::test]
async fn a_policy_is_replaced_whole() {
    let app = with_empty_pool().await;
    app.clock.advance(Duration::from_mins(1));
    let before = app.admin().get(TEAM).await.ok(200);
    let answer = app.admin().patch(TEAM, None, &policy("Umbrella")).await;
    let new_tag = answer.header("etag").unwrap().to_owned();
    let pool = answer.ok(200);
    assert_eq!(pool["policy"]["allowed_owners"], json!(["umbrella"]));
    assert_eq!(new_tag, tag(&app).await);
    assert_eq!(pool, app.admin().get(TEAM).await.ok(200));
    assert_eq!(pool["created_at"], before["created_at"]);
    assert_ne!(pool["updated_at"], before["updated_at"]);
    // What is left out is not what was there, but what a new pool has.
    let pool = app.admin().patch(TEAM, None, &json!({"policy": {"allow_logs": false}})).await.ok(200);
    assert_eq!(
        pool["policy"],
        json!({"allowed_owners": ["acme"], "allow_public_repos": true, "allow_search": false, "allow_logs": false})
    );
    let (action, detail) = audit(&app).remove(0);
    assert_eq!(action, "pool.update");
    assert_eq!(detail["policy"]["from"]["allowed_owners"], json!(["acme"]));
    assert_eq!(detail["policy"]["to"]["allowed_owners"], json!(["umbrella"]));
}

#[tokio::test]
async fn every_rule_that_a_policy_breaks_is_named_and_nothing_is_written() {
    let app = with_empty_pool().await;
    let before = app.database.dump();
    for (body, fields) in [
        (json!({}), vec!["policy"]),
        (json!({"policy": null}), vec!["policy"]),
        (json!({"policy": []}), vec!["policy"]),
        (json!({"policy": "{}"}), vec!["policy"]),
        (json!({"policy": {}, "id": "other"}), vec!["id"]),
        (
            json!({"policy": {"allowed_owners": ["acme", 1, "a/b"], "allow_logs": "no", "allow_serach": true}}),
            vec![
                "policy.allowed_owners[1]",
                "policy.allow_logs",
                "policy.allowed_owners[2]",
                "policy.allow_serach",
            ],
        ),
        (json!({"policy": {"allow_search": null}}), vec!["policy.allow_search"]),
    ] {
        let answer = app.admin().patch(TEAM, None, &body).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = with_empty_pool().await;
    let before = app.database.dump();
    let none = "/v1/admin/pools/none";
    app.admin().get(none).await.expect(404, "pool_not_found");
    app.admin().patch(none, None, &policy("acme")).await.expect(404, "pool_not_found");
    app.admin().patch(none, Some("*"), &policy("acme")).await.expect(404, "pool_not_found");
    app.admin().delete(none).await.expect(404, "pool_not_found");
    for method in [Method::GET, Method::DELETE] {
        app.admin().request(method, "/v1/admin/pools/a%2Fb").await.expect(400, "invalid_request");
    }
    assert_eq!(app.database.dump(), before, "no pool is made by asking for it");
}

#[tokio::test]
async fn a_change_of_what_is_not_there_any_more_is_refused() {
    let app = with_empty_pool().await;
    let seen = tag(&app).await;
    app.admin().patch(TEAM, Some(&seen), &policy("umbrella")).await.ok(200);
    let before = app.database.dump();
    for stale in [seen.as_str(), "\"x\"", "x", "", "W/\"x\", \"y\""] {
        app.admin().patch(TEAM, Some(stale), &policy("acme")).await.expect(412, "precondition_failed");
        delete_if(&app, stale).await.expect(412, "precondition_failed");
    }
    assert_eq!(app.database.dump(), before);
    // An edge that compresses makes the tag weak.
    let weak = format!("\"other\", W/{}", tag(&app).await);
    app.admin().patch(TEAM, Some(&weak), &policy("acme")).await.ok(200);
    app.admin().patch(TEAM, Some("*"), &policy("mona")).await.ok(200);
    let seen = tag(&app).await;
    // By hand counts as well.
    app.database.execute("UPDATE pools SET policy_json = policy_json || ' '").unwrap();
    app.admin().patch(TEAM, Some(&seen), &policy("acme")).await.expect(412, "precondition_failed");
}

#[tokio::test]
async fn a_policy_that_stands_there_already_is_no_change() {
    let app = with_empty_pool().await;
    app.admin().patch(TEAM, None, &policy("acme")).await.ok(200);
    let before = app.database.dump();
    app.clock.advance(Duration::from_mins(1));
    app.admin().patch(TEAM, None, &policy("acme")).await.ok(200);
    assert_eq!(app.database.dump(), before, "and not in the audit");
}

#[tokio::test]
async fn a_dry_run_answers_the_same_and_writes_nothing() {
    let app = with_empty_pool().await;
    let (before, seen) = (app.database.dump(), tag(&app).await);
    let dry = format!("{TEAM}?dry_run=true");
    let planned = app.admin().patch(&dry, Some(&seen), &policy("umbrella")).await;
    let planned_tag = planned.header("etag").unwrap().to_owned();
    let planned = planned.ok(200);
    assert_eq!(app.admin().delete(&dry).await.status(), 204);
    app.admin().patch(&dry, Some("\"x\""), &policy("acme")).await.expect(412, "precondition_failed");
    app.admin().patch(&dry, None, &json!({"policy": 1})).await.expect(400, "invalid_request");
    app.admin().delete("/v1/admin/pools/none?dry_run=true").await.expect(404, "pool_not_found");
    assert_eq!(app.database.dump(), before);
    let done = app.admin().patch(&format!("{TEAM}?dry_run=false"), Some(&seen), &policy("umbrella")).await;
    assert_eq!(done.header("etag"), Some(planned_tag.as_str()));
    assert_eq!(done.ok(200), planned);
}

#[tokio::test]
async fn a_parameter_that_is_not_known_changes_nothing() {
    let app = with_empty_pool().await;
    let before = app.database.dump();
    for (query, field) in [
        ("dryrun=true", "dryrun"),
        ("dry_run=yes", "dry_run"),
        ("dry_run=", "dry_run"),
        ("dry_run", "dry_run"),
        ("dry_run=true&dry_run=false", "dry_run"),
        ("force=1", "force"),
    ] {
        let path = format!("{TEAM}?{query}");
        let answer = app.admin().delete(&path).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), [field], "{query}");
        let answer = app.admin().patch(&path, None, &policy("acme")).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), [field], "{query}");
    }
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn only_a_pool_that_nobody_uses_is_deleted() {
    let app = with_empty_pool().await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    let before = app.database.dump();
    app.admin().delete(TEAM).await.expect(409, "pool_not_empty");
    app.admin().delete(&format!("{TEAM}?dry_run=true")).await.expect(409, "pool_not_empty");
    assert_eq!(app.database.dump(), before);
    app.database.execute("DELETE FROM identities").unwrap();
    provision(&app, "hubot", "team").await;
    app.admin().delete(TEAM).await.expect(409, "pool_not_empty");
    app.database.execute("DELETE FROM caller_pools").unwrap();
    let answer = app.admin().delete(TEAM).await;
    assert_eq!((answer.status(), answer.text().as_str()), (204, ""));
    app.admin().get(TEAM).await.expect(404, "pool_not_found");
    app.admin().delete(TEAM).await.expect(404, "pool_not_found");
    let events = audit(&app);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].0, "pool.delete");
    assert_eq!(events[0].1["policy"]["allowed_owners"], json!(["acme"]));
    // It can be made again, with a new pool's policy.
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
}

#[tokio::test]
async fn a_change_that_breaks_off_leaves_nothing() {
    let app = with_empty_pool().await;
    let before = app.database.dump();
    for statement in 0..2 {
        app.database.break_after(statement);
        app.admin().patch(TEAM, None, &policy("umbrella")).await.expect(500, "internal_error");
        app.admin().delete(TEAM).await.expect(500, "internal_error");
        app.database.clear_faults();
        assert_eq!(app.database.dump(), before, "broken off after {statement}");
    }
    app.database.overload();
    for answer in [
        app.admin().get(TEAM).await,
        app.admin().get("/v1/admin/pools").await,
        app.admin().delete(TEAM).await,
    ] {
        answer.expect(503, "relay_overloaded");
    }
}
