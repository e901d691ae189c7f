//! What GitHub and the database can do wrong: each is a typed error, and nothing is lost or
//! half-written.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{log_in, pat, provision, refusals};

/// Something in an upstream body that must not be repeated to anybody.
const UPSTREAM: &str = "canary-upstream-text";

/// Everything that GitHub can do instead of answering, and whether it is a refusal of the
/// credential.
fn effects() -> Vec<(Effect, bool)> {
    let respond =
        |status| Effect::respond(status, json!({"message": UPSTREAM, "documentation_url": UPSTREAM}));
    vec![
        (respond(401), true),
        (respond(403), true),
        (respond(429), true),
        (respond(500), false),
        (respond(502), false),
        (Effect::respond(200, json!(UPSTREAM)), false),
        (Effect::respond(200, json!({"id": -1, "login": "hubot"})), false),
        (Effect::respond(200, json!({"id": 9_007_199_254_740_992_u64, "login": "hubot"})), false),
        (Effect::respond(200, json!({"id": 1002.5, "login": "hubot"})), false),
        (Effect::respond(200, json!({"id": 1002, "login": "../../orgs"})), false),
        (Effect::respond(204, json!(null)), false),
        (Effect::Html, false),
        (Effect::Truncate, false),
        (Effect::Nonsense, false),
        (Effect::DropConnection, false),
        (Effect::NeverAnswer, false),
        (Effect::Redirect { location: "https://evil.example/".to_owned(), status: 302 }, false),
        (Effect::Redirect { location: "/users/mona".to_owned(), status: 301 }, false),
    ]
}

fn check(app: &TestApp, body: &str) {
    let log: String = app.log.events().iter().map(Value::to_string).collect();
    assert!(
        !body.contains(UPSTREAM) && !log.contains(UPSTREAM) && !log.contains("evil.example"),
        "{body} {log}"
    );
}

#[tokio::test]
async fn the_look_up_of_an_account_that_fails_provisions_nobody() {
    for (effect, _) in effects() {
        let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
        let before = app.database.dump();
        app.github.fault(Fault::on("GET", "/users/hubot", effect.clone()));
        let answer =
            app.admin().post("/v1/admin/callers", &json!({"pool": "team", "github_login": "hubot"})).await;
        let answer = answer.expect(502, "github_user_lookup_failed");
        check(&app, &answer.text());
        assert_eq!(app.database.dump(), before, "{effect:?}");
        assert_eq!(app.github.requests().len(), 1, "the redirect is not followed: {effect:?}");
    }
}

#[tokio::test]
async fn a_membership_that_cannot_be_read_provisions_nobody() {
    for (effect, _) in effects() {
        let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
        let before = app.database.dump();
        app.github.fault(Fault::on("GET", "/orgs/*", effect.clone()));
        let answer =
            app.admin().post("/v1/admin/callers", &json!({"pool": "team", "github_login": "hubot"})).await;
        let answer = answer.expect(502, "org_verification_failed");
        check(&app, &answer.text());
        assert_eq!(app.database.dump(), before, "{effect:?}");
    }
}

#[tokio::test]
async fn a_login_tells_a_refused_token_from_a_github_that_does_not_answer() {
    for (effect, refusal) in effects() {
        let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
        provision(&app, "hubot", "maintainers").await;
        let before = app.database.dump_without_refusals();
        app.github.fault(Fault::on("GET", "/user", effect.clone()));
        let status = if refusal { 401 } else { 502 };
        let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
        let answer = answer.expect(status, "github_auth_failed");
        check(&app, &answer.text());
        assert_eq!(app.database.dump_without_refusals(), before, "{effect:?}");
        assert_eq!(refusals(&app), i64::from(status != 502), "a fault is no refusal: {effect:?}");
    }
}

#[tokio::test]
async fn a_login_whose_membership_cannot_be_read_is_refused() {
    let effects = effects().into_iter().map(|(effect, _)| {
        // A plain 403 is what GitHub answers to whoever is no member; everything else is no answer
        // to the question.
        let plain_403 = matches!(effect, Effect::Respond { status: 403, .. });
        (effect, if plain_403 { (403, "org_member_denied") } else { (502, "org_verification_failed") })
    });
    let limited = Effect::SecondaryLimit { status: 403, retry_after: Some(60) };
    for (effect, (status, code)) in effects.chain([(limited, (502, "org_verification_failed"))]) {
        let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
        provision(&app, "hubot", "maintainers").await;
        let before = app.database.dump_without_refusals();
        app.github.fault(Fault::on("GET", "/orgs/*", effect.clone()));
        let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
        let answer = answer.expect(status, code);
        check(&app, &answer.text());
        assert_eq!(app.database.dump_without_refusals(), before, "{effect:?}");
        assert_eq!(refusals(&app), i64::from(status != 502), "a fault is no refusal: {effect:?}");
    }
}

