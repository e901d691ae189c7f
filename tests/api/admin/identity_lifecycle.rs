//! `/v1/admin/pools/{pool}/identities/{id}`: what becomes of a registered identity.

use std::time::Duration;

use http::Request;
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{opens, pat, provision};

const LIST: &str = "/v1/admin/pools/team/identities";
const P1: &str = "/v1/admin/pools/team/identities/p1";
const INSTALLATION: &str = "/v1/admin/pools/team/identities/app";

async fn registered() -> TestApp {
    let app = TestApp::start().await;
    app.admin().post(LIST, &pat("p1")).await.ok(201);
    let installation = json!({
        "id": "app", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": 5, "scopes": [{"owner": "acme", "repo": "rocket", "allow_private": true}, {"owner": "umbrella"}],
    });
    app.admin().post(LIST, &installation).await.ok(201);
    app
}

async fn tag(app: &TestApp) -> String {
    app.admin().get(P1).await.header("etag").unwrap().to_owned()
}

async fn delete_if(app: &TestApp, tag: &str) -> Answer {
    let request = Request::delete(format!("http://localhost{P1}")).header("if-match", tag);
    app.admin().send(request.body(axum::body::Body::empty()).unwrap()).await
}

fn details(app: &TestApp, action: &str) -> Vec<Value> {
    let sql = format!("SELECT detail FROM audit_events WHERE action = '{action}' ORDER BY seq");
    let rows = app.database.rows(&sql);
    rows.iter().map(|row| serde_json::from_str(row["detail"].as_str().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn an_identity_is_shown_as_it_was_registered() {
    let app = registered().await;
    let mut shown = app.admin().get(INSTALLATION).await.ok(200);
    for field in ["created_at", "updated_at"] {
        let time = shown.as_object_mut().unwrap().remove(field).unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
    let expected = json!({
        "id": "app", "pool": "team", "kind": "github_app", "login": "octopool-acme[bot]",
        "secret_ref": "OCTOPOOL_APP_KEY", "installation_id": 5, "weight": 100, "status": "active",
        "scopes": [
            {"owner": "acme", "repo": "rocket", "allow_private": true},
            {"owner": "umbrella", "allow_private": false},
        ],
    });
    assert_eq!(shown, expected);
    let list = app.admin().get(LIST).await.ok(200);
    let ids: Vec<_> = list["identities"].as_array().unwrap().iter().map(|identity| &identity["id"]).collect();
    assert_eq!((json!(ids), &list["next_cursor"]), (json!(["app", "p1"]), &Value::Null));
    assert_eq!(list["identities"][1], app.admin().get(P1).await.ok(200));
}

#[tokio::test]
async fn only_what_is_given_changes() {
    let app = registered().await;
    let mut expected = app.admin().get(P1).await.ok(200);
    for (field, value) in [
        ("login", json!("hubot")),
        ("secret_ref", json!("OTHER_PAT")),
        ("weight", json!(0)),
        ("scopes", json!([{"owner": "*", "allow_private": false}])),
        ("scopes", json!([])),
        ("status", json!("disabled")),
        ("status", json!("active")),
    ] {
        app.clock.advance(Duration::from_secs(1));
        let from = expected[field].clone();
        let answer = app.admin().patch(P1, None, &json!({field: value})).await;
        let new_tag = answer.header("etag").unwrap().to_owned();
        let shown = answer.ok(200);
        assert_ne!(shown["updated_at"], expected["updated_at"]);
        expected[field] = value.clone();
        expected["updated_at"] = shown["updated_at"].clone();
        assert_eq!(shown, expected, "{field}");
        assert_eq!(app.admin().get(P1).await.ok(200), expected);
        assert_eq!(tag(&app).await, new_tag);
        let detail = details(&app, "identity.update").pop().unwrap();
        assert_eq!(detail.as_object().unwrap().len(), 1, "{detail}");
        if field != "scopes" {
            assert_eq!(detail[field], json!({"from": from, "to": value}));
        }
    }
    assert_eq!(details(&app, "identity.update").len(), 7);
    let moved =
        app.admin().patch(INSTALLATION, None, &json!({"installation_id": 6, "weight": 1})).await.ok(200);
    assert_eq!((&moved["installation_id"], &moved["weight"]), (&json!(6), &json!(1)));
}

#[tokio::test]
async fn null_stands_for_what_is_not_given() {
    let app = registered().await;
    let before = app.admin().get(P1).await.ok(200);
    let absent = json!({"login": null, "secret_ref": null, "installation_id": null, "scopes": null, "status": null, "weight": 7});
    let after = app.admin().patch(P1, None, &absent).await.ok(200);
    assert_eq!((&after["weight"], &after["scopes"]), (&json!(7), &before["scopes"]));
}

#[tokio::test]
async fn the_rules_are_those_of_the_registration() {
    let app = registered().await;
    let before = app.database.dump();
    let many: Vec<_> = (0..101).map(|number| json!({"owner": format!("org{number}")})).collect();
    for (path, body, code, fields) in [
        (P1, json!({}), "invalid_request", vec!["body"]),
        (P1, json!({"login": null, "weight": null}), "invalid_request", vec!["body"]),
        (
            P1,
            json!({"login": "a/b", "weight": -1, "status": "gone", "wieght": 1}),
            "invalid_request",
            vec!["login", "weight", "status", "wieght"],
        ),
        (P1, json!({"login": ""}), "invalid_request", vec!["login"]),
        (P1, json!({"status": true}), "invalid_request", vec!["status"]),
        (P1, json!({"weight": 1.0}), "invalid_request", vec!["weight"]),
        (P1, json!({"id": "p2"}), "invalid_request", vec!["id"]),
        (P1, json!({"pool": "other"}), "invalid_request", vec!["pool"]),
        (P1, json!({"kind": "pat"}), "invalid_request", vec!["kind"]),
        (
            P1,
            json!({"kind": "github_app", "installation_id": 5}),
            "invalid_request",
            vec!["kind", "installation_id"],
        ),
        (P1, json!({"secret_ref": "OCTOPOOL_ADMIN_TOKEN"}), "secret_ref_reserved", vec!["secret_ref"]),
        (P1, json!({"secret_ref": "A-B"}), "invalid_request", vec!["secret_ref"]),
        (P1, json!({"installation_id": 5}), "invalid_request", vec!["installation_id"]),
        (P1, json!({"scopes": "acme"}), "invalid_request", vec!["scopes"]),
        (P1, json!({"scopes": many}), "invalid_request", vec!["scopes"]),
        (
            P1,
            json!({"scopes": [{"owner": "*", "repo": "x"}, {}]}),
            "invalid_request",
            vec!["scopes[0].repo", "scopes[1].owner"],
        ),
        (INSTALLATION, json!({"installation_id": 0}), "installation_id_required", vec!["installation_id"]),
        (INSTALLATION, json!({"installation_id": "5"}), "installation_id_required", vec!["installation_id"]),
        (INSTALLATION, json!({"scopes": [{"owner": "*"}]}), "invalid_request", vec!["scopes[0].owner"]),
    ] {
        let answer = app.admin().patch(path, None, &body).await.expect(400, code);
        assert_eq!(answer.fields(), fields, "{body}");
    }
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn what_is_not_in_the_pool_is_not_found() {
    let app = registered().await;
    app.admin().post("/v1/admin/pools/other/identities", &pat("p2")).await.ok(201);
    let before = app.database.dump();
    let body = json!({"weight": 1});
    for (path, code) in [
        ("/v1/admin/pools/team/identities/p2", "identity_not_found"),
        ("/v1/admin/pools/none/identities/p1", "pool_not_found"),
    ] {
        app.admin().get(path).await.expect(404, code);
        app.admin().patch(path, None, &body).await.expect(404, code);
        app.admin().delete(path).await.expect(404, code);
    }
    app.admin().get("/v1/admin/pools/none/identities").await.expect(404, "pool_not_found");
    app.admin().get("/v1/admin/pools/team/identities/a%2Fb").await.expect(400, "invalid_request");
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn a_change_of_what_has_changed_since_is_refused() {
    let app = registered().await;
    let seen = tag(&app).await;
    app.admin().patch(P1, Some(&seen), &json!({"scopes": [{"owner": "umbrella"}]})).await.ok(200);
    let before = app.database.dump();
    app.admin().patch(P1, Some(&seen), &json!({"weight": 5})).await.expect(412, "precondition_failed");
    delete_if(&app, &seen).await.expect(412, "precondition_failed");
    assert_eq!(app.database.dump(), before);
    // A registration and an edit by hand count like any change.
    let seen = tag(&app).await;
    app.admin().post(LIST, &pat("p1")).await.ok(201);
    app.admin().patch(P1, Some(&seen), &json!({"weight": 5})).await.expect(412, "precondition_failed");
    let seen = tag(&app).await;
    app.database.execute("UPDATE identity_scopes SET allow_private = 1 WHERE identity_id = 'p1'").unwrap();
    app.admin().patch(P1, Some(&seen), &json!({"weight": 5})).await.expect(412, "precondition_failed");
    let seen = tag(&app).await;
    assert_eq!(delete_if(&app, &seen).await.status(), 204);
}

#[tokio::test]
async fn what_was_seen_of_a_deleted_identity_says_nothing_of_the_one_after_it() {
    let app = registered().await;
    let (seen, body) = (tag(&app).await, app.admin().get(P1).await.ok(200));
    assert_eq!(app.admin().delete(P1).await.status(), 204);
    let mut again = body.clone();
    for shown_only in ["id", "pool", "status", "created_at", "updated_at", "installation_id"] {
        again.as_object_mut().unwrap().remove(shown_only);
    }
    again["id"] = json!("p1");
    app.admin().post(LIST, &again).await.ok(201);
    assert_eq!(app.admin().get(P1).await.ok(200), body);
    assert_eq!(delete_if(&app, &seen).await.status(), 412);
    assert_eq!(delete_if(&app, &tag(&app).await).await.status(), 204);
}

#[tokio::test]
async fn a_registration_of_the_same_keeps_the_version() {
    let app = registered().await;
    let seen = tag(&app).await;
    let weight = json!({"weight": 5});
    app.admin().patch(P1, Some(&seen), &weight).await.ok(200);
    let body = app.admin().get(P1).await.ok(200);
    let again = json!({
        "id": "p1", "kind": body["kind"], "login": body["login"], "secret_ref": body["secret_ref"],
        "weight": 5, "scopes": body["scopes"],
    });
    let seen = tag(&app).await;
    let answer = app.admin().post(LIST, &again).await;
    assert_eq!(answer.header("etag"), Some(seen.as_str()));
    answer.ok(201);
    assert_eq!(tag(&app).await, seen);
}

#[tokio::test]
async fn what_stands_there_already_is_no_change() {
    let app = registered().await;
    let before = app.database.dump();
    app.clock.advance(Duration::from_mins(1));
    let same = json!({"login": "mona", "scopes": [{"owner": "acme"}, {"owner": "acme"}], "status": "active"});
    app.admin().patch(P1, None, &same).await.ok(200);
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn a_dry_run_answers_the_same_and_writes_nothing() {
    let app = registered().await;
    let (before, seen) = (app.database.dump(), tag(&app).await);
    let dry = format!("{P1}?dry_run=true");
    let body = json!({
        "login": "hubot", "secret_ref": "X", "weight": 7, "status": "disabled",
        "scopes": [{"owner": "Umbrella", "repo": ".git_hub-x", "allow_private": true}, {"owner": "*"}],
    });
    let planned = app.admin().patch(&dry, Some(&seen), &body).await;
    let planned_tag = planned.header("etag").unwrap().to_owned();
    let planned = planned.ok(200);
    assert_eq!(app.admin().delete(&dry).await.status(), 204);
    app.admin().patch(&dry, Some("\"x\""), &body).await.expect(412, "precondition_failed");
    assert_eq!(app.database.dump(), before);
    let done = app.admin().patch(P1, Some(&seen), &body).await;
    assert_eq!(done.header("etag"), Some(planned_tag.as_str()), "the plan is what the database makes of it");
    assert_eq!(done.ok(200), planned);
}

#[tokio::test]
async fn a_disabled_identity_is_not_healthy_and_a_deleted_one_is_gone() {
    let app = registered().await;
    let token = provision(&app, "hubot", "team").await;
    let health = async || app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    app.admin().patch(P1, None, &json!({"status": "disabled"})).await.ok(200);
    let now = health().await;
    assert_eq!((&now["identities_total"], &now["identities_healthy"]), (&json!(2), &json!(1)));
    assert_eq!(app.admin().delete(P1).await.status(), 204);
    assert_eq!(health().await["identities_total"], 1);
    app.admin().delete(P1).await.expect(404, "identity_not_found");
    assert_eq!(app.database.value("SELECT count(*) FROM identity_scopes WHERE identity_id = 'p1'"), 0);
    let detail = details(&app, "identity.delete").remove(0);
    assert_eq!((&detail["login"], &detail["secret_ref"]), (&json!("mona"), &json!("OCTOPOOL_PAT_MONA")));
    // The last one goes as well; the pool stays, and its callers' tokens with it.
    assert_eq!(app.admin().delete(INSTALLATION).await.status(), 204);
    assert_eq!(health().await["identities_total"], 0);
    assert!(opens(&app, &token, "team").await);
    // The id is free again, for another kind and pool too.
    app.admin().post("/v1/admin/pools/other/identities", &pat("app")).await.ok(201);
}

#[tokio::test]
async fn a_change_that_breaks_off_leaves_nothing() {
    let app = registered().await;
    let before = app.database.dump();
    let change = json!({"weight": 1, "scopes": [{"owner": "umbrella"}]});
    for statement in 0..4 {
        app.database.break_after(statement);
        app.admin().patch(P1, None, &change).await.expect(500, "internal_error");
        if statement < 2 {
            app.admin().delete(P1).await.expect(500, "internal_error");
        }
        app.database.clear_faults();
        assert_eq!(app.database.dump(), before, "broken off after {statement}");
    }
}
