//! `GET /v1/admin/audit/verify`.

use octopool_testkit::TestApp;
use serde_json::{Value, json};

use crate::support::{log_in, pat, provision, unchained, write_audit_rows, write_long_audit};

const PATH: &str = "/v1/admin/audit/verify";

async fn verify(app: &TestApp) -> Value {
    app.admin().get(PATH).await.ok(200)
}

#[tokio::test]
async fn an_audit_that_nobody_touched_is_whole() {
    let app = TestApp::start().await;
    let expected = json!({"ok": true, "checked": 0, "next_cursor": null});
    assert_eq!(verify(&app).await, expected);
    provision(&app, "hubot", "maintainers").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    let expected = json!({"ok": true, "checked": 3, "next_cursor": null});
    assert_eq!(verify(&app).await, expected);
    assert_eq!(app.database.value("SELECT count(digest) + count(content_digest) FROM audit_events"), 6);
}

/// A chain of many rows, as after a long life, chained by the requests that walk it.
async fn long_chain(rows: i64) -> TestApp {
    let app = TestApp::start().await;
    app.tamper_with_the_audit();
    write_long_audit(&app, rows, 1_790_000_000_000).await;
    app.database
        .execute(
            "CREATE TEMP TABLE untouched AS SELECT * FROM audit_events; \
             CREATE UNIQUE INDEX temp.untouched_seq ON untouched (seq)",
        )
        .unwrap();
    app
}

/// Puts rows back as they were.
fn mend(app: &TestApp, rows: &str) {
    app.database
        .execute(&format!(
            "DELETE FROM audit_events WHERE {rows}; \
             INSERT INTO audit_events SELECT * FROM untouched WHERE {rows}"
        ))
        .unwrap();
}

