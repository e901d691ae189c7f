//! What was read once is shared: how long, with whom, and what is never kept.

use std::time::Duration;

use octopool_testkit::github::{Effect, Fault};
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{asked, depleted, pat, provision, read, read_with, reason, team};

const ISSUE: &str = "/repos/acme/rocket/issues/1";

fn answers(app: &TestApp, path: &str, body: Value) {
    app.github.fault(Fault::on("GET", path, Effect::respond(200, body).with_header("etag", "\"v1\"")));
}

fn open(app: &TestApp) {
    answers(app, ISSUE, json!({"id": 1, "state": "open"}));
}

#[track_caller]
fn cache(answer: Answer) -> String {
    answer.ok(200)["relay"]["cache"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn everybody_in_the_pool_shares_and_nobody_else_does() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let colleague = provision(&app, "octocat", "team").await;
    open(&app);
    assert_eq!(cache(read(&app, &token, ISSUE).await), "miss");
    assert_eq!(cache(read(&app, &colleague, ISSUE).await), "hit");
    assert_eq!(cache(read(&app, &token, "/repos/ACME/Rocket/issues/1").await), "hit", "the same to GitHub");
    assert_eq!(asked(&app, ISSUE), ["mona"]);
    let stranger = provision(&app, "octocat", "other").await;
    app.admin().post("/v1/admin/pools/other/identities", &pat("p2")).await.ok(201);
    let answer = read_with(&app, &stranger, ISSUE, json!({"pool": "other"})).await;
    assert_eq!(cache(answer), "miss");
}

#[tokio::test]
async fn each_isolate_finds_it_near_or_in_d1() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    open(&app);
    let first = read(&app, &token, ISSUE).await.ok(200);
    app.new_isolate();
    assert_eq!(cache(read(&app, &token, ISSUE).await), "hit", "near");
    assert_eq!(cache(read(&app, &token, ISSUE).await), "hit", "remembered");
    app.edge_cache.clear();
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(cache(read(&app, &token, ISSUE).await), "hit", "in D1, by an isolate that knows the rest");
    app.new_isolate();
    let last = read(&app, &token, ISSUE).await.ok(200);
    assert_eq!(
        (&last["relay"]["cache"], &last["body"], &last["headers"]),
        (&json!("hit"), &first["body"], &first["headers"])
    );
    assert_eq!(asked(&app, ISSUE).len(), 1);
}

#[tokio::test]
async fn how_long_an_answer_is_fresh() {
    let digest = "a".repeat(40);
    for (path, body, seconds) in [
        ("/users/octocat", json!({"id": 1}), 3600),
        ("/repos/acme/rocket", json!({"private": false}), 600),
        ("/repos/acme/rocket/readme", json!({"id": 1}), 300),
        ("/repos/acme/rocket/contents/a.md", json!({"id": 1}), 300),
        ("/repos/acme/rocket/releases/latest", json!({"id": 1}), 300),
        ("/repos/acme/rocket/releases/tags/v1", json!({"id": 1}), 3600),
        ("/repos/acme/rocket/commits/main", json!({"sha": digest}), 120),
        ("/repos/acme/rocket/commits/main/status", json!({"state": "success", "statuses": [{"id": 1}]}), 60),
        ("/repos/acme/rocket/commits/main/check-runs", json!({"check_runs": [{"status": "completed"}]}), 60),
        ("/repos/acme/rocket/actions/runs", json!({"workflow_runs": [{"status": "completed"}]}), 60),
        ("/repos/acme/rocket/check-runs/1", json!({"status": "completed", "conclusion": "success"}), 300),
        ("/repos/acme/rocket/issues", json!([]), 60),
        ("/repos/acme/rocket/pulls", json!([]), 60),
        ("/repos/acme/rocket/pulls/1", json!({"state": "open"}), 120),
        ("/repos/acme/rocket/pulls/1", json!({"state": "closed", "merged": true}), 3600),
        ("/repos/acme/rocket/issues/1", json!({"state": "open"}), 300),
        ("/repos/acme/rocket/issues/1", json!({"state": "closed"}), 3600),
        ("/repos/acme/rocket/commits", json!([]), 300),
        ("/repos/acme/rocket/branches", json!([]), 120),
        ("/repos/acme/rocket/actions/runs/1", json!({"status": "in_progress"}), 60),
        ("/repos/acme/rocket/actions/runs/1", json!({"status": "completed"}), 300),
        (&format!("/repos/acme/rocket/git/commits/{digest}"), json!({"sha": digest}), 86_400),
    ] {
        let app = TestApp::with("PUBLIC_REPO_TTL_SECONDS", "1000000").start().await;
        let token = team(&app).await;
        read(&app, &token, "/repos/acme/rocket/languages").await;
        answers(&app, path, body.clone());
        assert_eq!(cache(read(&app, &token, path).await), "miss");
        app.clock.advance(Duration::from_secs(seconds - 1));
        assert_eq!(cache(read(&app, &token, path).await), "hit", "{path} {body} after {seconds} s less one");
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(cache(read(&app, &token, path).await), "miss", "{path} {body} after {seconds} s");
    }
}