#[tokio::test]
async fn an_account_under_another_login_than_asked_for_is_nonsense() {
    let app = TestApp::start().await;
    app.github.fault(Fault::on(
        "GET",
        "/users/mona",
        Effect::respond(200, json!({"id": 1002, "login": "hubot"})),
    ));
    let answer =
        app.admin().post("/v1/admin/callers", &json!({"pool": "team", "github_login": "mona"})).await;
    answer.expect(502, "github_user_lookup_failed");
}

#[tokio::test]
async fn limits_at_login_are_passed_on_as_strings() {
    let app = TestApp::start().await;
    app.github.fault(Fault::on(
        "GET",
        "/user",
        Effect::SecondaryLimit { status: 429, retry_after: Some(77) },
    ));
    let answer =
        log_in(&app, &app.credentials.tokens.hubot, "laptop").await.expect(401, "github_auth_failed");
    let error = answer.error().error;
    assert_eq!(error.details.unwrap()["github_retry_after"], "77");
    assert!(error.message.contains("rate limit"), "{}", error.message);
}

#[tokio::test]
async fn an_overloaded_database_asks_for_patience() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "maintainers").await;
    app.database.overload();
    let answers = [
        app.bearer(&token).get("/v1/pools/maintainers/health").await,
        app.admin().post("/v1/admin/callers", &json!({"pool": "p", "github_login": "hubot"})).await,
        app.admin().post("/v1/admin/pools/p/identities", &pat("p1")).await,
        log_in(&app, &app.credentials.tokens.hubot, "laptop").await,
    ];
    for answer in answers {
        let answer = answer.expect(503, "relay_overloaded");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
}

#[tokio::test]
async fn a_batch_that_breaks_off_anywhere_leaves_nothing() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    let before = app.database.dump();
    for statement in 0..7 {
        app.database.break_after(statement);
        let caller = json!({"pool": "new", "github_login": "mona"});
        app.admin().post("/v1/admin/callers", &caller).await.expect(500, "internal_error");
        if statement < 5 {
            app.admin()
                .post("/v1/admin/pools/new/identities", &pat("p1"))
                .await
                .expect(500, "internal_error");
        }
        if statement < 2 {
            let token = json!({"name": "ci"});
            app.admin().post("/v1/admin/tokens", &token).await.expect(500, "internal_error");
        }
        if statement < 5 {
            log_in(&app, &app.credentials.tokens.hubot, "x").await.expect(500, "internal_error");
        }
        app.database.clear_faults();
        assert_eq!(app.database.dump(), before, "broken off after {statement}");
    }
}

#[tokio::test]
async fn an_unexpected_failure_says_nothing_of_its_cause_but_logs_it_once() {
    let app = TestApp::start().await;
    app.database.break_after(0);
    let answer =
        app.admin().post("/v1/admin/pools/p/identities", &pat("p1")).await.expect(500, "internal_error");
    assert!(!answer.text().contains("broken off"));
    let events = app.log.events();
    assert_eq!(events.len(), 1);
    assert!(events[0]["cause"].as_str().unwrap().contains("broken off by the test"));
    assert_eq!(events[0]["request_id"], answer.header("x-request-id").unwrap());
}

#[tokio::test]
async fn a_chainer_that_fails_is_logged_and_the_next_one_does_its_work() {
    let app = TestApp::start().await;
    app.database.execute("ALTER TABLE audit_events RENAME COLUMN digest TO hidden").unwrap();
    app.admin().post("/v1/admin/pools/p/identities", &pat("p1")).await.ok(201);
    let events = app.log.events();
    assert_eq!((events.len(), &events[0]["task"]), (1, &json!("audit.chain")));
    app.database.execute("ALTER TABLE audit_events RENAME COLUMN hidden TO digest").unwrap();
    app.admin().post("/v1/admin/pools/p/identities", &pat("p2")).await.ok(201);
    assert_eq!(app.database.value("SELECT count(digest) FROM audit_events"), 2);
}
