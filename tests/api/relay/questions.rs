//! One question has one spelling: what clients may vary without asking for something else makes no
//! second request and no second entry. And what they must not ask for as somebody else.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{provision, read, read_with, reason, team};

fn answers(app: &TestApp, path: &str, body: Value) {
    app.github.fault(Fault::on("GET", path, Effect::respond(200, body)));
}

/// What GitHub was asked below `/search` and the repository, with its query.
fn targets(app: &TestApp, under: &str) -> Vec<String> {
    let requests = app.github.requests().into_iter().filter(|request| request.path.starts_with(under));
    requests.map(|request| format!("{}?{}", request.path, request.query)).collect()
}

async fn allow_search(app: &TestApp) {
    let policy = json!({"policy": {"allow_search": true, "allowed_owners": ["acme"]}});
    app.admin().patch("/v1/admin/pools/team", None, &policy).await.ok(200);
}

#[tokio::test]
async fn what_github_ignores_makes_no_entry() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket/issues";
    read_with(&app, &token, path, json!({"query": {"state": "all"}})).await.ok(200);
    for (query, headers) in [
        (json!({"state": "all", "x": 1}), json!({})),
        (json!({"state": ["open", "all"], "utm_source": "y", "per_page": "many"}), json!({})),
        (json!({"state": "all"}), json!({"accept": "*/*"})),
        (
            json!({"state": "all"}),
            json!({"accept": "application/vnd.github.v3+json, application/vnd.github.x-preview+json"}),
        ),
        (json!({"state": "all"}), json!({"accept": "image/png;q=0.1, nonsense"})),
    ] {
        let body = read_with(&app, &token, path, json!({"query": query, "headers": headers})).await.ok(200);
        assert_eq!(body["relay"]["cache"], "hit", "{query} {headers}");
    }
    assert_eq!(targets(&app, path), ["/repos/acme/rocket/issues?state=all"]);
}

#[tokio::test]
async fn all_spellings_of_a_path_are_one_question() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for (first, others) in [
        ("/repos/acme/rocket", vec!["/repos/acme/rocket/", "/repos/Acme/Rocket//"]),
        ("/repos/acme/rocket/contents", vec!["/repos/acme/rocket/contents/"]),
        (
            "/repos/acme/rocket/contents/docs/guide/launch.md",
            vec![
                "/repos/acme/rocket/contents//docs//guide/launch.md",
                "/repos/acme/rocket/contents/docs%2Fguide%2Flaunch.md/",
            ],
        ),
        ("/repos/acme/rocket/git/matching-refs/", vec!["/repos/acme/rocket/git/matching-refs"]),
        ("/repos/acme/rocket/branches/feature/7", vec!["/repos/acme/rocket/branches/feature%2F7"]),
        (
            "/repos/acme/rocket/commits/feature/7/status",
            vec!["/repos/acme/rocket/commits/feature%2f7/status/"],
        ),
    ] {
        answers(&app, first, json!({"private": false, "statuses": [1]}));
        let body = read(&app, &token, first).await.ok(200);
        assert_eq!((&body["status"], &body["relay"]["cache"]), (&json!(200), &json!("miss")), "{first}");
        for other in others {
            let body = read(&app, &token, other).await.ok(200);
            assert_eq!((&body["status"], &body["relay"]["cache"]), (&json!(200), &json!("hit")), "{other}");
        }
    }
}

