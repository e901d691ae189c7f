//! What the audit says of whoever was not let in.

use octopool_core::AuditAction;
use std::time::Duration;

use futures_util::future::join_all;
use octopool_core::Actor;
use octopool_testkit::TestApp;
use octopool_worker::for_tests::{AuditEvent, record_refusal};
use octopool_worker::ports::Clock as _;
use serde_json::{Value, json};

use crate::support::{log_in, named_admin, pat, provision, refusals};

/// Action, code and detail of every row of a refusal.
fn recorded(app: &TestApp) -> Vec<(Value, Value, Value)> {
    let rows = app.database.rows(
        "SELECT action, subject, detail, pool_id, length(request_id) AS id FROM audit_events \
         WHERE actor = 'anonymous' ORDER BY seq",
    );
    rows.into_iter()
        .map(|row| {
            assert_eq!((&row["pool_id"], &row["id"]), (&Value::Null, &json!(36)));
            let detail = serde_json::from_str(row["detail"].as_str().unwrap()).unwrap();
            (row["action"].clone(), row["subject"].clone(), detail)
        })
        .collect()
}

#[tokio::test]
async fn each_kind_of_refusal_leaves_a_row_with_its_code_and_route_and_nothing_that_was_sent() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.anon().post("/v1/admin/callers", &json!({})).await.expect(401, "missing_auth");
    app.bearer("sent-canary").get("/v1/admin/audit").await.expect(401, "invalid_admin_auth");
    log_in(&app, "sent-canary", "laptop").await.expect(401, "github_auth_failed");
    log_in(&app, &app.credentials.tokens.mallory, "laptop").await.expect(403, "org_member_denied");
    log_in(&app, &app.credentials.tokens.octocat, "laptop").await.expect(403, "caller_not_provisioned");
    app.anon().get("/v1/pools/sent-canary/health").await.expect(401, "missing_auth");
    app.bearer(&token).get("/v1/pools/sent-canary/health").await.expect(401, "invalid_auth");
    app.database.execute("UPDATE callers SET org_login = 'umbrella'").unwrap();
    app.bearer(&token).get("/v1/pools/team/string-rewrites").await.expect(403, "org_denied");
    app.secrets.remove("OCTOPOOL_ADMIN_TOKEN");
    app.admin().post("/v1/admin/callers", &json!({})).await.expect(503, "admin_unconfigured");
    let row = |action: &str, code: &str, route: &str| {
        (json!(action), json!(code), json!({"code": code, "route": route}))
    };
    let (login, health) = ("/v1/login/github-cli", "/v1/pools/{pool}/health");
    assert_eq!(
        recorded(&app),
        [
            row("auth.admin_denied", "missing_auth", "/v1/admin/callers"),
            row("auth.admin_denied", "invalid_admin_auth", "/v1/admin/audit"),
            row("login.refused", "github_auth_failed", login),
            row("login.refused", "org_member_denied", login),
            row("login.refused", "caller_not_provisioned", login),
            row("auth.caller_denied", "missing_auth", health),
            row("auth.caller_denied", "invalid_auth", health),
            row("auth.caller_denied", "org_denied", "/v1/pools/{pool}/string-rewrites"),
            row("auth.admin_denied", "admin_unconfigured", "/v1/admin/callers"),
        ]
    );
    assert!(!app.database.dump().contains("sent-canary"));
}

#[tokio::test]
async fn what_is_wrong_otherwise_is_no_refusal() {
    let app = TestApp::start().await;
    app.anon().get("/v1/none").await.expect(404, "not_found");
    app.anon().get("/v1/login/github-cli").await.expect(405, "method_not_allowed");
    app.anon().post("/v1/login/github-cli", &json!({})).await.expect(400, "invalid_request");
    app.admin().post("/v1/admin/callers", &json!({})).await.expect(400, "invalid_request");
    let mallory = json!({"pool": "team", "github_login": "mallory"});
    app.admin().post("/v1/admin/callers", &mallory).await.expect(403, "org_member_denied");
    app.admin().post("/v1/admin/pools/one/identities", &pat("p1")).await.ok(201);
    app.admin().post("/v1/admin/pools/two/identities", &pat("p1")).await.expect(409, "identity_conflict");
    assert_eq!(refusals(&app), 0);
}

