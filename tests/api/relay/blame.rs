//! What a refusal of GitHub says about the identity that asked, and what it costs the others.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{HUBOT, MONA};
use octopool_testkit::github::{Effect, Fault, Principal, Resource};
use serde_json::{Value, json};

use super::selection::{PATH, fresh, identity, serves, two};
use crate::support::{asked, read, read_with, reason, register, team};

const CONTENTS: &str = "/repos/acme/rocket/contents/big.bin";

async fn allow_search(app: &TestApp) {
    let policy = json!({"allowed_owners": ["acme"], "allow_search": true});
    app.admin().patch("/v1/admin/pools/team", None, &json!({"policy": policy})).await.ok(200);
}

/// A refusal without any header about limits.
fn bare(status: u16, body: Value) -> Effect {
    ["limit", "remaining", "used", "reset", "resource"]
        .iter()
        .fold(Effect::respond(status, body), |effect, name| {
            effect.without_header(&format!("x-ratelimit-{name}"))
        })
}

#[tokio::test]
async fn a_refusal_of_an_object_is_githubs_answer_and_costs_one_request() {
    for (status, body) in [
        (
            403,
            json!({"message": "too big", "errors": [{"resource": "Blob", "field": "data", "code": "too_large"}]}),
        ),
        (
            403,
            json!({"message": "The history or contributor list is too large to list contributors for this repository via the API."}),
        ),
        (403, json!({"message": "Repository access blocked", "block": {"reason": "tos"}})),
        (451, json!({"message": "Repository access blocked", "block": {"reason": "dmca"}})),
        (410, json!({"message": "The logs for this run have expired and are no longer available."})),
    ] {
        let app = TestApp::start().await;
        let token = two(&app).await;
        app.github.fault(Fault::on("GET", CONTENTS, Effect::respond(status, body.clone())));
        app.github.fault(Fault::on("GET", "/repos/acme/rocket/contents/a", Effect::respond(200, json!({}))));
        for round in 1..=2 {
            let answer = read(&app, &token, CONTENTS).await.ok(200);
            assert_eq!((&answer["status"], &answer["body"]["message"]), (&json!(status), &body["message"]));
            assert_eq!(asked(&app, CONTENTS).len(), round, "{body}");
        }
        assert_eq!(identity(read(&app, &token, "/repos/acme/rocket/contents/a").await), "p1", "nobody rests");
    }
}

#[tokio::test]
async fn a_doubtful_refusal_is_tried_by_one_more_identity_at_most() {
    for status in [403, 451] {
        let app = TestApp::start().await;
        let token = two(&app).await;
        app.secrets.set("OCTOPOOL_PAT_OCTOCAT", &app.credentials.tokens.octocat);
        let third =
            json!({"id": "p3", "login": "octocat", "secret_ref": "OCTOPOOL_PAT_OCTOCAT", "weight": 1});
        register(&app, third).await;
        let refusal = json!({"message": "Resource not accessible by personal access token"});
        app.github.fault(Fault::on("GET", PATH, Effect::respond(status, refusal.clone())));
        for round in 1..=3 {
            let answer = read(&app, &token, PATH).await.ok(200);
            let message = &answer["body"]["message"];
            assert_eq!((&answer["status"], message), (&json!(status), &refusal["message"]));
            assert_eq!(asked(&app, PATH).len(), 2 * round, "and nobody rests");
        }
        let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
        assert_eq!(health["identities_healthy"], 3);
    }
}

#[tokio::test]
async fn a_doubtful_refusal_is_passed_on_where_nobody_else_can_be_asked() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    app.github.fault(Fault::on("GET", PATH, Effect::status(401)).by(Principal::Account(HUBOT)));
    app.github.fault(Fault::on("GET", PATH, Effect::status(403)).by(Principal::Account(MONA)));
    assert_eq!(read(&app, &token, PATH).await.ok(200)["status"], 403, "the second one was no judge");
    assert_eq!(read(&app, &token, PATH).await.ok(200)["status"], 403, "the second one rests");
    assert_eq!(asked(&app, PATH), ["mona", "hubot", "mona"]);
}

