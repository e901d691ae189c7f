//! `POST /v1/admin/callers`.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault, demo};
use serde_json::{Value, json};

use crate::support::{named_admin, opens, provision};

const PATH: &str = "/v1/admin/callers";

#[tokio::test]
async fn a_member_gets_a_pool_a_grant_and_a_token() {
    let app = TestApp::start().await;
    let body = json!({"pool": "team", "github_login": "HuBot", "name": " Hubot the Robot "});
    let answer = app.admin().post(PATH, &body).await.ok(201);

    let caller = &answer["caller"];
    assert_eq!(caller["name"], "Hubot the Robot");
    assert_eq!(caller["github_login"], "hubot", "as GitHub spells it");
    assert_eq!(caller["github_user_id"], 1002);
    assert_eq!(caller["org_login"], "acme");
    assert_eq!(caller["pool"], "team");
    assert_eq!(caller["client_name"], "admin");
    assert_eq!(answer["token"].as_str().unwrap().len(), 46);
    assert!(opens(&app, answer["token"].as_str().unwrap(), "team").await);
    assert_eq!(
        app.database.value("SELECT policy_json FROM pools WHERE id = 'team'"),
        r#"{"allowed_owners":["acme"],"allow_public_repos":true,"allow_search":false,"allow_logs":true}"#
    );
}

#[tokio::test]
async fn the_name_is_the_login_unless_given() {
    let app = TestApp::start().await;
    let answer = app.admin().post(PATH, &json!({"pool": "team", "github_login": "hubot"})).await.ok(201);
    assert_eq!(answer["caller"]["name"], "hubot");
}

#[tokio::test]
async fn the_same_account_again_keeps_its_id_and_changes_only_that_clients_token() {
    let app = TestApp::start().await;
    let first =
        app.admin().post(PATH, &json!({"pool": "a", "github_login": "hubot", "name": "One"})).await.ok(201);
    let ci = json!({"pool": "b", "github_login": "hubot", "name": "Two", "client": "ci.local"});
    let second = app.admin().post(PATH, &ci).await.ok(201);
    assert_eq!(second["caller"]["id"], first["caller"]["id"]);
    assert_eq!(second["caller"]["client_name"], "ci");
    assert_eq!(second["caller"]["name"], "Two");

    let third = app.admin().post(PATH, &json!({"pool": "a", "github_login": "hubot"})).await.ok(201);
    assert_eq!(third["caller"]["name"], "hubot", "the current name, which is the login if none is given");
    let token = |answer: &Value| answer["token"].as_str().unwrap().to_owned();
    assert!(!opens(&app, &token(&first), "a").await, "rotated");
    assert!(opens(&app, &token(&second), "b").await, "another client's token is untouched");
    assert!(opens(&app, &token(&second), "a").await, "a token is good for every pool of its caller");
    assert!(opens(&app, &token(&third), "b").await, "an earlier grant stays");
}

#[tokio::test]
async fn a_renamed_account_keeps_its_caller() {
    let app = TestApp::start().await;
    let first = app.admin().post(PATH, &json!({"pool": "a", "github_login": "hubot"})).await.ok(201);
    app.github.edit(|state| state.rename_account(demo::HUBOT, "robot")).unwrap();
    let second = app.admin().post(PATH, &json!({"pool": "a", "github_login": "robot"})).await.ok(201);
    assert_eq!(second["caller"]["id"], first["caller"]["id"]);
    assert_eq!(second["caller"]["github_login"], "robot");
    app.admin()
        .post(PATH, &json!({"pool": "a", "github_login": "hubot"}))
        .await
        .expect(422, "github_user_not_found");
}

