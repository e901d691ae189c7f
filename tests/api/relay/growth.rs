//! What the relay keeps is bounded, however much is asked.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::json;

use crate::support::{pat, read, team};

fn number(app: &TestApp, sql: &str) -> i64 {
    app.database.value(sql).as_i64().unwrap()
}

/// The bytes that the database counts, which have to be those that there are.
fn kept_bytes(app: &TestApp) -> i64 {
    let counted = number(app, "SELECT amount FROM growth WHERE name = 'cached_answers'");
    let there = "SELECT coalesce(sum(length(CAST(body AS BLOB)) + length(CAST(head AS BLOB)) + 1024), 0) FROM cached_answers";
    assert_eq!(counted, number(app, there));
    counted
}

/// Answers issue `number` with about so many bytes, of two for each character.
fn issue(app: &TestApp, number: usize, bytes: usize) -> String {
    let path = format!("/repos/acme/rocket/issues/{number}");
    let body = json!({"id": number, "state": "open", "body": "ü".repeat(bytes / 2)});
    app.github.fault(Fault::on("GET", &path, Effect::respond(200, body)));
    path
}

#[tokio::test]
async fn answers_never_take_more_than_their_bound_and_those_that_end_first_go() {
    let bound = 100_000;
    let app = TestApp::with("MAX_CACHE_BYTES", &bound.to_string()).start().await;
    let token = team(&app).await;
    for turn in 1..=40 {
        let path = issue(&app, turn, 1000 + turn % 7 * 4000);
        read(&app, &token, &path).await.ok(200);
        app.clock.advance(Duration::from_secs(1));
        assert!(kept_bytes(&app) <= bound, "after {turn}");
    }
    let kept = number(&app, "SELECT count(*) FROM cached_answers");
    assert!((5..40).contains(&kept), "{kept}");
    let last = "SELECT count(*) FROM cached_answers WHERE body LIKE '%\"id\":40,%'";
    assert_eq!(number(&app, last), 1, "the newest is there");
    // One that is larger than all there may be is handed on and not kept, and one in place of
    // another counts once.
    let huge = issue(&app, 99, 120_000);
    read(&app, &token, &huge).await.ok(200);
    assert!(kept_bytes(&app) <= bound);
    app.clock.advance(Duration::from_mins(6));
    read(&app, &token, "/repos/acme/rocket/issues/40").await.ok(200);
    assert!(kept_bytes(&app) <= bound);
}

#[tokio::test]
async fn a_full_cache_keeps_nobody_from_governing() {
    let app = TestApp::with("MAX_CACHE_BYTES", "0").start().await;
    let token = team(&app).await;
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    assert_eq!(number(&app, "SELECT count(*) FROM cached_answers"), 0);
    app.admin().post("/v1/admin/pools/team/identities", &pat("p2")).await.ok(201);
    app.admin().delete("/v1/admin/pools/team/identities/p2").await;
    let callers = app.admin().get("/v1/admin/callers").await.ok(200);
    let path = format!("/v1/admin/callers/{}", callers["callers"][0]["id"].as_str().unwrap());
    app.admin().patch(&path, None, &json!({"status": "disabled"})).await.ok(200);
    assert_eq!(app.log.events(), Vec::<serde_json::Value>::new());
}

/// Without any run of the maintenance: a write takes along more of what has ended than it adds.
#[tokio::test]
async fn what_has_ended_goes_at_the_rate_at_which_answers_are_written() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let old = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
               INSERT INTO cached_answers (cache_key, pool_id, head, body, fresh_until, stale_until) SELECT 'old' || substr('0000000000000000000000000000000000000000' || i, -40), 'team', '{}', '{}', 1, i FROM n";
    app.database.execute(old).unwrap();
    // As an older Worker writes them, without their sizes, and as it replaces one.
    app.database.execute("UPDATE cached_answers SET body = '{\"longer\":1}' WHERE stale_until = 7").unwrap();
    assert_eq!(kept_bytes(&app), 1000 * (1024 + 4) + 10);
    let mut before = number(&app, "SELECT count(*) FROM cached_answers");
    for turn in 1..=40 {
        let path = issue(&app, usize::try_from(turn).unwrap(), 100);
        read(&app, &token, &path).await.ok(200);
        let now = number(&app, "SELECT count(*) FROM cached_answers");
        assert!(now < before || now <= turn, "{now} after {before}");
        before = now;
    }
    assert_eq!(before, 40, "only what counts is left");
    kept_bytes(&app);
}

