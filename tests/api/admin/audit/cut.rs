//! `POST /v1/admin/audit/cut`.

use std::time::Duration;

use futures_util::future::join_all;
use octopool_core::Timestamp;
use octopool_testkit::TestApp;
use octopool_worker::ports::Clock as _;
use serde_json::{Value, json};

use crate::support::{named_admin, pat, write_long_audit};

const PATH: &str = "/v1/admin/audit/cut";
const VERIFY: &str = "/v1/admin/audit/verify";

fn written(time: Timestamp) -> String {
    time.to_rfc3339().unwrap()
}

/// Registrations, a minute apart, and when each was.
async fn eventful(events: usize) -> (TestApp, Vec<Timestamp>) {
    let app = TestApp::start().await;
    let mut times = Vec::new();
    for number in 0..events {
        app.admin().post("/v1/admin/pools/team/identities", &pat(&format!("p{number}"))).await.ok(201);
        times.push(app.clock.now());
        app.clock.advance(Duration::from_mins(1));
    }
    (app, times)
}

async fn cut(app: &TestApp, before: Timestamp) -> Value {
    app.admin().post(PATH, &json!({"before": written(before)})).await.ok(200)
}

async fn verify(app: &TestApp) -> Value {
    app.admin().get(VERIFY).await.ok(200)
}

fn seqs(app: &TestApp) -> Vec<i64> {
    let rows = app.database.rows("SELECT seq FROM audit_events ORDER BY seq");
    rows.iter().map(|row| row["seq"].as_i64().unwrap()).collect()
}

#[track_caller]
fn bad(answer: &Value, seq: i64, problem: &str) {
    assert_eq!(
        (&answer["ok"], &answer["first_bad"]),
        (&json!(false), &json!({"seq": seq, "problem": problem}))
    );
}

#[tokio::test]
async fn what_is_older_goes_and_the_rest_stays_verifiable() {
    let (app, times) = eventful(6).await;
    let digest = app.database.value("SELECT digest FROM audit_events WHERE seq = 3");
    let answer = cut(&app, times[3]).await;
    let expected = json!({"seq": 3, "digest": digest, "at": written(app.clock.now()), "actor": "admin"});
    assert_eq!(answer, json!({"removed": 3, "cut": expected, "done": true}));
    assert_eq!(seqs(&app), [4, 5, 6, 7]);
    let event = app.admin().get("/v1/admin/audit?action=audit.cut").await.ok(200);
    let detail = json!({"before": written(times[3]), "digest": digest, "removed": 3});
    assert_eq!((&event["events"][0]["subject"], &event["events"][0]["detail"]), (&json!("3"), &detail));
    assert_eq!(verify(&app).await, json!({"ok": true, "checked": 4, "next_cursor": null}));
    // Again there is nothing to do; later there is.
    assert_eq!(cut(&app, times[3]).await, json!({"removed": 0, "cut": null, "done": true}));
    assert_eq!(cut(&app, times[5]).await["removed"], 2);
    assert_eq!(seqs(&app), [6, 7, 8]);
    assert_eq!(verify(&app).await["checked"], 3);
    app.admin().post("/v1/admin/pools/team/identities", &pat("later")).await.ok(201);
    assert_eq!(verify(&app).await["checked"], 4);
}

#[tokio::test]
async fn the_newest_row_stays() {
    let (app, _) = eventful(3).await;
    assert_eq!(cut(&app, app.clock.now()).await["removed"], 2);
    assert_eq!(seqs(&app), [3, 4]);
    let app = TestApp::start().await;
    assert_eq!(cut(&app, app.clock.now()).await, json!({"removed": 0, "cut": null, "done": true}));
    assert_eq!(verify(&app).await["ok"], true);
}

#[tokio::test]
async fn a_dry_run_says_what_would_go() {
    let (app, times) = eventful(4).await;
    let before = app.database.dump();
    let body = json!({"before": written(times[2])});
    let answer = app.admin().post(&format!("{PATH}?dry_run=true"), &body).await.ok(200);
    assert_eq!((&answer["removed"], &answer["cut"]["seq"]), (&json!(2), &json!(2)));
    assert_eq!(app.database.dump(), before);
}

/// Many old rows at once, chained by the walks.
async fn long_chain(rows: i64) -> TestApp {
    let app = TestApp::start().await;
    app.tamper_with_the_audit();
    write_long_audit(&app, rows, 1_600_000_000_000).await;
    app
}

