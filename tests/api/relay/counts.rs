//! What a read costs: statements, calls of the coordinator, look-ups, requests to GitHub. Only what
//! is waited for is counted.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::INSTALLATION;
use octopool_testkit::github::{Effect, Fault};
use serde_json::json;

use crate::support::{asked, read, read_with, register, register_app, team};

const ISSUE: &str = "/repos/acme/rocket/issues/1";

/// What was waited for since the last look.
#[derive(Debug, Eq, PartialEq)]
struct Cost {
    batches: usize,
    coordinator: usize,
    near: usize,
    github: usize,
}

struct Meter<'a>(&'a TestApp, Cost);

impl<'a> Meter<'a> {
    fn new(app: &'a TestApp) -> Self {
        Self(app, total(app))
    }

    fn since(&mut self) -> Cost {
        let (now, before) = (total(self.0), &self.1);
        let cost = Cost {
            batches: now.batches - before.batches,
            coordinator: now.coordinator - before.coordinator,
            near: now.near - before.near,
            github: now.github - before.github,
        };
        self.1 = now;
        cost
    }
}

fn total(app: &TestApp) -> Cost {
    Cost {
        batches: app.database.counts().0,
        coordinator: app.coordinators.calls(),
        near: app.edge_cache.looks(),
        github: app.github.requests().len(),
    }
}

fn cost(batches: usize, coordinator: usize, near: usize, github: usize) -> Cost {
    Cost { batches, coordinator, near, github }
}

fn answers(app: &TestApp, path: &str) {
    app.github.fault(Fault::on(
        "GET",
        path,
        Effect::respond(200, json!({"id": 1, "state": "open"})).with_header("etag", "\"v1\""),
    ));
}

#[tokio::test]
async fn a_read_costs_what_the_budget_says() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    answers(&app, "/repos/acme/rocket/issues/*");
    let mut meter = Meter::new(&app);
    read(&app, &token, ISSUE).await.ok(200);
    assert_eq!(meter.since(), cost(1, 2, 1, 2), "cold, nothing known: the proof is asked for, too");
    read(&app, &token, ISSUE).await.ok(200);
    assert_eq!(meter.since(), cost(0, 0, 0, 0), "warm and fresh, a moment ago");
    app.clock.advance(Duration::from_secs(10));
    read(&app, &token, ISSUE).await.ok(200);
    assert_eq!(meter.since(), cost(0, 0, 1, 0), "warm and fresh");
    let bearer = app.bearer(&token);
    assert_eq!(bearer.get("/api/v3/repos/acme/rocket/issues/1").await.status(), 200);
    assert_eq!(meter.since(), cost(1, 0, 0, 0), "as plain REST: once, which pool it is");
    bearer.get("/api/v3/repos/acme/rocket/issues/1").await;
    assert_eq!(meter.since(), cost(0, 0, 0, 0), "as plain REST, warm and fresh");
    app.new_isolate();
    read(&app, &token, ISSUE).await.ok(200);
    assert_eq!(meter.since(), cost(1, 0, 1, 0), "a cold isolate: one batch beside one look-up");
    read(&app, &token, "/repos/acme/rocket/issues/2").await.ok(200);
    assert_eq!(
        meter.since(),
        cost(1, 1, 1, 1),
        "a miss in a repository known to be public: one call before GitHub"
    );
    app.clock.advance(Duration::from_secs(301));
    read(&app, &token, ISSUE).await.ok(200);
    let revalidated = meter.since();
    assert_eq!((revalidated.coordinator, revalidated.github), (1, 1), "revalidation");
    assert!(
        app.database.background_batches() >= 8,
        "what is kept and counted was written by nobody who waited"
    );
}

#[tokio::test]
async fn a_first_read_through_an_app_is_one_call_one_mint_and_one_read() {
    let app = TestApp::start().await;
    let token = crate::support::provision(&app, "hubot", "team").await;
    register_app(&app, "a1", INSTALLATION).await;
    answers(&app, "/repos/acme/*/issues/*");
    let mut meter = Meter::new(&app);
    read(&app, &token, ISSUE).await.ok(200);
    assert_eq!(meter.since(), cost(1, 1, 1, 2), "the mint is the proof");
    read(&app, &token, "/repos/acme/rocket/issues/2").await.ok(200);
    assert_eq!(meter.since(), cost(1, 1, 1, 1), "the token and the proof are known");
    read(&app, &token, "/repos/acme/website/issues/1").await.ok(200);
    assert_eq!(meter.since(), cost(1, 1, 1, 2), "another repository, another token");
    app.new_isolate();
    read(&app, &token, "/repos/acme/rocket/issues/3").await.ok(200);
    assert_eq!(meter.since(), cost(1, 1, 1, 1), "a cold isolate gets both");
    let mut by: Vec<_> = app.github.requests().iter().map(|request| request.path.clone()).collect();
    by.retain(|path| path.ends_with("access_tokens"));
    assert_eq!(by.len(), 2);
    assert_eq!(asked(&app, "/repos/acme/rocket"), [""; 0], "the org token is not asked");
}