#[tokio::test]
async fn max_age_bounds_the_age_and_the_refill_is_shared() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    open(&app);
    let age = |value: &str| json!({"headers": {"cache-control": value}});
    read(&app, &token, ISSUE).await.ok(200);
    app.clock.advance(Duration::from_secs(100));
    assert_eq!(cache(read_with(&app, &token, ISSUE, age("max-age=100")).await), "hit");
    assert_eq!(cache(read_with(&app, &token, ISSUE, age("max-age=99")).await), "miss");
    assert_eq!(cache(read_with(&app, &token, ISSUE, age("max-age=0")).await), "miss", "always asks");
    assert_eq!(cache(read_with(&app, &token, ISSUE, age("max-age=nonsense")).await), "hit");
    assert_eq!(asked(&app, ISSUE).len(), 3);
    app.clock.advance(Duration::from_secs(299));
    assert_eq!(cache(read(&app, &token, ISSUE).await), "hit", "of the last refill");
}

#[tokio::test]
async fn what_has_expired_is_asked_about_by_its_etag() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = "/repos/acme/rocket";
    let first = read(&app, &token, path).await.ok(200);
    app.clock.advance(Duration::from_mins(10));
    let second = read(&app, &token, path).await.ok(200);
    let last = app.github.requests().pop().unwrap();
    assert_eq!(last.if_none_match.as_deref(), first["headers"]["etag"].as_str());
    assert_eq!(
        (&second["relay"]["cache"], &second["status"], &second["body"]),
        (&json!("miss"), &json!(200), &first["body"])
    );
    assert_eq!(cache(read(&app, &token, path).await), "hit", "it counts anew");
}

#[tokio::test]
async fn a_304_to_a_question_without_a_validator_is_no_answer() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.fault(Fault::on("GET", ISSUE, Effect::respond(304, Value::Null)));
    read(&app, &token, ISSUE).await.expect(502, "github_response_invalid");
    assert!(app.edge_cache.dump().is_empty());
}

#[tokio::test]
async fn stale_is_better_than_nothing_and_too_old_is_not() {
    let app = TestApp::with("PUBLIC_REPO_TTL_SECONDS", "1000000").start().await;
    let token = team(&app).await;
    answers(&app, "/repos/acme/rocket/issues", json!([]));
    let list = "/repos/acme/rocket/issues";
    read(&app, &token, list).await.ok(200);
    app.github.clear_faults();
    app.github.fault(Fault::on("GET", list, depleted(3600)));
    app.clock.advance(Duration::from_secs(61));
    for (reason, seconds) in [("github_identity_depleted", 0), ("github_identity_depleted", 10)] {
        app.clock.advance(Duration::from_secs(seconds));
        let body = read(&app, &token, list).await.ok(200);
        let relay = &body["relay"];
        assert_eq!(
            (&relay["cache"], &relay["stale_ok"], &relay["stale_reason"]),
            (&json!("stale"), &json!(true), &json!(reason))
        );
        assert_eq!(body["body"], json!([]));
    }
    let bounded = json!({"headers": {"cache-control": "max-age=60"}});
    let answer = read_with(&app, &token, list, bounded).await;
    assert_eq!(
        reason(&answer),
        "github_identity_depleted",
        "who says how old it may be is not told what was"
    );
    app.clock.advance(Duration::from_secs(600 - 61 - 10));
    assert_eq!(
        reason(&read(&app, &token, list).await),
        "github_identity_depleted",
        "past ten times its fresh time"
    );
}

#[tokio::test]
async fn a_corrupt_entry_is_a_miss() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for damage in [
        "UPDATE cached_answers SET head = ''",
        "UPDATE cached_answers SET head = '{\"status\":200}'",
        "UPDATE cached_answers SET body = '{\"half\":'",
        "UPDATE cached_answers SET body = '{},\"identity\":1'",
    ] {
        open(&app);
        read_with(&app, &token, ISSUE, json!({"headers": {"cache-control": "max-age=0"}})).await.ok(200);
        app.edge_cache.clear();
        app.database.execute(damage).unwrap();
        app.new_isolate();
        assert_eq!(cache(read(&app, &token, ISSUE).await), "miss", "{damage}");
    }
    app.edge_cache.edit(|entry| entry.head = "canary".to_owned());
    app.new_isolate();
    app.database.execute("DELETE FROM cached_answers").unwrap();
    assert_eq!(cache(read(&app, &token, ISSUE).await), "miss", "near");
}

