//! Answers that say "not yet", and questions about how old an answer may be.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{asked, read, read_with, team};

const RUNS: &str = "/repos/acme/rocket/actions/runs";

async fn searching_team(app: &TestApp) -> String {
    let token = team(app).await;
    let policy = json!({"allowed_owners": ["acme"], "allow_search": true});
    app.admin().patch("/v1/admin/pools/team", None, &json!({"policy": policy})).await.ok(200);
    token
}

#[tokio::test]
async fn not_yet_is_an_answer_for_fifteen_seconds_at_most_and_never_stale() {
    let at = |path: &str| format!("/repos/acme/rocket/{path}");
    let app = TestApp::start().await;
    let token = searching_team(&app).await;
    for (path, effect) in [
        (
            at("commits/main/check-suites"),
            Effect::respond(200, json!({"total_count": 0, "check_suites": []})),
        ),
        (at("commits/v1/statuses"), Effect::respond(200, json!([]))),
        (
            at("commits/v1/status"),
            Effect::respond(200, json!({"state": "pending", "statuses": [], "total_count": 0})),
        ),
        (at("actions/runs/4/jobs"), Effect::respond(200, json!({"total_count": 0, "jobs": []}))),
        (at("actions/runs/4/attempts/2/jobs"), Effect::respond(200, json!({"total_count": 0, "jobs": []}))),
        (
            at("actions/workflows/ci.yml/runs"),
            Effect::respond(200, json!({"total_count": 0, "workflow_runs": []})),
        ),
        (at("actions/runs/4/artifacts"), Effect::respond(200, json!({"total_count": 0, "artifacts": []}))),
        (at("stats/participation"), Effect::respond(202, json!({"all": [1]}))),
        (
            at("pulls/7"),
            Effect::respond(200, json!({"state": "open", "mergeable": null, "mergeable_state": "unknown"})),
        ),
        (
            at("issues"),
            Effect::respond(200, json!([{"id": 1}]))
                .with_header("x-github-sso", "Partial-Results; organizations=1,2"),
        ),
        (
            "/search/issues".to_owned(),
            Effect::respond(200, json!({"total_count": 1, "incomplete_results": true, "items": []})),
        ),
    ] {
        let query = json!({"query": {"q": "x is:public"}});
        app.github.clear_faults();
        app.github.fault(Fault::on("GET", &path, effect).once());
        read_with(&app, &token, &path, query.clone()).await.ok(200);
        app.clock.advance(Duration::from_secs(16));
        app.github.fault(Fault::on("GET", &path, Effect::status(502)));
        let answer = read_with(&app, &token, &path, query).await.ok(200);
        assert_eq!(answer["status"], 502, "{path}: {}", answer["relay"]);
    }
}

#[tokio::test]
async fn lists_are_fresh_for_a_minute_and_what_is_over_for_five() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let (done, undecided) = (
        json!({"id": 1, "status": "completed", "conclusion": "success"}),
        json!({"id": 1, "status": "completed", "conclusion": null}),
    );
    for (path, body, seconds) in [
        (RUNS.to_owned(), json!({"total_count": 1, "workflow_runs": [done]}), 60),
        (format!("{RUNS}/8/jobs"), json!({"total_count": 1, "jobs": [done]}), 60),
        ("/repos/acme/rocket/commits/main/statuses".to_owned(), json!([{"state": "success"}]), 60),
        (format!("{RUNS}/8"), undecided, 60),
        (format!("{RUNS}/9"), done.clone(), 300),
        ("/repos/acme/rocket/actions/jobs/9".to_owned(), done, 300),
    ] {
        app.github.fault(Fault::on("GET", &path, Effect::respond(200, body)));
        read(&app, &token, &path).await.ok(200);
        app.clock.advance(Duration::from_secs(seconds - 1));
        assert_eq!(read(&app, &token, &path).await.ok(200)["relay"]["cache"], "hit", "{path}");
        app.clock.advance(Duration::from_secs(2));
        assert_eq!(read(&app, &token, &path).await.ok(200)["relay"]["cache"], "miss", "{path}");
    }
}

#[tokio::test]
async fn every_spelling_of_no_cache_asks_github() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.fault(Fault::on("GET", "/users/mona", Effect::respond(200, json!({"login": "mona"}))));
    let with = |value: &str| json!({"headers": {"Cache-Control": value}});
    read(&app, &token, "/users/mona").await.ok(200);
    let spellings = [
        "max-age=0",
        "No-Cache",
        "no-store",
        "public, MAX-AGE=0",
        "max-age=600, max-age=0",
        "max-age=\"0\"",
        "max-age=00",
    ];
    for (round, spelling) in spellings.into_iter().enumerate() {
        read_with(&app, &token, "/users/mona", with(spelling)).await.ok(200);
        assert_eq!(asked(&app, "/users/mona").len(), round + 2, "{spelling}");
    }
    app.clock.advance(Duration::from_secs(30));
    for (spelling, cache) in
        [("max-age=30", "hit"), ("max-age=18446744073709551616", "hit"), ("max-age=29", "miss")]
    {
        let answer = read_with(&app, &token, "/users/mona", with(spelling)).await.ok(200);
        assert_eq!(answer["relay"]["cache"], cache, "{spelling}");
    }
}

#[tokio::test]
async fn a_request_that_was_sent_before_the_question_is_no_answer_to_it() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/users/mona";
    app.github.fault(Fault::on("GET", path, Effect::Delay { ms: 300 }).once());
    app.github.fault(Fault::on("GET", path, Effect::respond(200, json!({"login": "mona", "bio": "new"}))));
    let late = async {
        while asked(&app, path).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        app.clock.advance(Duration::from_millis(50));
        let more: Value = json!({"headers": {"cache-control": "no-cache"}});
        read_with(&app, &token, path, more).await.ok(200)
    };
    let (_, late) = futures_util::future::join(read(&app, &token, path), late).await;
    assert_eq!((&late["body"]["bio"], asked(&app, path).len()), (&json!("new"), 2));
    assert_eq!(read(&app, &token, path).await.ok(200)["body"]["bio"], "new", "the older answer came last");
}
