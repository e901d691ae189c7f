//! The signed head of the audit: what it finds of somebody who can write to the database.

use octopool_core::{AuditContent, AuditRow, Timestamp};
use octopool_testkit::TestApp;
use octopool_worker::ports::Clock as _;
use serde_json::{Value, json};

use crate::support::pat;

const VERIFY: &str = "/v1/admin/audit/verify";
const KEY: &str = "OCTOPOOL_AUDIT_KEY";

async fn register(app: &TestApp, id: &str) {
    app.admin().post("/v1/admin/pools/team/identities", &pat(id)).await.ok(201);
}

/// A deployment with six events, of which the test will change some.
async fn eventful() -> TestApp {
    let app = TestApp::start().await;
    app.tamper_with_the_audit();
    for number in 1..=6 {
        register(&app, &format!("p{number}")).await;
    }
    app
}

async fn verify(app: &TestApp) -> Value {
    app.admin().get(VERIFY).await.ok(200)
}

#[track_caller]
fn whole(answer: &Value, checked: i64) {
    assert_eq!(answer, &json!({"ok": true, "checked": checked, "next_cursor": null}));
}

#[track_caller]
fn bad(answer: &Value, checked: i64, seq: i64, problem: &str) {
    let expected = json!({
        "ok": false, "checked": checked, "first_bad": {"seq": seq, "problem": problem}, "next_cursor": null,
    });
    assert_eq!(answer, &expected);
}

/// Changes a row and computes every digest anew, as anybody can who knows how.
fn compute_anew(app: &TestApp, edit: i64) {
    let mut previous = None;
    for row in app.database.rows("SELECT * FROM audit_events ORDER BY seq") {
        let text = |column: &str| row[column].as_str().unwrap().to_owned();
        let mut row = AuditRow {
            seq: row["seq"].as_i64().unwrap(),
            at: Timestamp::from_millis(row["at"].as_i64().unwrap()),
            actor: text("actor"),
            action: text("action"),
            pool: row["pool_id"].as_str().map(str::to_owned),
            subject: text("subject"),
            request_id: text("request_id"),
            detail: text("detail"),
            content_digest: None,
            digest: None,
        };
        if row.seq == edit {
            r#"{"forged":true}"#.clone_into(&mut row.detail);
        }
        let content = AuditContent {
            at: row.at,
            actor: &row.actor,
            action: &row.action,
            pool: row.pool.as_deref(),
            subject: Some(&row.subject),
            request_id: &row.request_id,
            detail: &row.detail,
        };
        let content = content.digest();
        row.content_digest = Some(content.clone());
        let digest = row.chained(previous.as_deref());
        let AuditRow { seq, detail, .. } = &row;
        let update = format!(
            "UPDATE audit_events SET detail = '{detail}', content_digest = '{content}', digest = '{digest}' \
             WHERE seq = {seq}"
        );
        app.database.execute(&update).unwrap();
        previous = Some(digest);
    }
}

/// Removes rows, and sets SQLite's count of them back.
fn remove_after(app: &TestApp, seq: i64) {
    let remove = format!(
        "DELETE FROM audit_events WHERE seq > {seq}; \
         UPDATE sqlite_sequence SET seq = {seq} WHERE name = 'audit_events'"
    );
    app.database.execute(&remove).unwrap();
}

#[tokio::test]
async fn a_removed_end_is_found_and_goes_on_being_found() {
    for (left, missing) in [(5, 6), (1, 2), (0, 1)] {
        let app = eventful().await;
        remove_after(&app, left);
        bad(&verify(&app).await, left, missing, "removed");
        // What is written later takes the numbers of what went, and does not hide it.
        register(&app, "later").await;
        let later = verify(&app).await;
        let expected = if left == 5 { (5, 6, "altered") } else { (left + 1, left + 2, "removed") };
        bad(&later, expected.0, expected.1, expected.2);
        for number in 0..8 {
            register(&app, &format!("more{number}")).await;
        }
        bad(&verify(&app).await, 5, 6, "altered");
    }
}

#[tokio::test]
async fn a_chain_that_was_computed_anew_is_found() {
    for edit in [1, 3, 6] {
        let app = eventful().await;
        compute_anew(&app, edit);
        bad(&verify(&app).await, 5, 6, "altered");
        register(&app, "later").await;
        bad(&verify(&app).await, 5, 6, "altered");
    }
}

