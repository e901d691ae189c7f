//! Which identity serves, and what GitHub's answers do to it.

use std::collections::BTreeMap;
use std::time::Duration;

use octopool_testkit::github::demo::{HUBOT, INSTALLATION, MONA};
use octopool_testkit::github::{Effect, Fault, Principal};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{asked, depleted, read, read_with, reason, register, register_app, team};

pub(super) const PATH: &str = "/repos/acme/rocket/languages";

pub(super) fn fresh() -> Value {
    json!({"headers": {"cache-control": "max-age=0"}})
}

/// A pool with PATs of mona (`p1`) and hubot (`p2`), in which mona's is preferred.
pub(super) async fn two(app: &TestApp) -> String {
    let token = team(app).await;
    app.secrets.set("OCTOPOOL_PAT_HUBOT", &app.credentials.tokens.hubot);
    register(app, json!({"id": "p1", "weight": 200})).await;
    register(app, json!({"id": "p2", "login": "hubot", "secret_ref": "OCTOPOOL_PAT_HUBOT", "weight": 100}))
        .await;
    token
}

fn by(account: u64, effect: Effect) -> Fault {
    Fault::on("GET", PATH, effect).by(Principal::Account(account))
}

pub(super) fn serves(app: &TestApp) {
    app.github.fault(Fault::on("GET", PATH, Effect::respond(200, json!({"Rust": 1}))));
}

#[track_caller]
pub(super) fn identity(answer: Answer) -> String {
    answer.ok(200)["identity"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn weight_decides_between_equals_and_a_route_keeps_its_identity_for_ten_seconds() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    serves(&app);
    let first = read_with(&app, &token, PATH, fresh()).await.ok(200);
    assert_eq!(
        (&first["identity"]["id"], &first["relay"]["lease_reason"]),
        (&json!("p1"), &json!("highest_remaining"))
    );
    register(&app, json!({"id": "p2", "login": "hubot", "secret_ref": "OCTOPOOL_PAT_HUBOT", "weight": 900}))
        .await;
    let second = read_with(&app, &token, PATH, fresh()).await.ok(200);
    assert_eq!(
        (&second["identity"]["id"], &second["relay"]["lease_reason"]),
        (&json!("p1"), &json!("sticky"))
    );
    app.clock.advance(Duration::from_secs(11));
    assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p2");
}

/// What one answer to mona's token does: who serves now, who would serve the same route after so
/// many seconds, and another route at once.
struct Row {
    effect: Effect,
    /// For how long mona's identity is not used for this route.
    seconds: u64,
    /// Whether it serves another route meanwhile.
    other_route: bool,
}

#[tokio::test]
async fn the_table_of_feedback() {
    let header = |effect: Effect, name: &str, value: &str| effect.with_header(name, value);
    let rows = [
        Row { effect: Effect::status(401), seconds: 120, other_route: false },
        Row { effect: header(Effect::status(401), "retry-after", "30"), seconds: 30, other_route: false },
        Row { effect: header(Effect::status(403), "retry-after", "30"), seconds: 30, other_route: false },
        Row { effect: header(Effect::status(429), "retry-after", "30"), seconds: 30, other_route: false },
        Row {
            effect: Effect::SecondaryLimit { status: 403, retry_after: None },
            seconds: 60,
            other_route: false,
        },
        Row {
            effect: Effect::SecondaryLimit { status: 429, retry_after: Some(5) },
            seconds: 60,
            other_route: false,
        },
        Row {
            effect: Effect::SecondaryLimit { status: 403, retry_after: Some(90) },
            seconds: 90,
            other_route: false,
        },
        Row { effect: Effect::status(429), seconds: 120, other_route: false },
        Row { effect: Effect::status(403), seconds: 120, other_route: true },
    ];
    for row in rows {
        holds(row).await;
    }
    // Its reset is counted from now, so it is made when it is needed: the rows before it take their
    // time.
    holds(Row { effect: depleted(600), seconds: 600, other_route: false }).await;
}

async fn holds(Row { effect, seconds, other_route }: Row) {
    let app = TestApp::start().await;
    let token = two(&app).await;
    app.github.fault(by(MONA, effect.clone()).once());
    serves(&app);
    app.github.fault(Fault::on("GET", "/users/octocat", Effect::respond(200, json!({"id": 3}))));
    assert_eq!(
        identity(read_with(&app, &token, PATH, fresh()).await),
        "p2",
        "the next one is tried: {effect:?}"
    );
    assert_eq!(asked(&app, PATH), ["mona", "hubot"], "{effect:?}");
    let other = identity(read_with(&app, &token, "/users/octocat", fresh()).await);
    assert_eq!(other == "p1", other_route, "another route: {effect:?}");
    // Past the lease of the one who took over.
    app.clock.advance(Duration::from_secs(seconds - 2));
    assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p2", "still: {effect:?}");
    app.clock.advance(Duration::from_secs(13));
    assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p1", "back: {effect:?}");
}

#[tokio::test]
async fn when_nobody_can_serve_the_reason_is_that_of_the_last_one_tried() {
    for (effect, expected) in [
        (Effect::status(401), "github_identity_unauthorized"),
        (Effect::SecondaryLimit { status: 403, retry_after: None }, "github_rate_limited"),
        (Effect::status(429), "github_rate_limited"),
        (depleted(600), "github_identity_depleted"),
    ] {
        let app = TestApp::start().await;
        let token = two(&app).await;
        app.github.fault(Fault::on("GET", PATH, effect.clone()));
        assert_eq!(reason(&read(&app, &token, PATH).await), expected, "{effect:?}");
        assert_eq!(asked(&app, PATH), ["mona", "hubot"], "each at most once");
        let again = reason(&read(&app, &token, PATH).await);
        let waits = if expected == "github_identity_depleted" {
            "github_identity_depleted"
        } else {
            "identities_cooling_down"
        };
        assert_eq!(again, waits, "{effect:?}");
        assert_eq!(asked(&app, PATH).len(), 2, "nobody is asked while all cool down");
    }
}

#[tokio::test]
async fn cooldowns_outlive_an_eviction_and_leases_need_not() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    app.github.fault(by(MONA, Effect::status(401)).once());
    serves(&app);
    assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p2");
    app.coordinators.evict();
    assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p2");
    assert_eq!(asked(&app, PATH), ["mona", "hubot", "hubot"]);
}

