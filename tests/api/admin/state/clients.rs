//! Clients that a document adds, with the digests of tokens that were issued elsewhere.

use octopool_core::CallerToken;
use octopool_testkit::TestApp;
use serde_json::{Value, json};

use super::{APPLY, applied, apply, plan, state, told};
use crate::support::{log_in, named_admin, opens, provision};

fn token(number: u8) -> CallerToken {
    CallerToken::from_random([number; 32])
}

fn client(number: u8, created_at: &str) -> Value {
    json!({"token_digest": token(number).digest().as_str(), "created_at": created_at})
}

/// A document with the caller `hubot` of pool `team` and clients.
fn hubot(clients: &Value) -> Value {
    json!({
        "pools": {"team": {}},
        "callers": {"1002": {"github_login": "hubot", "pools": ["team"], "clients": clients}},
    })
}

#[tokio::test]
async fn a_token_from_elsewhere_opens_what_its_caller_may_use() {
    let app = TestApp::start().await;
    let desired =
        hubot(&json!({"ci": client(1, "2024-05-01T10:00:00Z"), "laptop": client(2, "2024-05-01T10:00:00Z")}));
    let planned = plan(&app, &desired).await.ok(200);
    assert_eq!(
        told(&planned)[1..],
        [
            "+ caller 1002: github_login name status",
            "+ grant 1002 in team: ",
            "+ client 1002: created_at",
            "+ client 1002: created_at"
        ]
    );
    assert_eq!(
        (&planned["changes"][3]["client"], &planned["changes"][3]["fields"]),
        (&json!("ci"), &json!([{"field": "created_at", "before": null, "after": "2024-05-01T10:00:00Z"}]))
    );
    applied(&app, &desired).await;
    for number in [1, 2] {
        assert!(opens(&app, token(number).expose(), "team").await, "{number}");
    }
    let again = applied(&app, &desired).await;
    assert_eq!(again["changes"], json!([]));
    // They are in no answer, and not in the hash: what a login changes, too, must not end a plan.
    let (document, hash) = state(&app).await;
    assert_eq!(document["callers"]["1002"]["clients"], Value::Null);
    let caller = app.admin().get("/v1/admin/callers?login=hubot").await.ok(200)["callers"][0].clone();
    assert_eq!(caller["clients"][0]["created_at"], "2024-05-01T10:00:00Z");
    let path = format!("/v1/admin/callers/{}/clients/ci", caller["id"].as_str().unwrap());
    app.admin().delete(&path).await;
    assert_eq!(state(&app).await.1, hash);
    let events =
        app.database.rows("SELECT detail FROM audit_events WHERE action = 'caller.add_client' ORDER BY seq");
    let detail: Value = serde_json::from_str(events[0]["detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, json!({"client": "ci", "created_at": "2024-05-01T10:00:00Z", "github_user_id": 1002}));
    assert!(
        !app.database
            .value("SELECT group_concat(detail) FROM audit_events")
            .to_string()
            .contains(token(1).digest().as_str())
    );
    assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["ok"], true);
}

#[tokio::test]
async fn a_login_is_newer_than_what_was_issued_elsewhere_before() {
    let app = TestApp::start().await;
    let current = provision(&app, "hubot", "team").await;
    let older = hubot(&json!({"admin": client(1, "2024-05-01T10:00:00Z")}));
    assert_eq!(told(&plan(&app, &older).await.ok(200)), [""; 0]);
    applied(&app, &older).await;
    assert!(opens(&app, &current, "team").await && !opens(&app, token(1).expose(), "team").await);
    // A newer one replaces it, whatever pool the old one was bound to. One from the future does not
    // outlast the next login.
    app.database.execute("UPDATE caller_tokens SET pool_id = 'other'").unwrap();
    let newer = hubot(&json!({"admin": client(1, "2999-05-01T10:00:00Z")}));
    assert_eq!(told(&plan(&app, &newer).await.ok(200)), ["~ client 1002: created_at"]);
    applied(&app, &newer).await;
    assert!(!opens(&app, &current, "team").await && opens(&app, token(1).expose(), "team").await);
    let times = "SELECT created_at = last_used_at AND created_at < 32472144000000 FROM caller_tokens";
    assert_eq!(app.database.value(times), 1);
    assert_eq!(told(&plan(&app, &newer).await.ok(200)), [""; 0]);
}

#[tokio::test]
async fn what_a_document_may_not_declare_is_refused_with_its_place() {
    let app = TestApp::start().await;
    provision(&app, "mona", "team").await;
    let whose = "UPDATE caller_tokens SET token_hash = '";
    app.database.execute(&format!("{whose}{}'", token(9).digest().as_str())).unwrap();
    let now = "2024-05-01T10:00:00Z";
    let many: serde_json::Map<_, _> =
        (0..17).map(|number| (format!("c{number}"), client(number, now))).collect();
    let caller = "desired.callers.1002.clients";
    for (clients, field) in [
        (
            json!({"a": {"token_digest": token(1).expose(), "created_at": now}}),
            format!("{caller}.a.token_digest"),
        ),
        (json!({"a": {"token_digest": "x", "created_at": "now"}}), format!("{caller}.a.created_at")),
        (json!({"a": {"token": token(1).expose()}}), format!("{caller}.a.token")),
        (json!({"a.local": client(1, now)}), format!("{caller}.a.local")),
        (json!({"a": client(1, now), "b": client(1, now)}), format!("{caller}.b.token_digest")),
        (json!(many), caller.to_owned()),
        (json!({"a": client(9, now)}), caller.to_owned()),
    ] {
        let mut desired = hubot(&clients);
        desired["callers"]["1001"] = json!({"github_login": "mona", "pools": ["team"]});
        let refused = plan(&app, &desired).await.expect(400, "invalid_request");
        assert!(refused.fields().contains(&field), "{field}: {}", refused.text());
        assert!(!refused.text().contains(token(1).expose()), "{}", refused.text());
    }
    assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), 1);
}

