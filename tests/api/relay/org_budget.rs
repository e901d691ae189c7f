//! The org token proves repositories public for everybody, so it has a budget of its own; and what
//! GitHub says of a repository beside public and private.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{INSTALLATION, ROCKET as ROCKET_ID, SECRET_PLANS};
use octopool_testkit::github::{Effect, Fault};

use crate::support::{asked, provision, read, reason, register_app, team};

const ROCKET: &str = "/repos/acme/rocket";

/// Requests with the org token about repositories.
fn checks(app: &TestApp) -> usize {
    let requests = app.github.requests();
    let is_check = |path: &str| path.starts_with("/repos/") || path.starts_with("/repositories/");
    requests.iter().filter(|it| it.token.as_deref() == Some("org") && is_check(&it.path)).count()
}

#[tokio::test]
async fn a_caller_cannot_spend_it_on_names() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let mut refused = 0;
    for number in 0..60 {
        let why = reason(&read(&app, &token, &format!("/repos/acme/no-{number}")).await);
        refused += usize::from(why == "repo_public_check_failed");
        assert!(["repo_public_check_failed", "repo_not_public"].contains(&why.as_str()), "{why}");
    }
    assert_eq!((checks(&app), refused), (30, 30));
    let other = provision(&app, "mona", "team").await;
    assert_eq!(reason(&read(&app, &other, "/repos/acme/no-59").await), "repo_not_public", "another caller");
    read(&app, &other, ROCKET).await.ok(200);
    read(&app, &token, "/repos/acme/rocket/languages").await.ok(200);
    app.clock.advance(Duration::from_secs(3));
    assert_eq!(reason(&read(&app, &token, "/repos/acme/no-58").await), "repo_not_public", "one is earned");
}

#[tokio::test]
async fn through_an_app_names_cost_as_much() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    register_app(&app, "a1", INSTALLATION).await;
    for number in 0..60 {
        let path = format!("/repos/acme/no-{number}");
        reason(&read(&app, &token, &path).await);
        app.clock.advance(Duration::from_millis(100));
    }
    let mints = app.github.requests().iter().filter(|it| it.path.ends_with("access_tokens")).count();
    assert!(mints <= 20 && checks(&app) <= 20, "{mints} {}", checks(&app));
}

#[tokio::test]
async fn its_limits_are_its_own() {
    for (effect, seconds) in [
        (Effect::status(401), 120),
        (Effect::status(429).with_header("retry-after", "300"), 300),
        (Effect::SecondaryLimit { status: 403, retry_after: None }, 60),
        (crate::support::depleted(200), 200),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("GET", "/repos/acme/website", effect.clone()).once());
        assert_eq!(reason(&read(&app, &token, "/repos/acme/website").await), "repo_public_check_failed");
        app.clock.advance(Duration::from_secs(seconds - 5));
        assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_public_check_failed", "{effect:?}");
        assert_eq!(checks(&app), 1, "it is left alone: {effect:?}");
        app.clock.advance(Duration::from_secs(10));
        read(&app, &token, ROCKET).await.ok(200);
        assert_eq!(asked(&app, ROCKET), ["org", "mona"], "the identity was never blamed");
    }
}

#[tokio::test]
async fn a_check_that_proves_nothing_is_not_repeated_by_everybody() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.fault(Fault::on("GET", ROCKET, Effect::status(502)).once());
    for isolate in 0..3 {
        assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_public_check_failed", "{isolate}");
        app.new_isolate();
    }
    assert_eq!(checks(&app), 1);
    read(&app, &token, "/repos/acme/website").await.ok(200);
    app.clock.advance(Duration::from_secs(15));
    read(&app, &token, ROCKET).await.ok(200);
}

#[tokio::test]
async fn a_renamed_repository_is_remembered() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| state.rename_repository(ROCKET_ID, "booster")).unwrap();
    for _ in 0..3 {
        let answer = read(&app, &token, "/repos/acme/rocket/languages").await;
        assert!(!answer.text().contains("Rust"), "{}", answer.text());
        app.new_isolate();
    }
    assert_eq!(checks(&app), 2, "the old name and where it leads, once");
    let known = "SELECT renamed_to FROM repository_findings WHERE repository = 'acme/rocket'";
    assert_eq!(app.database.value(known), "acme/booster");
    read(&app, &token, "/repos/acme/booster/languages").await.ok(200);
    app.clock.advance(Duration::from_mins(15));
    read(&app, &token, "/repos/acme/rocket/languages").await;
    assert_eq!(checks(&app), 5, "asked anew when the proof has lapsed");
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_repository_is_not_told() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| state.rename_repository(SECRET_PLANS, "deeper-plans")).unwrap();
    let answer = read(&app, &token, "/repos/acme/secret-plans").await;
    assert_eq!(reason(&answer), "repo_not_public");
    assert!(!answer.text().contains("deeper"));
    assert_eq!(app.database.value("SELECT count(*) FROM repository_findings"), 0);
}

#[tokio::test]
async fn the_org_token_follows_no_redirect_but_githubs_own() {
    for location in [
        "https://evil.example/repositories/5002",
        "//evil.example/repositories/5002",
        "/repos/acme/website",
        "/repositories/5002/../../user",
        "/repositories/",
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        let effect = Effect::Redirect { location: location.to_owned(), status: 301 };
        app.github.fault(Fault::on("GET", ROCKET, effect).once());
        assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_public_check_failed", "{location}");
        assert_eq!(checks(&app), 1, "{location}");
    }
}

#[tokio::test]
async fn a_blocked_repository_is_remembered() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.fault(Fault::on("GET", ROCKET, Effect::status(451)));
    for _ in 0..3 {
        assert_ne!(read(&app, &token, "/repos/acme/rocket/languages").await.status(), 424);
        app.new_isolate();
    }
    assert_eq!(checks(&app), 1);
    assert_eq!(app.database.value("SELECT blocked FROM repository_findings"), 1);
}

#[tokio::test]
async fn a_repository_that_is_renamed_while_its_proof_counts_is_found_out() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket/languages").await.ok(200);
    app.github.edit(|state| state.rename_repository(ROCKET_ID, "booster")).unwrap();
    for path in ["/repos/acme/rocket/topics", "/repos/acme/rocket/languages"] {
        let answer = read(&app, &token, path).await.ok(200);
        assert_eq!(answer["status"], 301, "{path}");
        let location = answer["headers"]["location"].as_str().unwrap();
        assert!(location.ends_with(&path.replace("rocket", "booster")), "{location}");
    }
    assert_eq!(asked(&app, "/repos/acme/rocket/topics").len(), 1, "and the next one is told at once");
}

#[tokio::test]
async fn through_an_app_a_renamed_repository_is_found_out_too() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    register_app(&app, "a1", INSTALLATION).await;
    app.github.edit(|state| state.rename_repository(ROCKET_ID, "booster")).unwrap();
    read(&app, &token, ROCKET).await;
    let known = "SELECT renamed_to FROM repository_findings WHERE repository = 'acme/rocket'";
    assert_eq!(app.database.value(known), "acme/booster");
    assert_eq!(checks(&app), 2);
}
