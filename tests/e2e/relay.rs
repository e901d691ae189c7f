//! Reading GitHub on the real runtime: the Durable Object, the Cache API, D1, streams, and what a
//! read costs there.

use std::fs;
use std::time::Duration;

use octopool_testkit::github::demo::{INSTALLATION, MONA};
use octopool_testkit::github::{Effect, Fault, Principal};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::world::{Answer, Deployment, World};

/// A pool of its own for each test, with a PAT of mona's and the App.
pub(crate) async fn pool(deployment: &Deployment, login: &str, pool: &str) -> String {
    // A client of its own, too: the tests run side by side, and one client has one token.
    let caller = json!({"pool": pool, "github_login": login, "client": pool});
    let caller = deployment.admin("/v1/admin/callers", &caller).await.ok(201);
    let token = caller["token"].as_str().unwrap().to_owned();
    let identities = format!("/v1/admin/pools/{pool}/identities");
    let pat = json!({"id": format!("{pool}-pat"), "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "weight": 200, "scopes": [{"owner": "acme"}]});
    let app = json!({"id": format!("{pool}-app"), "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
                     "installation_id": INSTALLATION, "scopes": [{"owner": "acme"}]});
    for identity in [pat, app] {
        deployment.admin(&identities, &identity).await.ok(201);
    }
    token
}

async fn read(deployment: &Deployment, token: &str, pool: &str, path: &str, more: Value) -> Answer {
    Answer::read(request(deployment, token, pool, path, &more)).await
}

fn request(deployment: &Deployment, token: &str, pool: &str, path: &str, more: &Value) -> RequestBuilder {
    let mut body = json!({"pool": pool, "method": "GET", "path": path});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    deployment.request(Method::POST, "/v1/github/request").bearer_auth(token).json(&body)
}

fn answers(deployment: &Deployment, path: &str, body: Value) {
    deployment.github.fault(Fault::on("GET", path, Effect::respond(200, body).with_header("etag", "\"v1\"")));
}

fn asked(deployment: &Deployment, path: &str) -> usize {
    deployment.github.requests().iter().filter(|request| request.path == path).count()
}

pub(crate) async fn a_read_costs_what_the_budget_says(world: &World) {
    let deployment = world.relay();
    let token = pool(deployment, "hubot", "costs").await;
    let path = "/repos/acme/rocket/issues/501";
    answers(deployment, "/repos/acme/rocket/issues/50*", json!({"id": 501, "state": "open"}));
    let first = read(deployment, &token, "costs", path, json!({})).await;
    assert_eq!(first.ok(200)["relay"]["cache"], "miss");
    // What is kept is written after the answer.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let hit = read(deployment, &token, "costs", path, json!({})).await;
    assert_eq!(
        (&hit.ok(200)["relay"]["cache"], hit.header("x-octopool-cost")),
        (&json!("hit"), "d1=0, statements=0, coordinator=0, cache=0, github=0")
    );
    let miss = read(deployment, &token, "costs", "/repos/acme/rocket/issues/502", json!({})).await;
    assert_eq!(
        (&miss.ok(200)["relay"]["cache"], miss.header("x-octopool-cost")),
        (&json!("miss"), "d1=1, statements=1, coordinator=1, cache=1, github=1")
    );
    let rest = Answer::read(
        deployment
            .request(Method::GET, &format!("/api/v3{path}"))
            .header("authorization", format!("token {token}"))
            .header("x-octopool-pool", "costs"),
    )
    .await;
    assert_eq!(
        (rest.status, rest.header("x-octopool-cache"), rest.json()),
        (200, "hit", json!({"id": 501, "state": "open"}))
    );
    assert_eq!(asked(deployment, path), 1);
}

pub(crate) async fn an_app_reads_with_a_token_that_rests_sealed(world: &World) {
    let deployment = world.restarted();
    let token = pool(deployment, "hubot", "sealed").await;
    let path = "/repos/acme/rocket/topics";
    deployment.github.fault(Fault::on("GET", path, Effect::status(401)).by(Principal::Account(MONA)));
    answers(deployment, path, json!({"names": []}));
    let body = read(deployment, &token, "sealed", path, json!({})).await.ok(200);
    assert_eq!(body["identity"], json!({"id": "sealed-app", "kind": "github_app"}));
    let mints = || asked(deployment, &format!("/app/installations/{INSTALLATION}/access_tokens"));
    let before = mints();
    tokio::time::sleep(Duration::from_millis(500)).await;
    deployment.restart().await;
    let fresh = json!({"headers": {"cache-control": "max-age=0"}});
    let body = read(deployment, &token, "sealed", path, fresh).await.ok(200);
    assert_eq!(body["identity"]["id"], "sealed-app", "the cooldown of the other one outlives the object");
    assert_eq!(mints(), before, "and so does the token");
    let log = deployment.log();
    deployment.github.edit(|state| {
        assert_eq!(state.tokens.find_in(&log), None, "in the log");
        for file in deployment.database_files() {
            let text = String::from_utf8_lossy(&fs::read(&file).unwrap_or_default()).into_owned();
            assert_eq!(state.tokens.find_in(&text), None, "in {}", file.display());
        }
    });
}

pub(crate) async fn a_thousand_that_ask_the_same_at_once_are_one_request(world: &World) {
    let deployment = world.relay();
    let token = pool(deployment, "hubot", "flight").await;
    let path = "/repos/acme/rocket/languages";
    answers(deployment, "/repos/acme/rocket/issues/600", json!({"state": "open"}));
    read(deployment, &token, "flight", "/repos/acme/rocket/issues/600", json!({})).await.ok(200);
    answers(deployment, path, json!({"Rust": 1}));
    let reads =
        (0..1000).map(|_| Answer::read_in_a_crowd(request(deployment, &token, "flight", path, &json!({}))));
    let answers = futures_util::future::join_all(reads).await;
    assert!(answers.iter().all(|answer| answer.ok(200)["body"] == json!({"Rust": 1})));
    assert_eq!(asked(deployment, path), 1);
}

pub(crate) async fn large_bodies_come_whole_and_too_large_ones_not_at_all(world: &World) {
    let deployment = world.relay();
    let token = pool(deployment, "hubot", "large").await;
    let text = "ü".repeat(500_000);
    answers(deployment, "/repos/acme/rocket/issues/701", json!({"state": "open", "body": text}));
    for cache in ["miss", "hit"] {
        let body =
            read(deployment, &token, "large", "/repos/acme/rocket/issues/701", json!({})).await.ok(200);
        assert_eq!(
            (&body["relay"]["cache"], body["body"]["body"].as_str()),
            (&json!(cache), Some(text.as_str()))
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    answers(deployment, "/repos/acme/rocket/issues/702", json!({"body": "x".repeat(10_000_000)}));
    let bomb = Effect::GzipBomb { bytes: 500_000_000 };
    deployment.github.fault(Fault::on("GET", "/repos/acme/rocket/issues/703", bomb));
    for number in [702, 703] {
        let path = format!("/repos/acme/rocket/issues/{number}");
        let answer = read(deployment, &token, "large", &path, json!({})).await;
        answer.refused(424, "fallback_local");
        assert_eq!(answer.json()["error"]["details"]["reason"], "github_response_too_large");
    }
    read(deployment, &token, "large", "/repos/acme/rocket", json!({})).await.ok(200);
}

pub(crate) async fn what_is_no_answer_is_a_clear_fault(world: &World) {
    let deployment = world.relay();
    let token = pool(deployment, "hubot", "faults").await;
    answers(deployment, "/repos/acme/rocket/issues/800", json!({"state": "open"}));
    read(deployment, &token, "faults", "/repos/acme/rocket/issues/800", json!({})).await.ok(200);
    for (number, effect, code) in [
        (801, Effect::Html, "github_response_invalid"),
        (802, Effect::DropConnection, "github_unreachable"),
        (
            803,
            Effect::Redirect { location: "https://evil.example/".to_owned(), status: 302 },
            "github_redirect_denied",
        ),
        (804, Effect::NotModified, "github_response_invalid"),
    ] {
        let path = format!("/repos/acme/rocket/issues/{number}");
        deployment.github.fault(Fault::on("GET", &path, effect));
        read(deployment, &token, "faults", &path, json!({})).await.refused(502, code);
    }
}

pub(crate) async fn use_is_counted_and_shown(world: &World) {
    let deployment = world.relay();
    let token = pool(deployment, "hubot", "stats").await;
    for _ in 0..3 {
        read(deployment, &token, "stats", "/repos/acme/rocket", json!({})).await.ok(200);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    read(deployment, &token, "stats", "/repos/acme/secret-plans", json!({}))
        .await
        .refused(424, "fallback_local");
    // The counts of half a second are written together.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let stats = deployment.get("/v1/pools/stats/stats?since=1h", &token).await.ok(200);
    let usage = &stats["pool_usage"];
    assert_eq!(
        (&usage["requests"], &usage["cache_hits"], &usage["fallbacks"]),
        (&json!(4), &json!(2), &json!(1)),
        "{stats}"
    );
    let health = deployment.get("/v1/pools/stats/health", &token).await.ok(200);
    assert!(
        health["identities"][1]["remaining"]["core"].as_u64().is_some_and(|left| left < 5000),
        "{health}"
    );
}
