//! `Idempotency-Key`: what is sent again happens once.

use std::time::Duration;

use futures_util::future::join_all;
use http::Request;
use octopool_api_types::endpoints::ENDPOINTS;
use octopool_testkit::{Answer, TestApp};
use octopool_worker::for_tests::sweep;
use octopool_worker::ports::{Clock as _, Database as _};
use serde_json::{Value, json};

use crate::support::{filled, log_in, named_admin, opens, pat, provision};

const CALLERS: &str = "/v1/admin/callers";
const IDENTITIES: &str = "/v1/admin/pools/team/identities";
const LOGIN: &str = "/v1/login/github-cli";
const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(20)];

fn hubot() -> Value {
    json!({"pool": "team", "github_login": "hubot"})
}

fn count(app: &TestApp, table: &str) -> Value {
    app.database.value(&format!("SELECT count(*) FROM {table}"))
}

#[track_caller]
fn same(first: &Answer, again: &Answer) {
    assert_eq!(first.header("idempotency-replayed"), None, "{}", first.text());
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text());
    assert_eq!((again.status(), again.text()), (first.status(), first.text()));
}

/// A body that the route takes, where the state is this; nothing for what only reads.
#[expect(clippy::panic, reason = "a route without a row fails")]
fn body(app: &TestApp, path: &str, state: &Value) -> Option<Value> {
    match path {
        CALLERS => Some(hubot()),
        "/v1/admin/pools/{pool}/identities" => Some(pat("p1")),
        "/v1/admin/pools/{pool}/identities/{id}/verify" => Some(json!({})),
        "/v1/admin/audit/cut" => Some(json!({"before": "2026-01-01T00:00:00Z"})),
        "/v1/admin/tokens" => Some(json!({"name": "ci", "pool": "team"})),
        LOGIN => Some(json!({"github_token": app.credentials.tokens.mona, "client_name": "laptop"})),
        "/v1/admin/apply" => {
            let mut desired = state["state"].clone();
            desired["pools"]["team"]["policy"]["allow_search"] = json!(true);
            Some(json!({"desired": desired, "state_hash": state["state_hash"]}))
        }
        "/v1/admin/plan" | "/v1/github/request" | "/api/graphql" | "/graphql" => None,
        _ => panic!("POST {path} has no row: what happens if it is sent again?"),
    }
}

#[tokio::test]
async fn every_post_that_is_sent_again_gets_the_same_answer_and_nothing_happens() {
    let app = TestApp::start().await;
    provision(&app, "mona", "maintainers").await;
    for route in ENDPOINTS.iter().filter(|route| route.method == "POST") {
        let state = app.admin().get("/v1/admin/state").await.ok(200);
        let Some(body) = body(&app, route.path, &state) else { continue };
        let (path, client) = (filled(route.path), if route.path == LOGIN { app.anon() } else { app.admin() });
        let first = client.post_once(&path, "canary-key", &body).await;
        assert!(first.status() < 300, "{path}: {}", first.text());
        let before = app.database.dump();
        for _ in 0..3 {
            app.clock.advance(Duration::from_hours(7));
            same(&first, &client.post_once(&path, "canary-key", &body).await);
        }
        assert_eq!(app.database.dump(), before, "{path}");
    }
}

#[tokio::test]
async fn a_verification_that_is_answered_again_asks_github_nothing() {
    let app = TestApp::start().await;
    app.admin().post(IDENTITIES, &pat("p1")).await.ok(201);
    let verify =
        || async { app.admin().post_once(&format!("{IDENTITIES}/p1/verify"), "k-verify", &json!({})).await };
    let first = verify().await;
    let asked = app.github.requests().len();
    app.secrets.remove("OCTOPOOL_PAT_MONA");
    same(&first, &verify().await);
    assert_eq!(app.github.requests().len(), asked);
}

