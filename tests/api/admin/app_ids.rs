//! `app_id`: identities of several GitHub Apps in one deployment.

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::INSTALLATION;
use serde_json::{Value, json};

use crate::support::{named_admin, pat, provision, read};

const LIST: &str = "/v1/admin/pools/team/identities";
const A1: &str = "/v1/admin/pools/team/identities/a1";
const CLIENT_ID: &str = "Iv23liOctopoolAcme01";

fn identity(app_id: &Value) -> Value {
    json!({
        "id": "a1", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": INSTALLATION, "app_id": app_id, "scopes": [{"owner": "acme"}],
    })
}

async fn registered(app: &TestApp, app_id: &Value) -> Value {
    app.admin().post(LIST, &identity(app_id)).await.ok(201)["identity"].clone()
}

/// A deployment whose own App does not exist.
async fn deployment() -> TestApp {
    let app = TestApp::start().await;
    app.secrets.set("OCTOPOOL_GITHUB_APP_ID", "4243");
    app
}

fn last_detail(app: &TestApp) -> Value {
    let detail = app.database.value("SELECT detail FROM audit_events ORDER BY seq DESC LIMIT 1");
    serde_json::from_str(detail.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn an_app_is_shown_as_text_and_one_that_is_not_named_is_left_out() {
    let app = TestApp::start().await;
    for (sent, shown) in [
        (json!("4242"), json!("4242")),
        (json!(4242), json!("4242")),
        (json!(CLIENT_ID), json!(CLIENT_ID)),
        (json!("Iv1.8a61f9b3a7aba766"), json!("Iv1.8a61f9b3a7aba766")),
    ] {
        assert_eq!(registered(&app, &sent).await["app_id"], shown);
        assert_eq!(app.admin().get(A1).await.ok(200)["app_id"], shown);
    }
    assert!(registered(&app, &Value::Null).await.get("app_id").is_none());
    assert_eq!(last_detail(&app)["app_id"], json!({"from": "Iv1.8a61f9b3a7aba766", "to": null}));
    assert!(app.admin().get(A1).await.ok(200).get("app_id").is_none());
    assert_eq!(app.admin().delete(A1).await.status(), 204);
    assert!(last_detail(&app).get("app_id").is_none(), "the event is as it was before there were Apps");
}

#[tokio::test]
async fn what_names_no_app_is_refused_and_a_pat_has_none() {
    let app = TestApp::start().await;
    for bad in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("042"),
        json!("octopool-acme"),
        json!("12345678901234567"),
        json!(true),
        json!([]),
        json!(format!("ghp_{}", "a1".repeat(18))),
    ] {
        let answer = app.admin().post(LIST, &identity(&bad)).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), ["app_id"], "{bad}");
        assert!(!answer.text().contains("a1a1"), "{}", answer.text());
    }
    let mut with_app = pat("p1");
    with_app["app_id"] = "4242".into();
    let answer = app.admin().post(LIST, &with_app).await.expect(400, "invalid_request");
    assert_eq!(answer.fields(), ["app_id"]);
    app.admin().post(LIST, &pat("p1")).await.ok(201);
    let answer = app.admin().patch(&format!("{LIST}/p1"), None, &json!({"app_id": "4242"})).await;
    assert_eq!(answer.expect(400, "invalid_request").fields(), ["app_id"]);
}