#[tokio::test]
async fn the_maintenance_deletes_whatever_has_piled_up() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.database
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) \
             INSERT INTO repository_proofs SELECT 'a/' || i, 1, 0 FROM n; \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) \
             INSERT INTO usage_minutes SELECT i, 'team', 'c', 'x', 'k', 'none', 'bypass', '', 1, 0, 0, 0, 0 FROM n",
        )
        .unwrap();
    let before = app.database.background_batches();
    app.maintain().await;
    assert!(app.database.background_batches() - before <= 20);
    for table in ["repository_proofs", "usage_minutes"] {
        assert_eq!(number(&app, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
        assert_eq!(number(&app, &format!("SELECT amount FROM growth WHERE name = '{table}'")), 0, "{table}");
    }
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    assert_eq!(number(&app, "SELECT amount FROM growth WHERE name = 'repository_proofs'"), 1);
}

#[tokio::test]
async fn counts_of_yesterday_are_added_up_by_the_hour() {
    let app = TestApp::start().await;
    team(&app).await;
    // A row a minute in the three days before now, and every other one with an error.
    app.database
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4319) \
             INSERT INTO usage_minutes SELECT unixepoch() / 60 - i, 'team', 'c', 'x', 'k', 'github', 'miss', '', 2, i % 2, 0, 10, 0 FROM n",
        )
        .unwrap();
    for _ in 0..10 {
        app.maintain().await;
    }
    let sums = app
        .database
        .rows("SELECT sum(requests) AS r, sum(errors) AS e, sum(duration_ms) AS d FROM usage_minutes");
    assert_eq!(json!(sums[0]), json!({"r": 8640, "e": 2160, "d": 43200}));
    let rows = number(&app, "SELECT count(*) FROM usage_minutes");
    assert!((26 * 60..=28 * 60 + 50).contains(&rows), "{rows}");
    assert_eq!(number(&app, "SELECT amount FROM growth WHERE name = 'usage_minutes'"), rows);
    let apart =
        "SELECT count(*) FROM usage_minutes WHERE minute % 60 <> 0 AND minute < unixepoch() / 60 - 27 * 60";
    assert_eq!(number(&app, apart), 0);
}

#[tokio::test]
async fn proofs_and_counts_end_at_so_many_rows() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.database
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20002) \
             INSERT INTO repository_proofs SELECT 'a/' || i, 1, i FROM n; \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200002) \
             INSERT INTO usage_minutes SELECT i, 'team', 'c', 'x', 'k', 'none', 'bypass', '', 1, 0, 0, 0, 0 FROM n",
        )
        .unwrap();
    read(&app, &token, "/repos/acme/rocket").await.ok(200);
    for (table, most) in [("repository_proofs", 20_000), ("usage_minutes", 200_000)] {
        assert_eq!(number(&app, &format!("SELECT count(*) FROM {table}")), most, "{table}");
    }
    assert_eq!(number(&app, "SELECT count(*) FROM repository_proofs WHERE repository = 'acme/rocket'"), 1);
    assert_eq!(number(&app, "SELECT min(minute) FROM usage_minutes"), 4);
}

/// Statistics and evictions look at sizes in an index, never at bodies.
#[tokio::test]
async fn sizes_are_read_from_an_index() {
    let app = TestApp::start().await;
    for query in [
        "SELECT count(*), coalesce(sum(fresh_until > 5), 0), coalesce(sum(body_bytes), 0) FROM cached_answers WHERE pool_id = 'team'",
        "SELECT rowid AS id, stale_until, stored_bytes FROM cached_answers ORDER BY stale_until LIMIT 32",
    ] {
        let plan = app.database.rows(&format!("EXPLAIN QUERY PLAN {query}"));
        let steps: Vec<_> = plan.iter().map(|step| step["detail"].as_str().unwrap()).collect();
        assert!(steps.len() == 1 && steps[0].contains("USING COVERING INDEX"), "{steps:?}");
    }
}