#[tokio::test]
async fn what_was_true_at_the_first_answer_is_said_again() {
    let app = TestApp::start().await;
    let body = json!({"id": "p1", "login": "mona", "secret_ref": "LATER", "scopes": []});
    let register = || async { app.admin().post_once(IDENTITIES, "k-register", &body).await };
    let first = register().await;
    assert_eq!(first.json()["created"], true);
    assert_eq!(first.json()["warnings"].as_array().unwrap().len(), 2);
    app.secrets.set("LATER", "now-it-is-there-canary");
    app.admin().post(IDENTITIES, &pat("p1")).await.ok(201);
    same(&first, &register().await);
    let again = app.admin().post_once(IDENTITIES, "k-again", &body).await;
    assert_eq!(again.json()["created"], false, "in the same millisecond, too");
    same(&again, &app.admin().post_once(IDENTITIES, "k-again", &body).await);
    // A caller that was renamed meanwhile is answered as it was.
    let first = app.admin().post_once(CALLERS, "k-caller", &hubot()).await;
    app.database.execute("UPDATE callers SET name = 'Other', github_login = 'other'").unwrap();
    same(&first, &app.admin().post_once(CALLERS, "k-caller", &hubot()).await);
}

#[tokio::test]
async fn another_body_is_refused_and_another_way_of_writing_it_is_not() {
    let app = TestApp::start().await;
    let first = app.admin().post_once(CALLERS, "k-body", &hubot()).await;
    let mona = json!({"pool": "team", "github_login": "mona"});
    app.admin().post_once(CALLERS, "k-body", &mona).await.expect(422, "idempotency_key_reused");
    let request =
        Request::post("http://localhost:8787/v1/admin/callers").header("content-type", "application/json");
    let request = request.header("idempotency-key", "k-body");
    let written = r#" { "github_login":"hubot",  "pool":"team" } "#;
    same(&first, &app.admin().send(request.body(written.into()).unwrap()).await);
    assert_eq!(count(&app, "callers"), 1);
}

#[tokio::test]
async fn a_key_is_of_one_credential_and_one_path() {
    let app = TestApp::start().await;
    let ci = named_admin(&app, "ci", None).await;
    let by_root = app.admin().post_once(CALLERS, "k-shared", &hubot()).await.ok(201);
    let by_ci = app.bearer(&ci).post_once(CALLERS, "k-shared", &hubot()).await.ok(201);
    assert_ne!(by_root["token"], by_ci["token"]);
    app.admin().post_once(IDENTITIES, "k-shared", &pat("p1")).await.ok(201);
    let other = "/v1/admin/pools/other/identities";
    app.admin().post_once(other, "k-shared", &pat("p1")).await.expect(409, "identity_conflict");
    // Two accounts that log in with the same key.
    for (login, token) in [("hubot", &app.credentials.tokens.hubot), ("mona", &app.credentials.tokens.mona)] {
        provision(&app, login, "maintainers").await;
        let body = json!({"github_token": token, "client_name": "laptop"});
        let answer = app.anon().post_once(LOGIN, "k-shared", &body).await.ok(201);
        assert_eq!(answer["caller"]["github_login"], login);
    }
}

#[tokio::test]
async fn whoever_would_be_refused_now_is_not_answered_again() {
    let app = TestApp::start().await;
    let ci = named_admin(&app, "ci", None).await;
    app.bearer(&ci).post_once(CALLERS, "k-ci", &hubot()).await.ok(201);
    app.admin().delete("/v1/admin/tokens/ci").await;
    app.bearer(&ci).post_once(CALLERS, "k-ci", &hubot()).await.expect(401, "invalid_admin_auth");
    let hubots = app.credentials.tokens.hubot.clone();
    provision(&app, "hubot", "maintainers").await;
    let body = json!({"github_token": hubots, "client_name": "laptop"});
    app.anon().post_once(LOGIN, "k-login", &body).await.ok(201);
    let gone = octopool_testkit::github::Effect::respond(401, json!({"message": "Bad credentials"}));
    app.github.fault(octopool_testkit::github::Fault::on("GET", "/user", gone));
    app.anon().post_once(LOGIN, "k-login", &body).await.expect(401, "github_auth_failed");
}