#[tokio::test]
async fn single_sign_on_is_about_one_identity_and_one_owner() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    let sso =
        Effect::status(403).with_header("x-github-sso", "required; url=https://github.com/orgs/acme/sso");
    app.github.fault(Fault::on("GET", PATH, sso.clone()).by(Principal::Account(MONA)).once());
    serves(&app);
    app.github.fault(Fault::on("GET", "/users/octocat", Effect::respond(200, json!({"id": 3}))));
    assert_eq!(identity(read_with(&app, &token, PATH, fresh()).await), "p2");
    let other_route = read(&app, &token, "/repos/acme/rocket/topics").await;
    assert_eq!(identity(other_route), "p2", "it is of the same owner");
    assert_eq!(identity(read(&app, &token, "/users/octocat").await), "p1", "it is of no owner");
    app.github.clear_faults();
    app.github.fault(Fault::on("GET", PATH, sso));
    app.clock.advance(Duration::from_secs(121));
    let nobody = read_with(&app, &token, PATH, fresh()).await;
    assert_eq!(reason(&nobody), "github_identity_forbidden", "the caller's own login may be signed on");
}

#[tokio::test]
async fn a_limit_belongs_to_the_resource_of_the_route_whatever_the_headers_say() {
    let named = |name: &str| {
        let reset = (octopool_testkit::TestClock::seconds_really() + 600).to_string();
        bare(403, json!({"message": "API rate limit exceeded for user ID 1."}))
            .with_header("x-ratelimit-remaining", "0")
            .with_header("x-ratelimit-reset", &reset)
            .with_header("x-ratelimit-resource", name)
    };
    for (path, limited) in [
        ("/search/issues", bare(429, json!({"message": "slow down"}))),
        ("/search/issues", bare(403, json!({"message": "API rate limit exceeded for user ID 1."}))),
        ("/search/issues", named("core")),
        ("/search/code", named("search")),
        ("/search/code", named("code_search_2")),
        ("/search/code", bare(429, json!({}))),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        allow_search(&app).await;
        app.github.fault(Fault::on("GET", path, limited.clone()));
        serves(&app);
        let search = || read_with(&app, &token, path, json!({"query": {"q": "repo:acme/rocket x"}}));
        search().await.expect(424, "fallback_local");
        search().await.expect(424, "fallback_local");
        assert_eq!(asked(&app, path).len(), 1, "it is limited: {path} {limited:?}");
        read_with(&app, &token, PATH, fresh()).await.ok(200);
        let other = if path == "/search/code" { "/search/commits" } else { "/search/code" };
        let query = json!({"query": {"q": "repo:acme/rocket Change"}});
        read_with(&app, &token, other, query).await.ok(200);
    }
}

#[tokio::test]
async fn identities_with_one_secret_share_one_state() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    register(&app, json!({"id": "twin"})).await;
    app.github.fault(Fault::on("GET", PATH, Effect::status(401)).once());
    assert_eq!(reason(&read(&app, &token, PATH).await), "github_identity_unauthorized");
    assert_eq!(asked(&app, PATH), ["mona"], "the same credential is not tried twice");
    assert_eq!(reason(&read(&app, &token, PATH).await), "identities_cooling_down");
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!((&health["identities_total"], &health["identities_healthy"]), (&json!(2), &json!(0)));
}

