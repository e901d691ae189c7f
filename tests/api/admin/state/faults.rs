//! What can go wrong in the middle, and what happens at once.

use std::time::Duration;

use futures_util::future::join_all;
use octopool_testkit::TestApp;
use serde_json::{Value, json};

use super::{apply, plan, populated, state};

const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(20)];

/// A document that changes something of everything.
async fn turned_over(app: &TestApp) -> (Value, String) {
    let (mut desired, hash) = state(app).await;
    desired["pools"]["team"]["identities"]["app"]["weight"] = json!(8);
    desired["pools"]["team"]["policy"]["allow_search"] = json!(true);
    desired["pools"].as_object_mut().unwrap().remove("other");
    desired["callers"] = json!({
        "1001": {"github_login": "mona", "name": "Mona", "pools": []}, "77": {"github_login": "late", "pools": ["team"]},
    });
    (desired, hash)
}

#[tokio::test]
async fn an_apply_that_breaks_off_anywhere_has_changed_nothing() {
    let app = populated().await;
    let (desired, hash) = turned_over(&app).await;
    let before = app.database.dump();
    // Three statements read, twelve write; the batch that reads breaks off first.
    for statement in 0..12 {
        app.database.break_after(statement);
        apply(&app, &desired, &hash).await.expect(500, "internal_error");
        app.database.clear_faults();
        assert_eq!(app.database.dump(), before, "broken off after {statement}");
    }
    app.database.break_after(12);
    apply(&app, &desired, &hash).await.ok(200);
}

#[tokio::test]
async fn an_overloaded_database_asks_for_patience() {
    let app = populated().await;
    let (desired, hash) = turned_over(&app).await;
    app.database.overload();
    for answer in [
        app.admin().get("/v1/admin/state").await,
        plan(&app, &desired).await,
        apply(&app, &desired, &hash).await,
    ] {
        answer.expect(503, "relay_overloaded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_applies_of_one_hash_one_wins_and_the_rest_are_told() {
    for latency in LATENCIES {
        let app = populated().await;
        let (desired, hash) = state(&app).await;
        let audited = app.database.value("SELECT count(*) FROM audit_events").as_i64().unwrap();
        app.database.set_latency(latency);
        let answers = join_all((0..10).map(|number| {
            let (app, hash, mut desired) = (&app, &hash, desired.clone());
            desired["pools"]["team"]["identities"]["p1"]["weight"] = json!(number);
            desired["callers"]["1002"]["name"] = json!(format!("name {number}"));
            async move { apply(app, &desired, hash).await }
        }))
        .await;
        app.database.set_latency(Duration::ZERO);
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status() == 200);
        assert_eq!((won.len(), lost.len()), (1, 9), "{latency:?}");
        for answer in lost {
            answer.expect(409, "state_changed");
        }
        let (now, hash) = state(&app).await;
        assert_eq!(won[0].json()["state_hash"], hash);
        let number = now["pools"]["team"]["identities"]["p1"]["weight"].clone();
        assert_eq!(now["callers"]["1002"]["name"], format!("name {number}"), "the changes of one document");
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events"), audited + 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_between_the_reading_and_the_writing_refuses_the_apply() {
    for edit in [
        "UPDATE identities SET weight = 55 WHERE id = 'p2'",
        "UPDATE identity_scopes SET owner = 'umbrella' WHERE identity_id = 'p1'",
        "INSERT INTO identity_scopes VALUES ('p1', 1, 'late', NULL, 0)",
        "DELETE FROM identity_scopes WHERE identity_id = 'app' AND position = 1",
        "UPDATE pools SET policy_json = '{}' WHERE id = 'other'; UPDATE pools SET policy_json = '{\"allow_logs\":false}' WHERE id = 'team'",
        "INSERT INTO pools VALUES ('late', '{}', 1, 1, 0)",
        "DELETE FROM identities WHERE id = 'p2'",
        "UPDATE callers SET status = 'disabled' WHERE github_user_id = 1001",
        "DELETE FROM caller_pools WHERE pool_id = 'other'",
        "INSERT INTO callers VALUES ('c1', 'C', 'c', 7, 'acme', 'active', 1, 1, 1, 0)",
        "DELETE FROM callers WHERE github_user_id = 1002",
    ] {
        let app = populated().await;
        let (desired, hash) = turned_over(&app).await;
        app.database.set_latency(Duration::from_millis(40));
        let meddle = async {
            // The state is read after 40 ms, and written after 120.
            tokio::time::sleep(Duration::from_millis(80)).await;
            app.database.execute(edit).unwrap();
            app.database.dump()
        };
        let (answer, before) = tokio::join!(apply(&app, &desired, &hash), meddle);
        app.database.set_latency(Duration::ZERO);
        answer.expect(409, "state_changed");
        assert_eq!(app.database.dump(), before, "{edit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_declared_may_change_meanwhile() {
    let app = populated().await;
    let (desired, hash) = turned_over(&app).await;
    app.database.set_latency(Duration::from_millis(40));
    let use_token = async {
        tokio::time::sleep(Duration::from_millis(80)).await;
        app.database.execute("UPDATE caller_tokens SET last_used_at = last_used_at + 1; UPDATE callers SET updated_at = 7, org_verified_at = 8").unwrap();
    };
    let (answer, ()) = tokio::join!(apply(&app, &desired, &hash), use_token);
    answer.ok(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_only_written_otherwise_is_the_same_state() {
    let app = populated().await;
    let (mut desired, hash) = state(&app).await;
    desired["callers"] = json!({});
    app.database.set_latency(Duration::from_millis(40));
    let rewrite = async {
        tokio::time::sleep(Duration::from_millis(80)).await;
        app.database.execute("UPDATE pools SET policy_json = '{}'").unwrap();
    };
    // The rows are not those that were read, so the first attempt writes nothing; the document is,
    // so the second one does.
    let (answer, ()) = tokio::join!(apply(&app, &desired, &hash), rewrite);
    answer.ok(200);
    assert_eq!(state(&app).await.0["callers"], json!({}));
}