#[tokio::test]
async fn whoever_is_no_active_member_is_refused_and_nothing_is_written() {
    let app = TestApp::start().await;
    let before = app.database.dump();
    for (login, status, code) in [
        ("nobody-at-all", 422, "github_user_not_found"),
        ("mallory", 403, "org_member_denied"),
        ("newbie", 403, "org_member_denied"),
    ] {
        let body = json!({"pool": "new", "github_login": login});
        app.admin().post(PATH, &body).await.expect(status, code);
    }
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn a_membership_of_another_account_proves_nothing() {
    let app = TestApp::start().await;
    let before = app.database.dump();
    app.github.fault(Fault::on(
        "GET",
        "/orgs/acme/memberships/*",
        Effect::SubstituteAccount { id: demo::MONA },
    ));
    let body = json!({"pool": "new", "github_login": "hubot"});
    app.admin().post(PATH, &body).await.expect(403, "github_identity_mismatch");
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn a_disabled_caller_is_not_revived_and_its_pool_is_not_made() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.database.execute("UPDATE callers SET status = 'disabled'").unwrap();
    let before = app.database.dump();
    let answer =
        app.admin().post(PATH, &json!({"pool": "new", "github_login": "hubot", "client": "x"})).await;
    answer.expect(409, "caller_disabled");
    assert_eq!(app.database.dump(), before);
    assert!(!opens(&app, &token, "team").await);
}

#[tokio::test]
async fn without_an_org_token_nobody_can_be_verified() {
    let app = TestApp::start().await;
    for value in [None, Some("  ")] {
        app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
        if let Some(blank) = value {
            app.secrets.set("OCTOPOOL_GITHUB_ORG_TOKEN", blank);
        }
        let answer = app.admin().post(PATH, &json!({"pool": "new", "github_login": "hubot"})).await;
        answer.expect(503, "org_verification_unavailable");
    }
    assert_eq!(app.database.value("SELECT count(*) FROM pools"), 0);
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let app = TestApp::start().await;
    let body =
        json!({"pool": "team/a", "github_login": 7, "name": "a\r\nb", "client": ["ci"], "pol": "typo"});
    let answer = app.admin().post(PATH, &body).await.expect(400, "invalid_request");
    assert_eq!(answer.fields(), ["pool", "github_login", "name", "client", "pol"]);
    let answer = app.admin().post(PATH, &json!({})).await.expect(400, "invalid_request");
    assert_eq!(answer.fields(), ["pool", "github_login"]);
    assert!(app.github.requests().is_empty(), "GitHub is not asked about a request that cannot succeed");
}

#[tokio::test]
async fn single_bad_fields() {
    let app = TestApp::start().await;
    let good = json!({"pool": "team", "github_login": "hubot"});
    for (field, values, code) in [
        ("pool", json!(["", " ", "team/a", "-a", "ä", "x".repeat(65), 1, true, {}, []]), "invalid_request"),
        (
            "github_login",
            json!(["", " ", "a/b", "../x", "hubot ", "hubot[bot]", "-a", "a__b", 1.5, false]),
            "invalid_request",
        ),
        ("name", json!(["", "  ", "a\nb", "\u{202e}evil", "x".repeat(256), 1, {}]), "invalid_request"),
        ("client", json!(["", "a b", ".local", "ci/cd", "x".repeat(81)]), "client_name_invalid"),
        ("client", json!([1, true, {}, []]), "client_name_invalid"),
    ] {
        for value in values.as_array().unwrap() {
            let mut body = good.clone();
            body[field] = value.clone();
            let answer = app.admin().post(PATH, &body).await.expect(400, code);
            assert_eq!(answer.fields(), [field], "{value}");
        }
    }
    assert_eq!(app.database.value("SELECT count(*) FROM pools"), 0);
}

#[tokio::test]
async fn names_for_people_may_be_in_any_script() {
    let app = TestApp::start().await;
    let body = json!({"pool": "team", "github_login": "hubot", "name": "フーボット 🤖"});
    assert_eq!(app.admin().post(PATH, &body).await.ok(201)["caller"]["name"], "フーボット 🤖");
}

#[tokio::test]
async fn an_existing_policy_is_never_overwritten() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    app.database.execute("UPDATE pools SET policy_json = 'edited by hand'").unwrap();
    provision(&app, "mona", "team").await;
    assert_eq!(app.database.value("SELECT policy_json FROM pools"), "edited by hand");
}

#[tokio::test]
async fn the_audit_tells_who_did_what() {
    let app = TestApp::start().await;
    let answer = app.admin().post(PATH, &json!({"pool": "team", "github_login": "hubot"})).await;
    let (request_id, body) = (answer.header("x-request-id").unwrap().to_owned(), answer.json());
    let events = app.database.rows("SELECT * FROM audit_events");
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(event["actor"], "admin");
    assert_eq!(event["action"], "caller.provision");
    assert_eq!(event["pool_id"], "team");
    assert_eq!(event["subject"], body["caller"]["id"]);
    assert_eq!(event["request_id"], request_id);
    let detail: Value = serde_json::from_str(event["detail"].as_str().unwrap()).unwrap();
    let expected =
        json!({"github_login": "hubot", "github_user_id": 1002, "name": "hubot", "client": "admin"});
    assert_eq!(detail, expected);
}

#[tokio::test]
async fn it_takes_two_requests_to_github_and_one_batch() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let asked: Vec<_> = app.github.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, ["/users/hubot", "/orgs/acme/memberships/hubot"]);
    assert_eq!(app.database.counts(), (1, 7));
}

#[tokio::test]
async fn a_dry_run_asks_github_and_answers_who_it_would_be_and_writes_nothing() {
    let app = TestApp::start().await;
    let path = format!("{PATH}?dry_run=true");
    let body = json!({"pool": "team", "github_login": "HuBot", "client": "ci"});
    let before = app.database.dump();
    let expected = |id: &Value| {
        json!({
            "caller": {"id": id, "name": "hubot", "github_login": "hubot", "github_user_id": 1002, "org_login": "acme",
                       "pool": "team", "client_name": "ci"},
            "token": null,
        })
    };
    assert_eq!(app.admin().post(&path, &body).await.ok(200), expected(&json!(null)));
    app.admin().post_once(&path, "a-key", &body).await.ok(200);
    let mallory = json!({"pool": "team", "github_login": "mallory"});
    app.admin().post(&path, &mallory).await.expect(403, "org_member_denied");
    let nobody = json!({"pool": "team", "github_login": "nobody-at-all"});
    app.admin().post(&path, &nobody).await.expect(422, "github_user_not_found");
    assert_eq!(app.database.dump(), before);

    let known = app.admin().post(PATH, &body).await.ok(201);
    let before = app.database.dump();
    assert_eq!(app.admin().post(&path, &body).await.ok(200), expected(&known["caller"]["id"]));
    assert_eq!(app.database.dump(), before);
    assert!(opens(&app, known["token"].as_str().unwrap(), "team").await, "no token is replaced");

    let token = named_admin(&app, "lead", Some("other")).await;
    let other = json!({"pool": "other", "github_login": "hubot"});
    app.bearer(&token).post(&path, &other).await.expect(403, "pool_denied");
    app.database.execute("UPDATE callers SET status = 'disabled'").unwrap();
    app.admin().post(&path, &body).await.expect(409, "caller_disabled");
}