#[tokio::test]
async fn a_long_audit_goes_in_steps_of_bounded_size() {
    const ROWS: i64 = 23_000;
    let app = long_chain(ROWS).await;
    let (mut removed, mut steps) = (0, 0);
    loop {
        let (batches, _) = app.database.counts();
        let answer = cut(&app, app.clock.now()).await;
        assert!(app.database.counts().0 - batches <= 12, "ten pages, the chain's end and the cut");
        removed += answer["removed"].as_i64().unwrap();
        steps += 1;
        assert_eq!(verify(&app).await["ok"], true);
        if answer["done"] == true {
            break;
        }
    }
    // The events of the cuts themselves are not old.
    assert_eq!((removed, steps), (ROWS, 3));
    assert_eq!(seqs(&app), [ROWS + 1, ROWS + 2, ROWS + 3]);
}

#[tokio::test]
async fn a_cut_that_somebody_else_makes_is_forged() {
    let (app, times) = eventful(6).await;
    app.tamper_with_the_audit();
    let forge = |seq: i64| {
        format!(
            "INSERT OR REPLACE INTO audit_cuts SELECT seq, digest, {seq}, at, 'admin', digest FROM audit_events WHERE seq = {seq}; \
             DELETE FROM audit_events WHERE seq <= {seq}"
        )
    };
    app.database.execute(&forge(2)).unwrap();
    let answer = verify(&app).await;
    bad(&answer, 2, "cut_forged");
    assert_eq!(answer["checked"], 0, "nothing was looked at");
    // Nor does it help to put it after a true one.
    let (app, _) = (eventful(6).await.0, times);
    app.tamper_with_the_audit();
    let times: Vec<_> = app.database.rows("SELECT at FROM audit_events ORDER BY seq");
    cut(&app, Timestamp::from_millis(times[2]["at"].as_i64().unwrap())).await;
    assert_eq!(verify(&app).await["ok"], true);
    app.database.execute(&forge(4)).unwrap();
    bad(&verify(&app).await, 4, "cut_forged");
    let answer = app.admin().post(PATH, &json!({"before": written(app.clock.now())})).await;
    let details = answer.expect(409, "audit_not_whole").error().error.details.unwrap();
    assert_eq!(details["first_bad"], json!({"seq": 4, "problem": "cut_forged"}));
}

#[tokio::test]
async fn a_cut_that_was_edited_or_taken_away_is_missed() {
    let (app, times) = eventful(6).await;
    app.tamper_with_the_audit();
    cut(&app, times[2]).await;
    cut(&app, times[4]).await;
    app.database.execute("CREATE TEMP TABLE kept AS SELECT * FROM audit_cuts").unwrap();
    let mend =
        || app.database.execute("DELETE FROM audit_cuts; INSERT INTO audit_cuts SELECT * FROM kept").unwrap();
    for (edit, seq) in [
        ("digest = printf('%043d', 0)", 4),
        ("signature = printf('%043d', 0)", 4),
        ("removed = 1", 4),
        ("at = at + 1", 4),
        ("actor = 'admin:ci'", 4),
        ("seq = 5", 5),
        ("seq = 9007199254740993", 9_007_199_254_740_993),
    ] {
        app.database.execute(&format!("UPDATE audit_cuts SET {edit} WHERE seq = 4")).unwrap();
        bad(&verify(&app).await, seq, "cut_forged");
        mend();
    }
    // The older one is true, but does not reach as far.
    for (sql, seq) in [("DELETE FROM audit_cuts WHERE seq = 4", 3), ("DELETE FROM audit_cuts", 1)] {
        app.database.execute(sql).unwrap();
        bad(&verify(&app).await, seq, "cut_missing");
        mend();
    }
    // Rows missing after a true cut are just that.
    app.database.execute("DELETE FROM audit_events WHERE seq = 5").unwrap();
    bad(&verify(&app).await, 5, "removed");
}

#[tokio::test]
async fn what_is_not_whole_is_not_cut() {
    for edit in
        ["UPDATE audit_events SET detail = '{}' WHERE seq = 2", "DELETE FROM audit_events WHERE seq = 2"]
    {
        let (app, times) = eventful(5).await;
        app.tamper_with_the_audit();
        app.database.execute(edit).unwrap();
        let before = app.database.dump();
        let answer = app.admin().post(PATH, &json!({"before": written(times[3])})).await;
        answer.expect(409, "audit_not_whole");
        assert_eq!(app.database.dump(), before);
    }
}