#[tokio::test]
async fn a_flood_leaves_one_row_a_minute_and_nobody_waits_for_it() {
    let app = TestApp::start().await;
    for minute in 1..=3 {
        for number in 0..1000 {
            let answer = app.bearer(&format!("guess-{number}")).post("/v1/admin/callers", &json!({})).await;
            answer.expect(401, "invalid_admin_auth");
        }
        assert_eq!(refusals(&app), minute);
        app.clock.advance(Duration::from_mins(1));
    }
    assert_eq!(app.database.counts(), (0, 0), "no request waits for the database");
    assert_eq!(app.database.background_batches(), 3 * 3, "the row, the chain's end, the link");
    assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["checked"], 3);
}

#[tokio::test]
async fn isolates_that_know_nothing_of_each_other_leave_one_row_together() {
    let app = TestApp::start().await;
    app.database.set_latency(Duration::from_millis(5));
    let event = AuditEvent {
        actor: Actor::Anonymous,
        action: AuditAction::AdminDenied,
        request_id: "r".to_owned(),
        detail: json!({"code": "missing_auth"}),
    };
    let now = app.clock.now();
    join_all((0..40).map(|_| record_refusal(&app.database, &event, "missing_auth", None, now))).await;
    assert_eq!(refusals(&app), 1);
    record_refusal(&app.database, &event, "invalid_admin_auth", None, now).await.unwrap();
    assert_eq!(refusals(&app), 2, "another code is another row");
    let plan = app.database.rows(
        "EXPLAIN QUERY PLAN SELECT 1 FROM audit_events \
         WHERE actor = 'anonymous' AND action = 'a.b' AND subject = 'c' AND at >= 1 AND at < 2",
    );
    assert!(plan[0]["detail"].as_str().unwrap().contains("audit_events_refused"), "{plan:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_guesses_at_once_leave_one_row_in_a_whole_chain() {
    let app = TestApp::start().await;
    app.database.set_latency(Duration::from_millis(20));
    join_all((0..1000).map(|number| {
        let client = app.bearer(&format!("guess-{number}"));
        async move { client.post("/v1/admin/callers", &json!({})).await.expect(401, "invalid_admin_auth") }
    }))
    .await;
    assert_eq!(refusals(&app), 1);
    assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["checked"], 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_written_changes_no_answer_and_is_written_next_time() {
    let app = TestApp::start().await;
    app.database.overload();
    app.anon().post("/v1/admin/callers", &json!({})).await.expect(401, "missing_auth");
    assert_eq!(app.log.events()[0]["task"], "audit.refusal");
    app.database.clear_faults();
    assert_eq!(refusals(&app), 0);
    app.anon().post("/v1/admin/callers", &json!({})).await.expect(401, "missing_auth");
    assert_eq!(refusals(&app), 1);
}

#[tokio::test]
async fn a_known_admin_is_named_with_the_pool_and_none_hides_another() {
    let app = TestApp::start().await;
    let (one, two) = (named_admin(&app, "one", Some("team")).await, named_admin(&app, "two", None).await);
    let (one, two) = (app.bearer(&one), app.bearer(&two));
    app.anon().get("/v1/admin/tokens").await.expect(401, "missing_auth");
    let provisioning = json!({"pool": "another", "github_login": "hubot"});
    for _ in 0..5 {
        one.get("/v1/admin/pools/other/identities").await.expect(403, "pool_denied");
        one.post("/v1/admin/callers", &provisioning).await.expect(403, "pool_denied");
        one.get("/v1/admin/tokens").await.expect(403, "root_required");
        two.get("/v1/admin/tokens").await.expect(403, "root_required");
    }
    app.clock.advance(Duration::from_mins(1));
    one.post("/v1/admin/callers", &provisioning).await.expect(403, "pool_denied");
    let rows = app.database.rows(
        "SELECT actor, subject, pool_id FROM audit_events WHERE action = 'auth.admin_denied' ORDER BY seq",
    );
    let rows: Vec<_> = rows.iter().map(|row| [&row["actor"], &row["subject"], &row["pool_id"]]).collect();
    let expected = [
        ["anonymous", "missing_auth", ""],
        ["admin:one", "pool_denied", "other"],
        ["admin:one", "root_required", ""],
        ["admin:two", "root_required", ""],
        ["admin:one", "pool_denied", "another"],
    ];
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    assert_eq!(json!(rows), json!(expected.map(|row| row.map(text))));
    assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["ok"], true);
    let plan = app.database.rows(
        "EXPLAIN QUERY PLAN SELECT 1 FROM audit_events \
         WHERE actor = 'admin:one' AND actor <> 'anonymous' AND action GLOB 'auth.*' AND action = 'a.b' \
           AND subject = 'c' AND at >= 1 AND at < 2",
    );
    assert!(plan[0]["detail"].as_str().unwrap().contains("audit_events_denied"), "{plan:?}");
}