/// Numbers that look random and are the same in every run (Knuth's 64-bit linear congruential
/// generator).
fn numbers(seed: u64) -> impl Iterator<Item = i64> {
    let step = |number: &u64| {
        Some(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(seed), step).map(|number| i64::try_from(number >> 33).unwrap())
}

#[track_caller]
fn names(answer: &Value, seq: i64, problem: &str, what: &str) {
    let expected = json!({"ok": false, "checked": seq - 1, "first_bad": {"seq": seq, "problem": problem}, "next_cursor": null});
    assert_eq!(answer, &expected, "{what}");
}

#[tokio::test]
async fn of_ten_thousand_rows_the_first_that_was_edited_removed_or_swapped_is_named() {
    const ROWS: i64 = 10_000;
    const EDITS: [&str; 13] = [
        "at = at + 1",
        "at = 9223372036854775807",
        "actor = 'nobody'",
        "action = 'caller.other'",
        "pool_id = NULL",
        "subject = subject || ' '",
        "request_id = ''",
        "detail = json_object('n', -1)",
        "content_digest = printf('%043d', 0)",
        "digest = printf('%043d', 0)",
        "content_digest = NULL",
        "content_digest = NULL, digest = NULL",
        "actor = 'admin:bob', detail = '{\"forged\":true}', content_digest = NULL, digest = NULL",
    ];
    let app = long_chain(ROWS).await;
    let mut random = numbers(4).map(|number| 1 + number % ROWS);
    let mut row = || random.next().unwrap();
    for round in 0..240 {
        // The last row, too: nothing comes after it that would tell.
        let (one, other) = if round % 4 == 0 { (ROWS, row()) } else { (row(), row()) };
        let (sql, seq, problem) = match round % 3 {
            0 => {
                let edit = EDITS[usize::try_from(round / 3).unwrap() % EDITS.len()];
                (format!("UPDATE audit_events SET {edit} WHERE seq = {one}"), one, "altered")
            }
            1 => (format!("DELETE FROM audit_events WHERE seq = {one}"), one, "removed"),
            _ if one == other => continue,
            _ => (
                format!(
                    "UPDATE audit_events SET seq = -1 WHERE seq = {one}; \
                     UPDATE audit_events SET seq = {one} WHERE seq = {other}; \
                     UPDATE audit_events SET seq = {other} WHERE seq = -1"
                ),
                one.min(other),
                "altered",
            ),
        };
        app.database.execute(&sql).unwrap();
        names(&verify(&app).await, seq, problem, &sql);
        mend(&app, &format!("seq IN ({one}, {other})"));
    }
    assert_eq!(verify(&app).await, json!({"ok": true, "checked": ROWS, "next_cursor": null}));
}

#[tokio::test]
async fn rows_missing_at_the_end_or_altogether_are_missed() {
    let app = long_chain(50).await;
    for (sql, seq) in [
        ("DELETE FROM audit_events WHERE seq = 50", 50),
        ("DELETE FROM audit_events WHERE seq > 40", 41),
        ("DELETE FROM audit_events WHERE seq = 1", 1),
        ("DELETE FROM audit_events", 1),
    ] {
        app.database.execute(sql).unwrap();
        names(&verify(&app).await, seq, "removed", sql);
        mend(&app, "seq > 0");
    }
    // Nor is the count above suspicion.
    app.database.execute("UPDATE sqlite_sequence SET seq = 'x' WHERE name = 'audit_events'").unwrap();
    names(&verify(&app).await, 51, "removed", "the count");
    app.database.execute("UPDATE sqlite_sequence SET seq = 50 WHERE name = 'audit_events'").unwrap();
    // What is written later does not hide the gap.
    app.database.execute("DELETE FROM audit_events WHERE seq = 50").unwrap();
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    names(&verify(&app).await, 50, "removed", "a later row");
}

#[tokio::test]
async fn a_row_put_before_the_first_one_is_named() {
    let app = long_chain(5).await;
    for seq in [0, -3] {
        let forged = format!(
            "INSERT INTO audit_events SELECT {seq}, at, actor, action, pool_id, subject, request_id, detail, \
                     content_digest, digest FROM audit_events WHERE seq = 1"
        );
        app.database.execute(&forged).unwrap();
        let expected = json!({"seq": seq, "problem": "altered"});
        assert_eq!(verify(&app).await["first_bad"], expected);
    }
}

#[tokio::test]
async fn a_digest_taken_from_the_middle_is_not_given_back() {
    let app = long_chain(50).await;
    app.database.execute("UPDATE audit_events SET digest = NULL WHERE seq = 7").unwrap();
    names(&verify(&app).await, 7, "unchained", "the digest of row 7");
}

#[tokio::test]
async fn a_row_that_is_not_chained_yet_cannot_be_edited_either() {
    for edit in ["detail = '{}'", "at = 1", "subject = 'p2'", "actor = 'caller:p1'", "pool_id = 'other'"] {
        let app = TestApp::start().await;
        app.tamper_with_the_audit();
        app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
        app.database.execute(&format!("UPDATE audit_events SET digest = NULL, {edit}")).unwrap();
        names(&verify(&app).await, 1, "altered", edit);
    }
}

#[tokio::test]
async fn a_walk_too_long_for_one_request_goes_on_at_its_cursor() {
    const ROWS: i64 = 26_000;
    let app = long_chain(ROWS).await;
    let first = verify(&app).await;
    assert_eq!((&first["ok"], &first["checked"]), (&json!(true), &json!(25_000)));
    let next = format!("{PATH}?cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(
        app.admin().get(&next).await.ok(200),
        json!({"ok": true, "checked": 1_000, "next_cursor": null})
    );
    for (sql, seq) in [
        ("UPDATE audit_events SET detail = '{}' WHERE seq = 25001", 25_001),
        ("UPDATE audit_events SET digest = printf('%043d', 0) WHERE seq = 25000", 25_001),
        ("DELETE FROM audit_events WHERE seq = 25000", 25_000),
    ] {
        app.database.execute(sql).unwrap();
        let answer = app.admin().get(&next).await.ok(200);
        assert_eq!(answer["first_bad"]["seq"], seq, "{sql}");
        mend(&app, "seq > 0");
    }
}

#[tokio::test]
async fn it_takes_a_call_to_the_database_per_2500_rows() {
    let app = long_chain(6_000).await;
    let (batches, statements) = app.database.counts();
    verify(&app).await;
    let expected = (batches + 1 + 3, statements + 2 + 3 * 4);
    assert_eq!(app.database.counts(), expected, "the chain's end, and three pages");
}

/// Rows as somebody writes them who knows the table.
fn made_by_hand(count: i64) -> String {
    format!(
        "INSERT INTO audit_events (at, actor, action, subject, request_id, detail) \
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) \
         SELECT 1, 'admin:bob', 'caller.provision', 'c' || n, 'r', '{{}}' FROM numbers"
    )
}

#[tokio::test]
async fn rows_made_by_hand_are_named_for_ever() {
    for count in [1, 3, 700] {
        let app = long_chain(50).await;
        app.database.execute(&made_by_hand(count)).unwrap();
        names(&verify(&app).await, 51, "altered", "made by hand");
        for id in ["p1", "p2"] {
            app.admin().post("/v1/admin/pools/team/identities", &pat(id)).await.ok(201);
            names(&verify(&app).await, 51, "altered", "what was written later");
        }
        let chained =
            app.database.value(&format!("SELECT count(digest) FROM audit_events WHERE seq > {}", 50 + count));
        assert_eq!(chained, 2, "what came later has its place");
        assert_eq!(app.database.value("SELECT count(digest) FROM audit_events"), 52);
    }
}

#[tokio::test]
async fn an_edit_that_takes_the_digests_away_is_named_for_ever() {
    const FORGED: &str = "actor = 'admin:bob', detail = '{\"forged\":true}', digest = NULL";
    for edit in [format!("{FORGED}, content_digest = NULL"), FORGED.to_owned()] {
        for (rows, seq) in [("seq = 900", 900), ("seq > 40", 41), ("seq = 7", 7), ("seq > 0", 1)] {
            let app = long_chain(900).await;
            app.database.execute(&format!("UPDATE audit_events SET {edit} WHERE {rows}")).unwrap();
            names(&verify(&app).await, seq, "altered", rows);
            app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
            names(&verify(&app).await, seq, "altered", rows);
            assert_eq!(app.database.value("SELECT count(digest) FROM audit_events WHERE seq > 900"), 1);
            // The way back is closed, too.
            mend(&app, "seq <= 900");
            app.database
                .execute(&format!("UPDATE audit_events SET digest = NULL WHERE {rows} AND seq <= 900"))
                .unwrap();
            names(&verify(&app).await, seq, "unchained", rows);
        }
    }
}

#[tokio::test]
async fn parameters_are_checked() {
    let app = TestApp::start().await;
    for (query, field) in [
        ("?cursor=", "cursor"),
        ("?cursor=x", "cursor"),
        ("?cursor=AAAAAAAAAAAAAAAAMQ", "cursor"),
        ("?pool=team", "pool"),
    ] {
        let answer = app.admin().get(&format!("{PATH}{query}")).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), [field], "{query}");
    }
}

#[tokio::test]
async fn a_chain_goes_on_by_itself_until_every_row_has_its_place() {
    // What one apply of 2,200 new callers with two grants writes is chained after its answer.
    const ROWS: i64 = 6_600;
    let app = TestApp::start().await;
    write_audit_rows(&app, ROWS, 1_790_000_000_000);
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    assert_eq!(unchained(&app), 0);
    // What is too much for one request is done by the cron runs after it.
    write_audit_rows(&app, 50_000, 1_791_000_000_000);
    app.admin().post("/v1/admin/pools/team/identities", &pat("p2")).await.ok(201);
    let after_the_request = unchained(&app);
    assert!((1..50_000).contains(&after_the_request), "{after_the_request}");
    for _ in 0..2 {
        app.maintain().await;
    }
    assert_eq!(unchained(&app), 0);
}