#[tokio::test]
async fn what_is_large_stays_out_of_d1_and_what_is_too_large_is_not_served() {
    let app = TestApp::with("MAX_RESPONSE_BYTES", "600000").start().await;
    let token = team(&app).await;
    answers(&app, ISSUE, json!({"state": "open", "body": "x".repeat(300_000)}));
    assert_eq!(cache(read(&app, &token, ISSUE).await), "miss");
    assert_eq!(cache(read(&app, &token, ISSUE).await), "hit");
    assert_eq!(app.database.value("SELECT count(*) FROM cached_answers"), 0);
    let larger = "/repos/acme/rocket/issues/2";
    answers(&app, larger, json!({"state": "open", "body": "x".repeat(700_000)}));
    assert_eq!(reason(&read(&app, &token, larger).await), "github_response_too_large");
}

#[tokio::test]
async fn callers_that_have_the_answer_get_304() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let etag = read(&app, &token, "/repos/acme/rocket").await.ok(200)["headers"]["etag"]
        .as_str()
        .unwrap()
        .to_owned();
    for value in [
        etag.clone(),
        format!("\"x\", {etag}"),
        "*".to_owned(),
        format!("W/{}", etag.trim_start_matches("W/")),
    ] {
        let body =
            read_with(&app, &token, "/repos/acme/rocket", json!({"headers": {"if-none-match": value}}))
                .await
                .ok(200);
        assert_eq!((&body["status"], &body["body"]), (&json!(304), &Value::Null), "{value}");
        assert_eq!(body["headers"]["etag"], json!(etag));
    }
    let body =
        read_with(&app, &token, "/repos/acme/rocket", json!({"headers": {"if-none-match": "\"other\""}}))
            .await
            .ok(200);
    assert_eq!(body["status"], 200);
    assert_eq!(asked(&app, "/repos/acme/rocket"), ["org", "mona"]);
}

#[tokio::test]
async fn what_has_ended_is_deleted_a_bounded_number_at_a_time() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    open(&app);
    read(&app, &token, ISSUE).await.ok(200);
    app.maintain().await;
    let counts = |app: &TestApp| {
        let count =
            |table: &str| app.database.value(&format!("SELECT count(*) FROM {table}")).as_i64().unwrap();
        (count("cached_answers"), count("repository_proofs"), count("usage_minutes"))
    };
    assert_eq!(counts(&app), (1, 1, 1), "nothing has ended");
    app.clock.advance(Duration::from_secs(3601));
    app.maintain().await;
    assert_eq!(counts(&app), (0, 0, 1));
    app.clock.advance(Duration::from_hours(24 * 30 + 1));
    app.maintain().await;
    assert_eq!(counts(&app), (0, 0, 0));
}

/// `gh pr view N --json headRefOid,files` after a push: the head is new, and so must be the files.
#[tokio::test]
async fn what_is_about_a_pull_request_is_asked_anew_when_its_head_is_new() {
    const FILES: &str = "/repos/acme/rocket/pulls/1/files";
    let app = TestApp::start().await;
    let token = team(&app).await;
    let old = Effect::respond(200, json!([{"filename": "old"}]));
    app.github.fault(Fault::on("GET", FILES, old).once());
    let at = |digit: &str| json!({"route_hint": {"pr_head_sha": digit.repeat(40), "kind": "pr_files"}});
    assert_eq!(cache(read_with(&app, &token, FILES, at("a")).await), "miss");
    answers(&app, FILES, json!([{"filename": "new"}]));
    let seen = read_with(&app, &token, FILES, at("A")).await.ok(200);
    assert_eq!((&seen["relay"]["cache"], &seen["body"][0]["filename"]), (&json!("hit"), &json!("old")));
    let pushed = read_with(&app, &token, FILES, at("b")).await.ok(200);
    assert_eq!((&pushed["relay"]["cache"], &pushed["body"][0]["filename"]), (&json!("miss"), &json!("new")));
    assert_eq!(cache(read_with(&app, &token, FILES, at("b")).await), "hit");
    // Without a head, or with a malformed one, everybody shares one answer.
    assert_eq!(cache(read(&app, &token, FILES).await), "miss");
    for hint in
        [json!({"pr_head_sha": "abc"}), json!({"pr_head_sha": 7}), json!("text"), json!([]), Value::Null]
    {
        assert_eq!(cache(read_with(&app, &token, FILES, json!({"route_hint": hint})).await), "hit");
    }
    // What is not about a pull request takes no notice of it.
    assert_eq!(cache(read_with(&app, &token, "/repos/acme/rocket", at("a")).await), "miss");
    assert_eq!(cache(read_with(&app, &token, "/repos/acme/rocket", at("b")).await), "hit");
}