#[tokio::test]
async fn without_the_key_neither_is_found() {
    let app = eventful().await;
    app.secrets.remove(KEY);
    compute_anew(&app, 3);
    whole(&verify(&app).await, 6);
    remove_after(&app, 4);
    whole(&verify(&app).await, 4);
}

#[tokio::test]
async fn a_head_that_was_removed_or_changed_is_found() {
    for (sql, seq, problem) in [
        ("DELETE FROM audit_heads", 6, "head_missing"),
        ("UPDATE audit_heads SET seq = 5", 5, "head_forged"),
        ("UPDATE audit_heads SET digest = printf('%043d', 0)", 6, "head_forged"),
        ("UPDATE audit_heads SET signature = printf('%043d', 0)", 6, "head_forged"),
    ] {
        let app = eventful().await;
        app.database.execute(sql).unwrap();
        bad(&verify(&app).await, 6, seq, problem);
        // It is not signed anew. A place beside it is named after the last row that was looked at.
        register(&app, "later").await;
        let again = verify(&app).await;
        let seq = if problem == "head_missing" { 7 } else { seq };
        bad(&again, 7, seq, problem);
    }
    let app = eventful().await;
    app.secrets.set(KEY, "canary-another-audit-key");
    bad(&verify(&app).await, 6, 6, "head_forged");
}

#[tokio::test]
async fn a_row_that_is_wrong_is_named_before_the_head() {
    let app = eventful().await;
    app.database.execute("DELETE FROM audit_heads").unwrap();
    app.database.execute("UPDATE audit_events SET detail = '{}' WHERE seq = 2").unwrap();
    bad(&verify(&app).await, 1, 2, "altered");
}

#[tokio::test]
async fn a_key_that_comes_later_signs_what_there_is() {
    let app = TestApp::start().await;
    app.secrets.remove(KEY);
    for id in ["p1", "p2"] {
        register(&app, id).await;
    }
    whole(&verify(&app).await, 2);
    assert_eq!(app.database.value("SELECT seq FROM audit_heads"), 0);
    app.secrets.set(KEY, "canary-audit-key-7c40e1");
    whole(&verify(&app).await, 2);
    assert_eq!(app.database.value("SELECT seq FROM audit_heads"), 2);
    // Rows of a Worker without the key are signed with the next one.
    app.secrets.remove(KEY);
    register(&app, "p3").await;
    app.secrets.set(KEY, "canary-audit-key-7c40e1");
    register(&app, "p4").await;
    assert_eq!(app.database.value("SELECT seq FROM audit_heads"), 4);
    app.tamper_with_the_audit();
    remove_after(&app, 3);
    bad(&verify(&app).await, 3, 4, "removed");
}

/// As between two releases, and after a rollback: the Worker of the release before signs no heads.
#[tokio::test]
async fn a_cut_of_an_older_worker_beyond_the_head_does_not_end_the_signing() {
    for (forge, signed) in [(false, 8), (true, 2)] {
        let app = TestApp::start().await;
        app.tamper_with_the_audit();
        for id in ["p1", "p2"] {
            register(&app, id).await;
        }
        app.database.execute("CREATE TEMP TABLE head AS SELECT * FROM audit_heads").unwrap();
        for id in ["p3", "p4", "p5"] {
            register(&app, id).await;
        }
        app.clock.advance(std::time::Duration::from_mins(1));
        register(&app, "p6").await;
        let before = json!({"before": app.clock.now().to_rfc3339().unwrap()});
        assert_eq!(app.admin().post("/v1/admin/audit/cut", &before).await.ok(200)["removed"], 5);
        app.database.execute("DELETE FROM audit_heads; INSERT INTO audit_heads SELECT * FROM head").unwrap();
        if forge {
            app.database.execute("UPDATE audit_cuts SET signature = printf('%043d', 0)").unwrap();
        }
        register(&app, "p7").await;
        assert_eq!(app.database.value("SELECT seq FROM audit_heads"), signed);
        assert_eq!(verify(&app).await["ok"], !forge);
    }
}