#[tokio::test]
async fn with_one_request_left_twenty_five_reads_send_one() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    let left = |remaining| {
        app.github.edit(|state| {
            let now = state.clock.now();
            let mona = Principal::Account(MONA);
            state.quotas.window(mona, Resource::Core, now).set_remaining(remaining);
        });
    };
    left(2);
    read(&app, &token, PATH).await.ok(200);
    let paths: Vec<_> = (13..38).map(|number| format!("/repos/acme/rocket/issues/{number}")).collect();
    let reads = paths.iter().map(|path| read(&app, &token, path));
    let answers = futures_util::future::join_all(reads).await;
    let served = answers.iter().filter(|answer| answer.status() == 200).count();
    let sent: usize = paths.iter().map(|path| asked(&app, path).len()).sum();
    assert_eq!((served, sent), (1, 1));
    for answer in answers.iter().filter(|answer| answer.status() != 200) {
        assert_eq!(reason(answer), "github_identity_depleted");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_once_more() {
    let app = TestApp::start().await;
    let token = two(&app).await;
    serves(&app);
    app.github.fault(Fault::on("GET", PATH, Effect::DropConnection).once());
    app.github.clear_faults();
    app.github.fault(Fault::on("GET", PATH, Effect::DropConnection).once());
    serves(&app);
    assert_eq!(identity(read(&app, &token, PATH).await), "p2", "by the next identity");
    app.admin().delete("/v1/admin/pools/team/identities/p2").await;
    app.github.clear_faults();
    app.github.fault(Fault::on("GET", PATH, Effect::DropConnection).once());
    serves(&app);
    assert_eq!(
        identity(read_with(&app, &token, PATH, fresh()).await),
        "p1",
        "by the same if there is no other"
    );
    app.github.clear_faults();
    app.github.fault(Fault::on("GET", PATH, Effect::DropConnection));
    let before = asked(&app, PATH).len();
    read_with(&app, &token, PATH, fresh()).await.expect(502, "github_unreachable");
    assert_eq!(asked(&app, PATH).len() - before, 2, "and not a third time");
}

#[tokio::test]
async fn the_last_answer_is_served_while_github_has_trouble() {
    for trouble in [Effect::status(502), Effect::status(500), Effect::DropConnection, Effect::Html] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        serves(&app);
        read(&app, &token, PATH).await.ok(200);
        app.github.clear_faults();
        app.github.fault(Fault::on("GET", PATH, trouble.clone()));
        app.clock.advance(Duration::from_secs(3601));
        let body = read(&app, &token, PATH).await.ok(200);
        let relay = &body["relay"];
        assert_eq!(
            (&body["body"], &relay["cache"], &relay["stale_ok"], &relay["stale_reason"]),
            (&json!({"Rust": 1}), &json!("stale"), &json!(true), &json!("github_unavailable")),
            "{trouble:?}"
        );
        let anew = read_with(&app, &token, PATH, fresh()).await;
        assert!(anew.status() == 502 || anew.ok(200)["status"].as_u64() >= Some(500), "{trouble:?}");
    }
}

#[tokio::test]
async fn a_question_for_a_new_answer_gets_none_that_was_asked_for_before() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.github.fault(Fault::on("GET", PATH, Effect::Delay { ms: 200 }));
    let early = read(&app, &token, PATH);
    let late = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.clock.advance(Duration::from_millis(5));
        let anew = (0..10).map(|_| read_with(&app, &token, PATH, fresh()));
        futures_util::future::join_all(anew).await
    };
    let (early, late) = futures_util::future::join(early, late).await;
    early.ok(200);
    assert_eq!(asked(&app, PATH).len(), 2, "the later ones share a request of their own");
    let coalesced = late.into_iter().filter(|answer| answer.text().contains("\"coalesced\":true")).count();
    assert_eq!(coalesced, 9);
    for round in 1..=100 {
        app.clock.advance(Duration::from_millis(round % 2));
        read_with(&app, &token, PATH, fresh()).await.ok(200);
    }
    assert_eq!(asked(&app, PATH).len(), 102);
}

#[tokio::test]
async fn a_slow_answer_does_not_replace_the_one_to_a_later_question() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.github.fault(Fault::on("GET", PATH, Effect::Delay { ms: 300 }).once());
    app.github.fault(Fault::on("GET", PATH, Effect::respond(200, json!({"Zig": 1}))));
    let late = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.clock.advance(Duration::from_secs(1));
        read_with(&app, &token, PATH, fresh()).await
    };
    let (early, late) = futures_util::future::join(read(&app, &token, PATH), late).await;
    assert_eq!(late.ok(200)["body"], json!({"Zig": 1}));
    assert_ne!(early.ok(200)["body"], json!({"Zig": 1}));
    for _ in 0..2 {
        let hit = read(&app, &token, PATH).await.ok(200);
        assert_eq!((&hit["body"], &hit["relay"]["cache"]), (&json!({"Zig": 1}), &json!("hit")));
        // The second time D1 answers.
        app.new_isolate();
        app.edge_cache.clear();
    }
}

#[tokio::test]
async fn an_answer_too_large_to_be_handed_on_is_read_by_each() {
    let app = TestApp::with("REQUEST_TIMEOUT_MS", "20000").start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.github.fault(Fault::on("GET", PATH, Effect::respond(200, json!({"Rust": "x".repeat(1_100_000)}))));
    let reads = (0..8).map(|_| read(&app, &token, PATH));
    for answer in futures_util::future::join_all(reads).await {
        assert!(answer.ok(200)["body"]["Rust"].as_str().unwrap().len() == 1_100_000);
    }
    assert!(asked(&app, PATH).len() <= 8);
}
