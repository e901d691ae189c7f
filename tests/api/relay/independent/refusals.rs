//! Mixed refusals of several identities, and headers that lie.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{HUBOT, MONA, OCTOCAT};
use octopool_testkit::github::{Effect, Fault, Principal};
use serde_json::{Value, json};

use crate::support::{asked, read, read_with, register, team};

const PATH: &str = "/repos/acme/rocket/contents/a.bin";
const OTHER: &str = "/repos/acme/rocket/languages";

/// A pool of three PATs, which are preferred in this order: `mona`, `hubot`, `octocat`.
async fn three(app: &TestApp) -> String {
    let token = team(app).await;
    app.secrets.set("OCTOPOOL_PAT_HUBOT", &app.credentials.tokens.hubot);
    app.secrets.set("OCTOPOOL_PAT_OCTOCAT", &app.credentials.tokens.octocat);
    register(app, json!({"id": "p1", "weight": 900})).await;
    register(app, json!({"id": "p2", "login": "hubot", "secret_ref": "OCTOPOOL_PAT_HUBOT", "weight": 500}))
        .await;
    register(app, json!({"id": "p3", "login": "octocat", "secret_ref": "OCTOPOOL_PAT_OCTOCAT", "weight": 1}))
        .await;
    app.github.fault(Fault::on("GET", OTHER, Effect::respond(200, json!({"Rust": 1}))));
    token
}

fn faults(app: &TestApp, path: &str, effects: [Effect; 3]) {
    for (account, effect) in [MONA, HUBOT, OCTOCAT].into_iter().zip(effects) {
        app.github.fault(Fault::on("GET", path, effect).by(Principal::Account(account)));
    }
}

fn no_cache() -> Value {
    json!({"headers": {"cache-control": "no-cache"}})
}

fn file() -> Effect {
    Effect::respond(200, json!({"name": "a.bin"}))
}

#[tokio::test]
async fn an_incident_after_a_refusal_leaves_the_refusal() {
    for second in
        [Effect::status(500), Effect::status(404), Effect::Html, Effect::DropConnection, Effect::Truncate]
    {
        for first in [403, 451] {
            let app = TestApp::start().await;
            let token = three(&app).await;
            faults(&app, PATH, [Effect::status(first), second.clone(), file()]);
            let answer = read(&app, &token, PATH).await.ok(200);
            let is_404 = second == Effect::status(404);
            assert!(
                answer["status"] == first || is_404 && answer["status"] == 404,
                "{second:?}: {}",
                answer["status"]
            );
            assert_eq!(asked(&app, PATH), ["mona", "hubot"], "one more at most: {second:?}");
            let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
            assert_eq!(health["identities_healthy"], 3, "{second:?}");
            assert_eq!(read(&app, &token, OTHER).await.ok(200)["identity"]["id"], "p1", "{second:?}");
        }
    }
}

#[tokio::test]
async fn who_did_worse_rests_for_this_route_and_repository_only() {
    for first in [Effect::status(403), Effect::status(451)] {
        let app = TestApp::start().await;
        let token = three(&app).await;
        app.github.fault(Fault::on("GET", "/repos/acme/website/contents/a.bin", file()));
        app.github.fault(Fault::on("GET", "/repos/acme/rocket/contents/b.bin", file()));
        faults(&app, PATH, [first, file(), file()]);
        assert_eq!(read(&app, &token, PATH).await.ok(200)["identity"]["id"], "p2");
        for (path, identity) in [
            ("/repos/acme/rocket/contents/b.bin", "p2"),
            ("/repos/acme/website/contents/a.bin", "p1"),
            (OTHER, "p1"),
        ] {
            assert_eq!(read(&app, &token, path).await.ok(200)["identity"]["id"], identity, "{path}");
        }
        app.clock.advance(Duration::from_secs(121));
        assert_eq!(
            read_with(&app, &token, "/repos/acme/rocket/contents/b.bin", no_cache()).await.ok(200)["identity"]
                ["id"],
            "p1"
        );
    }
}

#[tokio::test]
async fn one_that_is_refused_for_itself_is_no_second_opinion() {
    let app = TestApp::start().await;
    let token = three(&app).await;
    faults(&app, PATH, [Effect::status(403), Effect::status(401), Effect::status(403)]);
    assert_eq!(read(&app, &token, PATH).await.ok(200)["status"], 403);
    assert_eq!(asked(&app, PATH), ["mona", "hubot", "octocat"]);
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!(health["identities_healthy"], 2, "the one with the 401 rests");
}

#[tokio::test]
async fn what_is_too_large_is_so_for_all_also_with_the_last_request_of_a_budget() {
    let app = TestApp::start().await;
    let token = three(&app).await;
    let reset = (octopool_testkit::TestClock::seconds_really() + 900).to_string();
    let effect = Effect::respond(
        403,
        json!({"message": "no", "errors": [{"code": "missing"}, {"code": "too_large"}]}),
    )
    .with_header("x-ratelimit-remaining", "0")
    .with_header("x-ratelimit-reset", &reset);
    app.github.fault(Fault::on("GET", PATH, effect));
    assert_eq!(read(&app, &token, PATH).await.ok(200)["status"], 403);
    assert_eq!(asked(&app, PATH), ["mona"]);
    assert_eq!(
        read(&app, &token, OTHER).await.ok(200)["identity"]["id"],
        "p2",
        "there is nothing left of the first"
    );
}

#[tokio::test]
async fn single_sign_on_of_an_organization_is_about_that_organization() {
    let app = TestApp::start().await;
    let token = three(&app).await;
    let sso =
        Effect::status(403).with_header("x-github-sso", "required; url=https://github.com/orgs/acme/sso?x");
    faults(&app, "/orgs/acme/repos", [sso, Effect::respond(200, json!([])), Effect::respond(200, json!([]))]);
    for path in ["/orgs/acme/events", "/orgs/umbrella/public_members"] {
        app.github.fault(Fault::on("GET", path, Effect::respond(200, json!([]))));
    }
    for (path, identity) in
        [("/orgs/acme/repos", "p2"), ("/orgs/acme/events", "p2"), ("/orgs/umbrella/public_members", "p1")]
    {
        assert_eq!(read(&app, &token, path).await.ok(200)["identity"]["id"], identity, "{path}");
    }
}

#[tokio::test]
async fn limits_that_lie_block_nothing_else() {
    for (name, value) in [
        ("x-ratelimit-remaining", "-1"),
        ("x-ratelimit-remaining", "99999999999999999999999"),
        ("x-ratelimit-reset", "-1"),
        ("x-ratelimit-reset", "99999999999999"),
        ("x-ratelimit-resource", "search"),
        ("x-ratelimit-limit", "0"),
    ] {
        let app = TestApp::start().await;
        let token = three(&app).await;
        app.github.fault(Fault::on("GET", PATH, Effect::respond(200, json!({})).with_header(name, value)));
        for _ in 0..2 {
            let answer = read_with(&app, &token, PATH, no_cache()).await.ok(200);
            assert_eq!(answer["identity"]["id"], "p1", "{name}: {value}");
            app.clock.advance(Duration::from_secs(11));
        }
    }
}