#[tokio::test]
async fn an_admin_of_one_pool_cannot_give_a_caller_a_token() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    let lead = named_admin(&app, "lead", Some("team")).await;
    let client_of = app.bearer(&lead);
    let seen = client_of.get("/v1/admin/state").await.ok(200);
    let mut desired = seen["state"].clone();
    desired["callers"]["1002"]["clients"] = json!({"x": client(1, "2024-05-01T10:00:00Z")});
    let body = json!({"desired": desired, "state_hash": seen["state_hash"]});
    client_of.post(APPLY, &body).await.expect(403, "pool_denied");
    assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), 1);
}

#[tokio::test]
async fn a_login_between_the_reading_and_the_writing_is_not_undone() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    let (_, hash) = state(&app).await;
    let github_token = app.credentials.tokens.hubot.clone();
    let mut desired = hubot(&json!({"laptop": client(1, "2024-05-01T10:00:00Z")}));
    desired["pools"] = json!({"maintainers": {}});
    desired["callers"]["1002"]["pools"] = json!(["maintainers"]);
    app.database.set_latency(std::time::Duration::from_millis(20));
    let (logged_in, answered) =
        tokio::join!(log_in(&app, &github_token, "laptop"), apply(&app, &desired, &hash));
    app.database.set_latency(std::time::Duration::ZERO);
    let fresh = logged_in.ok(201)["token"].as_str().unwrap().to_owned();
    // Whichever came first, the login is the newer one.
    answered.ok(200);
    assert!(opens(&app, &fresh, "maintainers").await);
    assert!(!opens(&app, token(1).expose(), "maintainers").await);
    let clients = "SELECT count(*) FROM caller_tokens WHERE client_name = 'laptop'";
    assert_eq!(app.database.value(clients), 1);
    assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["ok"], true);
}