#[tokio::test]
async fn what_is_left_decides_and_malformed_headers_say_nothing() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    let soon = (octopool_testkit::TestClock::seconds_really() + 600).to_string();
    let left = |remaining: &str, reset: &str| {
        Effect::respond(200, json!({"Rust": 1}))
            .with_header("x-ratelimit-remaining", remaining)
            .with_header("x-ratelimit-reset", reset)
            .with_header("x-ratelimit-resource", "core")
    };
    app.github.fault(by(MONA, left("10", &soon)).once());
    for (remaining, reset) in [
        ("-1", "x"),
        ("", ""),
        ("1e9", "0"),
        ("99999999999999999999", "1"),
        ("5", "99999999999999"),
        ("4999.5", "-1"),
    ] {
        app.github.fault(by(HUBOT, left(remaining, reset)).once());
    }
    read_with(&app, &token, PATH, fresh()).await.ok(200);
    for _ in 0..6 {
        app.clock.advance(Duration::from_secs(11));
        assert_eq!(
            identity(read_with(&app, &token, PATH, fresh()).await),
            "p2",
            "10 are left of the other one"
        );
    }
    let client = app.bearer(&token);
    let health = client.get("/v1/pools/team/health").await.ok(200);
    assert_eq!(health["identities"][0]["remaining"], json!({"core": 10}));
    assert_eq!(health["identities"][1]["remaining"], json!({}), "nothing of it was believed");
}

#[tokio::test]
async fn one_identity_without_its_secret_does_not_stop_the_other() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    serves(&app);
    app.secrets.remove("OCTOPOOL_PAT_MONA");
    for _ in 0..2 {
        assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p2");
    }
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!((&health["identities_total"], &health["identities_healthy"]), (&json!(2), &json!(1)));
    assert!(health["identities"][0]["cooldown_until"].is_string());
    app.secrets.set("OCTOPOOL_PAT_HUBOT", "two words");
    app.clock.advance(Duration::from_secs(1));
    let other = "/repos/acme/rocket/topics";
    let answer = read(&app, &token, other).await.expect(503, "identity_secret_missing");
    assert!(!answer.text().contains("OCTOPOOL_PAT"), "no binding is named");
    assert_eq!(reason(&read(&app, &token, other).await), "identities_cooling_down");
    app.clock.advance(Duration::from_secs(121));
    app.secrets.set("OCTOPOOL_PAT_MONA", &app.credentials.tokens.mona);
    assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p1", "it has its secret again");
}

#[tokio::test]
async fn an_app_takes_over_from_a_pat() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    register_app(&app, "a1", INSTALLATION).await;
    register(&app, json!({"weight": 200})).await;
    app.github.fault(by(MONA, Effect::status(401)));
    let body = read(&app, &token, PATH).await.ok(200);
    assert_eq!(body["identity"], json!({"id": "a1", "kind": "github_app"}));
    assert_eq!(asked(&app, PATH)[0], "mona");
}

#[tokio::test]
async fn health_shows_who_cools_down_and_when_the_next_budget_is_filled() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    app.github.fault(by(MONA, depleted(600)).once());
    app.github.fault(by(HUBOT, Effect::status(401)).once());
    assert_eq!(reason(&read(&app, &token, PATH).await), "github_identity_unauthorized");
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!((&health["identities_total"], &health["identities_healthy"]), (&json!(2), &json!(0)));
    assert_eq!(health["identities"][0]["remaining"], json!({"core": 0}));
    assert!(
        health["next_reset"].is_string() && health["identities"][1]["cooldown_until"].is_string(),
        "{health}"
    );
    let by_id: BTreeMap<_, _> =
        health["identities"].as_array().unwrap().iter().map(|row| (row["id"].as_str(), row)).collect();
    assert_eq!(by_id.len(), 2);
}

#[tokio::test]
async fn a_pool_that_is_overloaded_says_so_and_when_to_come_back() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.coordinators.overload(true);
    let left = read(&app, &token, PATH).await;
    assert_eq!((reason(&left).as_str(), left.header("retry-after")), ("relay_overloaded", Some("1")));
    assert!(app.log.events()[0]["cause"].as_str().unwrap().contains("coordinator"), "{:?}", app.log.events());
    for answer in [
        app.bearer(&token).get("/api/v3/repos/acme/rocket").await,
        app.bearer(&token).get("/v1/pools/team/health").await,
    ] {
        let answer = answer.expect(503, "relay_overloaded");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    app.coordinators.overload(false);
    app.database.overload();
    app.new_isolate();
    // Nobody knows yet who asks, and it is the relay all the same.
    let left = read(&app, &token, PATH).await;
    assert_eq!((reason(&left).as_str(), left.header("retry-after")), ("relay_overloaded", Some("1")));
    app.bearer(&token).get("/api/v3/repos/acme/rocket").await.expect(503, "relay_overloaded");
    app.database.clear_faults();
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
}
