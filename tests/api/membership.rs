//! A caller's proof of membership: how long it counts, how it is renewed, what happens if it cannot
//! be.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::model::memberships::{Membership, Role};
use octopool_testkit::github::{Effect, Fault, demo};
use serde_json::Value;

use crate::support::provision;

const DAY: Duration = Duration::from_hours(24);
const HEALTH: &str = "/v1/pools/team/health";

/// A caller whose proof has run out, and its token.
async fn stale(app: &TestApp) -> String {
    let token = provision(app, "hubot", "team").await;
    app.clock.advance(DAY);
    app.github.clear_requests();
    token
}

fn proved_at(app: &TestApp) -> Value {
    app.database.value("SELECT org_verified_at FROM callers")
}

#[tokio::test]
async fn a_fresh_proof_is_trusted_without_asking() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.github.clear_requests();
    app.clock.advance(Duration::from_millis(24 * 60 * 60 * 1000 - 1));
    app.bearer(&token).get(HEALTH).await.ok(200);
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn a_stale_proof_is_renewed_once() {
    let app = TestApp::start().await;
    let token = stale(&app).await;
    let before = proved_at(&app);
    app.bearer(&token).get(HEALTH).await.ok(200);
    app.bearer(&token).get(HEALTH).await.ok(200);
    let asked: Vec<_> =
        app.github.requests().iter().map(|request| (request.path.clone(), request.token.clone())).collect();
    assert_eq!(asked, [("/orgs/acme/memberships/hubot".to_owned(), Some("org".to_owned()))]);
    assert!(proved_at(&app).as_i64() > before.as_i64());
}

#[tokio::test]
async fn a_lifetime_of_zero_asks_every_time() {
    let app = TestApp::with("ORG_VERIFY_TTL_SECONDS", "0").start().await;
    let token = provision(&app, "hubot", "team").await;
    app.github.clear_requests();
    app.bearer(&token).get(HEALTH).await.ok(200);
    app.bearer(&token).get(HEALTH).await.ok(200);
    assert_eq!(app.github.requests().len(), 2);
}

#[tokio::test]
async fn a_proof_from_the_future_is_not_trusted() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.github.clear_requests();
    app.clock.go_back(Duration::from_mins(1));
    app.bearer(&token).get(HEALTH).await.ok(200);
    app.bearer(&token).get(HEALTH).await.ok(200);
    assert_eq!(app.github.requests().len(), 1, "and it is replaced by one of today");
}

#[tokio::test]
async fn a_member_who_left_is_refused_until_it_comes_back() {
    let app = TestApp::start().await;
    let token = stale(&app).await;
    let before = proved_at(&app);
    app.github.edit(|state| state.memberships.remove(demo::ACME, demo::HUBOT));
    app.bearer(&token).get(HEALTH).await.expect(403, "org_member_denied");
    app.github
        .edit(|state| state.memberships.set(demo::ACME, demo::HUBOT, Membership::pending(Role::Member)));
    app.bearer(&token).get(HEALTH).await.expect(403, "org_member_denied");
    assert_eq!(proved_at(&app), before, "a failure never refreshes the proof");
    app.github.edit(|state| state.memberships.set(demo::ACME, demo::HUBOT, Membership::active(Role::Member)));
    app.bearer(&token).get(HEALTH).await.ok(200);
}

#[tokio::test]
async fn another_account_behind_the_login_is_told_apart_from_a_member_who_left() {
    for taken_by_a_member in [true, false] {
        let app = TestApp::start().await;
        let token = stale(&app).await;
        let before = proved_at(&app);
        app.github.edit(|state| {
            state.rename_account(demo::HUBOT, "robot").unwrap();
            let heir = if taken_by_a_member { demo::OCTOCAT } else { demo::MALLORY };
            state.rename_account(heir, "hubot").unwrap();
        });
        app.bearer(&token).get(HEALTH).await.expect(403, "github_identity_mismatch");
        assert_eq!(proved_at(&app), before);
    }
}

#[tokio::test]
async fn whatever_github_answers_instead_refuses_and_refreshes_nothing() {
    for effect in [
        Effect::status(401),
        Effect::status(403),
        Effect::status(429),
        Effect::status(500),
        Effect::Html,
        Effect::Truncate,
        Effect::Nonsense,
        Effect::DropConnection,
        Effect::SecondaryLimit { status: 403, retry_after: Some(60) },
        Effect::Redirect { location: "https://evil.example/".to_owned(), status: 302 },
        Effect::NeverAnswer,
    ] {
        let app = TestApp::with("REQUEST_TIMEOUT_MS", "300").start().await;
        let token = stale(&app).await;
        let before = proved_at(&app);
        app.github.fault(Fault::on("GET", "/orgs/acme/memberships/*", effect.clone()));
        app.bearer(&token).get(HEALTH).await.expect(502, "org_verification_failed");
        assert_eq!(proved_at(&app), before, "{effect:?}");
        let events = app.log.events();
        assert_eq!(events.len(), 1, "logged once: {events:?}");
        assert!(events[0]["cause"].is_string());
    }
}

#[tokio::test]
async fn without_an_org_token_a_stale_proof_cannot_be_renewed_but_a_fresh_one_counts() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
    app.bearer(&token).get(HEALTH).await.ok(200);
    app.clock.advance(DAY);
    app.bearer(&token).get(HEALTH).await.expect(503, "org_verification_unavailable");
}

#[tokio::test]
async fn a_caller_of_another_org_is_refused_by_name() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.database.execute("UPDATE callers SET org_login = 'umbrella'").unwrap();
    app.bearer(&token).get(HEALTH).await.expect(403, "org_denied");
    app.database.execute("UPDATE callers SET org_login = 'ACME'").unwrap();
    app.bearer(&token).get(HEALTH).await.ok(200);
}

#[tokio::test]
async fn a_disabled_caller_and_a_withdrawn_grant_close_the_pool_at_once() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    app.database.execute("UPDATE callers SET status = 'disabled'").unwrap();
    app.bearer(&token).get(HEALTH).await.expect(401, "invalid_auth");
    app.database.execute("UPDATE callers SET status = 'active'").unwrap();
    app.bearer(&token).get(HEALTH).await.ok(200);
    app.database.execute("DELETE FROM caller_pools").unwrap();
    app.bearer(&token).get(HEALTH).await.expect(401, "invalid_auth");
    let before = app.database.dump();
    app.clock.advance(Duration::from_secs(1));
    app.bearer(&token).get(HEALTH).await.expect(401, "invalid_auth");
    assert_eq!(app.database.dump(), before, "a refused use is not noted");
}