#[tokio::test]
async fn me_is_the_caller_and_nobody_else() {
    let app = TestApp::start().await;
    let hubot = team(&app).await;
    let octocat = provision(&app, "octocat", "team").await;
    allow_search(&app).await;
    answers(&app, "/search/issues", json!({"items": [], "incomplete_results": false}));
    let mine = |q: &str| json!({"query": {"q": q}});
    for (token, login) in [(&hubot, "hubot"), (&octocat, "octocat")] {
        let body = read_with(&app, token, "/search/issues", mine("-author:\"@Me\" is:open")).await.ok(200);
        assert_eq!(body["relay"]["cache"], "miss", "{login}: callers do not share what is about them");
        let asked = targets(&app, "/search/issues").pop().unwrap();
        assert_eq!(asked, format!("/search/issues?q=-author%3A%22{login}%22%20is%3Aopen%20is%3Apublic"));
        let body = read_with(&app, token, "/search/issues", mine("-author:\"@me\" is:open")).await.ok(200);
        assert_eq!(body["relay"]["cache"], "hit", "{login}");
    }
    for path in ["/search/code", "/search/commits"] {
        let query = mine("repo:acme/rocket author:@ME x");
        let body = read_with(&app, &hubot, path, query).await.ok(200);
        assert!(
            body["relay"]["pool"] == "team" && targets(&app, path)[0].contains("author%3Ahubot"),
            "{path}"
        );
    }
    let list = json!({"query": {"assignee": "@me"}});
    read_with(&app, &hubot, "/repos/acme/rocket/issues", list).await.ok(200);
    assert_eq!(targets(&app, "/repos/acme/rocket/issues"), ["/repos/acme/rocket/issues?assignee=hubot"]);
    let refused = read_with(&app, &hubot, "/search/issues", mine("@me crash")).await;
    assert_eq!(reason(&refused), "route_denied", "whose word that is, is not known");
}

#[tokio::test]
async fn what_the_relay_wrote_into_a_query_it_accepts_again() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    allow_search(&app).await;
    for kind in ["issues", "repositories"] {
        let path = format!("/search/{kind}");
        answers(&app, &path, json!({"items": [], "incomplete_results": false}));
        for q in ["crash", "crash OR hang", "rock and roll", "\"a (b\" -label:\"x y\""] {
            read_with(&app, &token, &path, json!({"query": {"q": q}})).await.ok(200);
            // The `q` of a `link` header is the one that GitHub was asked with.
            let asked = app.github.requests().pop().unwrap().query;
            let written = form_urlencoded::parse(asked.as_bytes()).find(|(key, _)| key == "q").unwrap().1;
            assert!(written.ends_with(" is:public"), "{written}");
            let second = json!({"query": {"q": written, "page": 2}});
            read_with(&app, &token, &path, second).await.ok(200);
            assert_eq!(app.github.requests().pop().unwrap().query, format!("page=2&{asked}"));
        }
    }
    let second = json!({"query": {"type": "public", "page": 2}});
    read_with(&app, &token, "/orgs/acme/repos", second).await.ok(200);
    assert_eq!(app.github.requests().pop().unwrap().query, "page=2&type=public");
}

#[tokio::test]
async fn what_says_not_yet_is_kept_for_seconds_at_most() {
    for (path, body) in [
        ("/repos/acme/rocket/commits/main/check-runs", json!({"total_count": 0, "check_runs": []})),
        ("/repos/acme/rocket/commits/main/check-suites", json!({"total_count": 0, "check_suites": []})),
        ("/repos/acme/rocket/commits/main/statuses", json!([])),
        (
            "/repos/acme/rocket/commits/main/status",
            json!({"state": "pending", "total_count": 0, "statuses": []}),
        ),
        ("/repos/acme/rocket/actions/runs", json!({"total_count": 0, "workflow_runs": []})),
        ("/repos/acme/rocket/actions/runs/1/jobs", json!({"total_count": 0, "jobs": []})),
        ("/repos/acme/rocket/pulls/7", json!({"state": "open", "mergeable": null})),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        for _ in 0..2 {
            app.github.fault(Fault::on("GET", path, Effect::respond(200, body.clone())).once());
        }
        app.github.fault(Fault::on("GET", path, Effect::respond(429, json!({}))));
        read(&app, &token, path).await.ok(200);
        app.clock.advance(Duration::from_secs(15));
        let body = read(&app, &token, path).await.ok(200);
        assert!(body["relay"]["cache"] == "miss" || body["relay"]["cache"] == "bypass", "{path}");
        app.clock.advance(Duration::from_secs(15));
        let body = read(&app, &token, path).await;
        assert_eq!(reason(&body), "github_rate_limited", "{path}: never stale");
    }
}

#[tokio::test]
async fn what_an_identity_sees_in_part_is_not_for_others() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let partial =
        Effect::respond(200, json!([])).with_header("x-github-sso", "partial-results; organizations=1");
    app.github.fault(Fault::on("GET", "/repos/acme/rocket/issues", partial));
    for _ in 0..2 {
        let body = read(&app, &token, "/repos/acme/rocket/issues").await.ok(200);
        assert_eq!(body["relay"]["cache"], "bypass");
    }
}