#[tokio::test]
async fn a_change_names_another_app_or_the_deployments_again() {
    let app = TestApp::start().await;
    registered(&app, &Value::Null).await;
    let change = async |body: Value| app.admin().patch(A1, None, &body).await;
    let changed = change(json!({"app_id": CLIENT_ID})).await;
    let tag = changed.header("etag").unwrap().to_owned();
    assert_eq!(changed.ok(200)["app_id"], CLIENT_ID);
    assert_eq!(last_detail(&app), json!({"app_id": {"from": null, "to": CLIENT_ID}}));
    let moved = change(json!({"installation_id": 9})).await;
    assert_ne!(moved.header("etag").unwrap(), tag);
    let moved = moved.ok(200);
    assert_eq!((&moved["installation_id"], &moved["app_id"]), (&json!(9), &json!(CLIENT_ID)));
    assert_eq!(change(json!({"app_id": null, "weight": 7})).await.ok(200)["app_id"], CLIENT_ID);
    assert!(change(json!({"app_id": ""})).await.ok(200).get("app_id").is_none());
    assert_eq!(change(json!({"app_id": "acme"})).await.expect(400, "invalid_request").fields(), ["app_id"]);
    let lead = named_admin(&app, "lead", Some("team")).await;
    app.bearer(&lead).patch(A1, None, &json!({"app_id": "4242"})).await.expect(403, "pool_denied");
    app.bearer(&lead).post(LIST, &identity(&json!("4242"))).await.expect(403, "pool_denied");
}

#[tokio::test]
async fn a_document_names_the_app_and_one_without_is_as_before() {
    let app = TestApp::start().await;
    registered(&app, &Value::Null).await;
    let old = app.admin().get("/v1/admin/state").await.ok(200);
    let pointer = "/pools/team/identities/a1/app_id";
    assert!(old["state"].pointer(pointer).is_none());
    for (written, stored) in [(json!(CLIENT_ID), CLIENT_ID), (json!(4242), "4242")] {
        let mut desired = old["state"].clone();
        desired["pools"]["team"]["identities"]["a1"]["app_id"] = written;
        let plan = app.admin().post("/v1/admin/plan", &json!({"desired": desired})).await.ok(200);
        let fields = &plan["changes"][0]["fields"];
        assert_eq!((&fields[0]["field"], &fields[0]["after"]), (&json!("app_id"), &json!(stored)), "{plan}");
        let apply = json!({"desired": desired, "state_hash": plan["state_hash"]});
        app.admin().post("/v1/admin/apply", &apply).await.ok(200);
        let state = app.admin().get("/v1/admin/state").await.ok(200);
        assert_eq!(state["state"].pointer(pointer), Some(&json!(stored)));
        assert_ne!(state["state_hash"], old["state_hash"]);
    }
    let hash = &app.admin().get("/v1/admin/state").await.ok(200)["state_hash"];
    let apply = json!({"desired": old["state"], "state_hash": hash});
    app.admin().post("/v1/admin/apply", &apply).await.ok(200);
    assert_eq!(app.admin().get("/v1/admin/state").await.ok(200), old, "without it the deployment's counts");
}

#[tokio::test]
async fn an_identity_reads_and_is_verified_with_its_own_app() {
    let app = deployment().await;
    let token = provision(&app, "hubot", "team").await;
    registered(&app, &Value::Null).await;
    read(&app, &token, "/repos/acme/rocket").await.expect(502, "github_app_token_failed");
    let verify = async || app.admin().post(&format!("{A1}/verify"), &json!({})).await.ok(200);
    assert_eq!(verify().await["ok"], false);
    for named in ["4242", CLIENT_ID] {
        app.admin().patch(A1, None, &json!({"app_id": named})).await.ok(200);
        let verified = verify().await;
        assert_eq!(verified["ok"], true, "{verified}");
    }
    app.clock.advance(std::time::Duration::from_mins(3));
    app.github.edit(|state| state.clock.offset = 180);
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.secrets.remove("OCTOPOOL_GITHUB_APP_ID");
    assert_eq!(verify().await["ok"], true, "the deployment needs no App of its own");
    let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
    let faults: Vec<_> = doctor["checks"].as_array().unwrap().iter().filter(|it| it["ok"] == false).collect();
    assert!(faults.is_empty(), "{faults:?}");
    app.admin().patch(A1, None, &json!({"app_id": "4243"})).await.ok(200);
    let verified = verify().await;
    let fault = verified["checks"].as_array().unwrap().iter().find(|it| it["ok"] == false).unwrap();
    let fix = fault["fix"].as_str().unwrap();
    assert_eq!(fault["check"], "app_accepted");
    assert!(fix.starts_with("octopool admin identities update a1 --pool team --app-id NUMBER"), "{fix}");
}