#[tokio::test]
async fn the_key_survives_the_rotation_of_the_admin_token_and_is_asked_for() {
    let (app, times) = eventful(4).await;
    cut(&app, times[1]).await;
    app.secrets.set("OCTOPOOL_ADMIN_TOKEN", "canary-rotated-admin-token");
    let rotated = app.bearer("canary-rotated-admin-token");
    assert_eq!(rotated.get(VERIFY).await.ok(200)["ok"], true);
    app.secrets.set("OCTOPOOL_AUDIT_KEY", "canary-another-audit-key");
    bad(&rotated.get(VERIFY).await.ok(200), 1, "cut_forged");
    app.secrets.remove("OCTOPOOL_AUDIT_KEY");
    rotated.get(VERIFY).await.expect(503, "audit_key_unconfigured");
    let body = json!({"before": written(times[2])});
    rotated.post(PATH, &body).await.expect(503, "audit_key_unconfigured");
    app.secrets.set("OCTOPOOL_AUDIT_KEY", "canary-audit-key-7c40e1");
    let (app, _) = eventful(2).await;
    app.secrets.remove("OCTOPOOL_AUDIT_KEY");
    assert_eq!(verify(&app).await["ok"], true, "whoever never cuts needs no key");
}

#[tokio::test]
async fn only_the_root_cuts_and_fields_are_checked() {
    let (app, times) = eventful(3).await;
    let token = named_admin(&app, "ci", None).await;
    let body = json!({"before": written(times[1])});
    app.bearer(&token).post(PATH, &body).await.expect(403, "root_required");
    let future = written(app.clock.now().plus(Duration::from_secs(1)));
    for (body, fields) in [
        (json!({}), vec!["before"]),
        (json!({"before": "2026-01-01"}), vec!["before"]),
        (json!({"before": future}), vec!["before"]),
        (json!({"before": 1, "after": 2}), vec!["before", "after"]),
    ] {
        let answer = app.admin().post(PATH, &body).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    app.admin().post(&format!("{PATH}?dryrun=true"), &body).await.expect(400, "invalid_request");
    assert_eq!(app.database.value("SELECT count(*) FROM audit_cuts"), 0);
}

#[tokio::test]
async fn a_cut_that_breaks_off_anywhere_leaves_everything() {
    let (app, times) = eventful(4).await;
    let before = app.database.dump();
    for statement in 0..3 {
        // The chain's end and one page of the walk pass.
        app.database.break_later(2, statement);
        let answer = app.admin().post(PATH, &json!({"before": written(times[2])})).await;
        answer.expect(500, "internal_error");
        app.database.clear_faults();
        assert_eq!(app.database.dump(), before, "broken off after {statement}");
    }
}

#[tokio::test]
async fn a_cut_whose_answer_was_lost_happens_once() {
    let (app, times) = eventful(4).await;
    let send = || async { app.admin().post_once(PATH, "k-cut", &json!({"before": written(times[2])})).await };
    // The claim, the chain's end and the page pass.
    app.database.lose_answers_later(3);
    send().await.expect(503, "relay_overloaded");
    app.database.clear_faults();
    let answer = send().await;
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    assert_eq!(answer.ok(200)["removed"], 2);
    assert_eq!(app.database.value("SELECT count(*) FROM audit_cuts"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_and_walks_and_changes_at_once_leave_one_whole_chain() {
    for latency in [Duration::ZERO, Duration::from_millis(20)] {
        let (app, times) = eventful(12).await;
        app.database.set_latency(latency);
        let answers = join_all((0..18).map(|number| {
            let (client, before) = (app.admin(), times[number % 3 * 3 + 2]);
            async move {
                match number % 3 {
                    0 => client.post(PATH, &json!({"before": written(before)})).await,
                    1 => client.get(VERIFY).await,
                    _ => client.post("/v1/admin/pools/q/identities", &pat(&format!("q{number}"))).await,
                }
            }
        }))
        .await;
        for answer in &answers {
            assert!([200, 201].contains(&answer.status()), "{}", answer.text());
            assert_ne!(answer.json()["ok"], false, "{}", answer.text());
        }
        let removed: i64 = answers.iter().filter_map(|answer| answer.json()["removed"].as_i64()).sum();
        assert_eq!(app.database.value("SELECT sum(removed) FROM audit_cuts"), removed);
        assert_eq!(seqs(&app).first(), Some(&(removed + 1)));
        assert_eq!(verify(&app).await["ok"], true);
    }
}