#[tokio::test]
async fn a_graphql_query_costs_what_a_read_costs_and_a_look_at_who_asks() {
    let app = TestApp::start().await;
    let token = crate::support::provision(&app, "hubot", "team").await;
    register_app(&app, "a1", INSTALLATION).await;
    let client = app.bearer(&token);
    let of = |name: &str, number: u32| {
        let query = format!(
            "{{ repository(owner: \"acme\", name: \"{name}\") {{ issue(number: {number}) {{ title }} }} }}"
        );
        json!({ "query": query })
    };
    let mut meter = Meter::new(&app);
    let ask = async |body| client.post("/graphql", &body).await.ok(200);
    ask(of("rocket", 20)).await;
    assert_eq!(meter.since(), cost(3, 1, 1, 2), "cold: which pool, who asks, what is known; the mint");
    ask(of("rocket", 20)).await;
    assert_eq!(meter.since(), cost(0, 0, 0, 0), "warm and fresh, a moment ago");
    app.clock.advance(Duration::from_secs(10));
    ask(of("rocket", 20)).await;
    assert_eq!(meter.since(), cost(0, 0, 1, 0), "warm and fresh");
    ask(of("rocket", 21)).await;
    assert_eq!(meter.since(), cost(1, 1, 1, 1), "a miss: one call, one query");
    ask(json!({ "query": "{ viewer { login } }" })).await;
    assert_eq!(meter.since(), cost(0, 0, 0, 0), "about the caller");
}

#[tokio::test]
async fn what_is_no_read_costs_what_the_document_says() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let mut meter = Meter::new(&app);
    let statements = || app.database.counts().1;
    app.anon().get("/.well-known/octopool").await.ok(200);
    app.anon().get("/openapi.json").await.ok(200);
    assert_eq!(meter.since(), cost(0, 0, 0, 0), "what is the same for everybody");
    let before = statements();
    app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!((meter.since(), statements() - before), (cost(1, 1, 0, 0), 3), "health");
    let before = statements();
    register(&app, json!({"id": "p2"})).await;
    assert_eq!((meter.since(), statements() - before), (cost(2, 0, 0, 0), 6), "a registration");
}

#[tokio::test]
async fn a_thousand_that_ask_the_same_at_once_are_one_request() {
    // A thousand requests on one thread keep the answer waiting on a busy machine.
    let app = TestApp::with("REQUEST_TIMEOUT_MS", "30000").start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.github.fault(Fault::on("GET", "/users/octocat", Effect::Delay { ms: 100 }));
    let reads = (0..1000).map(|_| read(&app, &token, "/users/octocat"));
    let (mut led, mut coalesced) = (0, 0);
    for answer in futures_util::future::join_all(reads).await {
        let body = answer.ok(200);
        assert_eq!(body["body"]["login"], "octocat");
        match (body["relay"]["cache"].as_str(), body["relay"]["coalesced"].as_bool()) {
            (Some("miss"), Some(true)) => coalesced += 1,
            (Some("miss"), None) => led += 1,
            (Some("hit"), None) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(asked(&app, "/users/octocat").iter().filter(|token| *token == "mona").count(), 1);
    assert!(led == 1 && coalesced > 0, "{led} {coalesced}");
}

#[tokio::test]
async fn whoever_waits_for_one_that_failed_hears_the_same() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.github.fault(Fault::on("GET", ISSUE, Effect::Html));
    let reads = (0..20).map(|_| read(&app, &token, ISSUE));
    for answer in futures_util::future::join_all(reads).await {
        answer.expect(502, "github_response_invalid");
    }
    assert!(asked(&app, ISSUE).len() < 20, "{}", asked(&app, ISSUE).len());
}

#[tokio::test]
async fn an_eviction_in_the_middle_loses_no_answer() {
    let app = TestApp::with("REQUEST_TIMEOUT_MS", "1000").start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    app.github.fault(Fault::on("GET", "/users/octocat", Effect::Delay { ms: 150 }));
    let reads = (0..10).map(|_| read(&app, &token, "/users/octocat"));
    let evict = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        app.coordinators.evict();
    };
    let (answers, ()) = futures_util::future::join(futures_util::future::join_all(reads), evict).await;
    for answer in answers {
        answer.ok(200);
    }
    assert!(asked(&app, "/users/octocat").len() <= 2);
    assert_eq!(read_with(&app, &token, "/users/octocat", json!({})).await.ok(200)["relay"]["cache"], "hit");
}