#[tokio::test]
async fn a_login_of_somebody_who_was_shut_out_since_then_is_not_answered_again() {
    for enrollment in ["provisioned", "org-members"] {
        let app = TestApp::with("LOGIN_ENROLLMENT", enrollment).start().await;
        provision(&app, "hubot", "maintainers").await;
        let body = json!({"github_token": app.credentials.tokens.hubot, "client_name": "laptop"});
        let log_in = || async { app.anon().post_once(LOGIN, "k-login", &body).await };
        let first = log_in().await;
        let id = first.json()["caller"]["id"].as_str().unwrap().to_owned();
        let path = format!("{CALLERS}/{id}");
        app.admin().patch(&path, None, &json!({"status": "disabled"})).await.ok(200);
        log_in().await.expect(403, "caller_disabled");
        app.admin().patch(&path, None, &json!({"status": "active"})).await.ok(200);
        same(&first, &log_in().await);
        assert_eq!(app.admin().delete(&format!("{path}/pools/maintainers")).await.status(), 204);
        log_in().await.expect(403, "caller_not_provisioned");
        assert_eq!(count(&app, "caller_pools"), 0, "and it grants nothing again");
        app.database.execute("DELETE FROM callers").unwrap();
        log_in().await.expect(403, "caller_not_provisioned");
    }
}

#[tokio::test]
async fn a_provisioning_that_would_be_refused_now_is_not_answered_again() {
    let app = TestApp::start().await;
    let lead = named_admin(&app, "lead", Some("team")).await;
    let provision_again = || async { app.bearer(&lead).post_once(CALLERS, "k-lead", &hubot()).await };
    let first = provision_again().await;
    let path = format!("{CALLERS}/{}", first.json()["caller"]["id"].as_str().unwrap());
    app.admin().patch(&path, None, &json!({"status": "disabled"})).await.ok(200);
    provision_again().await.expect(409, "caller_disabled");
    app.admin().patch(&path, None, &json!({"status": "active"})).await.ok(200);
    same(&first, &provision_again().await);
    assert_eq!(app.admin().delete(&format!("{path}/pools/team")).await.status(), 204);
    same(&first, &provision_again().await);
    assert_eq!(count(&app, "caller_pools"), 0, "and it grants nothing again");
    provision(&app, "hubot", "other").await;
    provision_again().await.expect(403, "pool_denied");
}

#[tokio::test]
async fn a_failure_is_not_kept_and_gives_the_key_back() {
    let app = TestApp::start().await;
    app.admin().post("/v1/admin/pools/other/identities", &pat("p1")).await.ok(201);
    let register = || async { app.admin().post_once(IDENTITIES, "k-again", &pat("p1")).await };
    register().await.expect(409, "identity_conflict");
    app.admin().post_once(IDENTITIES, "k-again", &json!({})).await.expect(400, "invalid_request");
    assert_eq!(count(&app, "idempotency_keys"), 0);
    assert_eq!(app.admin().delete("/v1/admin/pools/other/identities/p1").await.status(), 204);
    let first = register().await;
    assert_eq!(first.json()["created"], true);
    same(&first, &register().await);
}

#[tokio::test]
async fn whom_github_does_not_vouch_for_leaves_no_record() {
    let app = TestApp::start().await;
    let body = json!({"github_token": app.credentials.tokens.mallory, "client_name": "laptop"});
    app.anon().post_once(LOGIN, "k-mallory", &body).await.expect(403, "org_member_denied");
    app.anon().post_once(CALLERS, "k-anon", &hubot()).await.expect(401, "missing_auth");
    assert_eq!(app.database.counts(), (0, 0), "nor does it cost a statement");
}

#[tokio::test]
async fn a_key_is_1_to_255_printable_characters() {
    let app = TestApp::start().await;
    for key in ["", "a\tb", "kä", &"x".repeat(256)] {
        let request = Request::post("http://localhost:8787/v1/admin/callers")
            .header("content-type", "application/json")
            .header("idempotency-key", key.as_bytes());
        let answer = app.admin().send(request.body(hubot().to_string().into()).unwrap()).await;
        assert_eq!(answer.expect(400, "invalid_request").fields(), ["idempotency-key"], "{key:?}");
    }
    let twice =
        Request::post("http://localhost:8787/v1/admin/callers").header("content-type", "application/json");
    let twice = twice.header("idempotency-key", "k1").header("idempotency-key", "k2");
    app.admin().send(twice.body(hubot().to_string().into()).unwrap()).await.expect(400, "invalid_request");
    app.admin().post_once(CALLERS, &"~".repeat(255), &hubot()).await.ok(201);
}

#[tokio::test]
async fn the_relay_takes_the_header_and_ignores_it() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    let body = json!({"pool": "team", "method": "GET", "path": "/../x"});
    for _ in 0..2 {
        let answer = app.bearer(&token).post_once("/v1/github/request", "k-relay", &body).await;
        assert_eq!(answer.expect(400, "invalid_path").header("idempotency-replayed"), None);
    }
    assert_eq!(count(&app, "idempotency_keys"), 0);
}

#[tokio::test]
async fn after_a_day_the_key_is_free_and_the_record_is_swept() {
    let app = TestApp::start().await;
    let first = app.admin().post_once(CALLERS, "k-day", &hubot()).await.ok(201);
    app.admin().post_once(IDENTITIES, "k-other", &pat("p1")).await.ok(201);
    app.clock.advance(Duration::from_hours(24) - Duration::from_millis(1));
    app.admin().post_once(CALLERS, "k-day", &json!({})).await.expect(400, "invalid_request");
    let mona = json!({"pool": "team", "github_login": "mona"});
    app.admin().post_once(CALLERS, "k-day", &mona).await.expect(422, "idempotency_key_reused");
    app.maintain().await;
    assert_eq!(count(&app, "idempotency_keys"), 2);
    app.clock.advance(Duration::from_millis(1));
    let answer = app.admin().post_once(CALLERS, "k-day", &hubot()).await;
    assert_eq!(answer.header("idempotency-replayed"), None);
    assert_ne!(answer.ok(201)["token"], first["token"]);
    app.clock.advance(Duration::from_hours(24));
    app.database.batch(vec![sweep(app.clock.now(), 1)]).await.unwrap();
    assert_eq!(count(&app, "idempotency_keys"), 1, "no more at once than is said");
    app.maintain().await;
    assert_eq!(count(&app, "idempotency_keys"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_happens_and_the_others_get_its_answer_or_are_told_to_wait() {
    for latency in LATENCIES {
        let app = TestApp::start().await;
        app.database.set_latency(latency);
        let answers = join_all((0..20).map(|_| {
            let client = app.admin();
            async move { client.post_once(CALLERS, "k-race", &hubot()).await }
        }))
        .await;
        let mut tokens = std::collections::BTreeSet::new();
        let mut firsts = 0;
        for answer in answers {
            if answer.status() == 409 {
                let answer = answer.expect(409, "idempotency_in_progress");
                assert_eq!(answer.header("retry-after"), Some("1"));
                continue;
            }
            firsts += u32::from(answer.header("idempotency-replayed").is_none());
            tokens.insert(answer.ok(201)["token"].as_str().unwrap().to_owned());
        }
        assert_eq!((firsts, tokens.len()), (1, 1));
        assert!(opens(&app, tokens.first().unwrap(), "team").await);
        let again = app.admin().post_once(CALLERS, "k-race", &hubot()).await.ok(201);
        assert_eq!(again["token"], *tokens.first().unwrap());
        assert_eq!(count(&app, "audit_events"), 1);
    }
}

/// What is sent in the tests of crashes: path, body, how many batches come before its effect, and
/// how many statements that has.
fn effects(app: &TestApp) -> Vec<(&'static str, Value, usize, usize)> {
    vec![
        (CALLERS, hubot(), 1, 8),
        (IDENTITIES, pat("p1"), 2, 6),
        ("/v1/admin/tokens", json!({"name": "ci"}), 1, 3),
        (LOGIN, json!({"github_token": app.credentials.tokens.mona, "client_name": "laptop"}), 1, 6),
    ]
}

#[tokio::test]
async fn a_batch_that_breaks_off_anywhere_leaves_nothing_and_the_key_can_be_used_again() {
    let app = TestApp::start().await;
    provision(&app, "mona", "maintainers").await;
    for (path, body, before_it, statements) in effects(&app) {
        for statement in 0..statements {
            let before = app.database.dump();
            let client = if path == LOGIN { app.anon() } else { app.admin() };
            // The claim passes; the effect breaks off, and so does the giving back of the claim, as
            // if the Worker had ended.
            app.database.break_later(before_it, statement);
            client.post_once(path, "k-broken", &body).await.expect(500, "internal_error");
            app.database.clear_faults();
            let left = app.database.dump();
            let left: String = left.lines().filter(|line| !line.starts_with("idempotency_keys")).collect();
            assert_eq!(left, before.lines().collect::<String>(), "{path} broken off after {statement}");
            if count(&app, "idempotency_keys") == 1 {
                client.post_once(path, "k-broken", &body).await.expect(409, "idempotency_in_progress");
                app.clock.advance(Duration::from_secs(8));
                app.database.break_later(before_it, 0);
                client.post_once(path, "k-broken", &body).await.expect(500, "internal_error");
                app.database.clear_faults();
                app.database.execute("DELETE FROM idempotency_keys").unwrap();
            }
        }
    }
    // With one statement more each of them is whole.
    for (path, body, before_it, statements) in effects(&app) {
        let client = if path == LOGIN { app.anon() } else { app.admin() };
        app.database.break_later(before_it, statements);
        assert_eq!(client.post_once(path, "k-whole", &body).await.status(), 201, "{path}");
        app.database.clear_faults();
    }
}

#[tokio::test]
async fn an_effect_whose_answer_was_lost_is_answered_all_the_same() {
    for crash in [false, true] {
        let app = TestApp::start().await;
        provision(&app, "mona", "maintainers").await;
        let rows = count(&app, "audit_events").as_i64().unwrap();
        for (number, (path, body, before_it, _)) in effects(&app).into_iter().enumerate() {
            let client = if path == LOGIN { app.anon() } else { app.admin() };
            if crash {
                // Nothing after the effect comes through any more.
                app.database.lose_answers_later(before_it);
                client.post_once(path, "k-lost", &body).await.expect(503, "relay_overloaded");
                app.database.clear_faults();
            }
            let answer = client.post_once(path, "k-lost", &body).await;
            assert_eq!(
                (answer.status(), answer.header("idempotency-replayed").is_some()),
                (201, crash),
                "{path}"
            );
            same_but_for_the_header(&answer, &client.post_once(path, "k-lost", &body).await);
            let happened = rows + 1 + i64::try_from(number).unwrap();
            assert_eq!(count(&app, "audit_events"), happened, "{path} happened once");
        }
    }
}

#[track_caller]
fn same_but_for_the_header(first: &Answer, again: &Answer) {
    assert_eq!((again.status(), again.text()), (first.status(), first.text()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_went_away_holds_its_key_for_its_lease_and_no_longer() {
    let app = TestApp::start().await;
    app.database.set_latency(Duration::from_millis(400));
    let admin = app.admin();
    let body = hubot();
    let gone = tokio::time::timeout(Duration::from_secs(1), admin.post_once(CALLERS, "k-gone", &body)).await;
    assert!(gone.is_err());
    app.database.set_latency(Duration::ZERO);
    app.admin().post_once(CALLERS, "k-gone", &hubot()).await.expect(409, "idempotency_in_progress");
    let mona = json!({"pool": "team", "github_login": "mona"});
    app.admin().post_once(CALLERS, "k-gone", &mona).await.expect(422, "idempotency_key_reused");
    app.clock.advance(Duration::from_secs(8) - Duration::from_millis(1));
    app.admin().post_once(CALLERS, "k-gone", &hubot()).await.expect(409, "idempotency_in_progress");
    app.clock.advance(Duration::from_millis(1));
    app.admin().post_once(CALLERS, "k-gone", &hubot()).await.ok(201);
    assert_eq!(count(&app, "audit_events"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_outlives_its_lease_has_no_effect_of_its_own() {
    let app = TestApp::start().await;
    app.database.set_latency(Duration::from_secs(1));
    let (slow, quick) = (app.admin(), app.admin());
    let body = hubot();
    let overtaking = async {
        // The slow one has its claim and is on the way to its effect.
        tokio::time::sleep(Duration::from_millis(2300)).await;
        app.clock.advance(Duration::from_mins(1));
        app.database.set_latency(Duration::ZERO);
        quick.post_once(CALLERS, "k-slow", &body).await
    };
    let (slow, quick) = tokio::join!(slow.post_once(CALLERS, "k-slow", &body), overtaking);
    same(&quick, &slow);
    assert_eq!(count(&app, "audit_events"), 1);
    assert_eq!(count(&app, "caller_tokens"), 1);
    // A login without a key is as many logins as there are.
    provision(&app, "mona", "maintainers").await;
    for _ in 0..2 {
        log_in(&app, &app.credentials.tokens.mona, "laptop").await.ok(201);
    }
}
