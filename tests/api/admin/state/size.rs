//! Large documents: statements, and where they end.

use octopool_testkit::TestApp;
use serde_json::{Map, Value, json};

use super::{APPLY, PLAN, apply, plan, state};

/// So many callers with two grants, and so many identities with this many scopes, in ten pools.
fn large(callers: usize, identities: usize, scopes: usize) -> Value {
    let mut pools = Map::new();
    for number in 0..10 {
        pools.insert(format!("pool-{number}"), json!({"identities": {}}));
    }
    for number in 0..identities {
        let scopes: Vec<_> = (0..scopes)
            .map(|scope| json!({"owner": format!("owner-{scope}"), "repo": format!("repo-{number}"), "allow_private": scope % 2 == 0}))
            .collect();
        pools[&format!("pool-{}", number % 10)]["identities"][format!("identity-{number}")] = json!({
            "login": format!("bot-{number}"), "secret_ref": format!("PAT_{number}"), "weight": number, "scopes": scopes,
        });
    }
    let callers = (0..callers).map(|number| {
        let pools = json!([format!("pool-{}", number % 10), format!("pool-{}", (number + 1) % 10)]);
        (
            (1000 + number).to_string(),
            json!({"github_login": format!("member-{number}"), "name": format!("\"Member\" No. {number} 🐙"), "pools": pools}),
        )
    });
    json!({"pools": pools, "callers": callers.collect::<Map<_, _>>()})
}

/// How many batches and statements a piece of work takes.
async fn counted<T>(app: &TestApp, work: impl Future<Output = T>) -> (T, (usize, usize)) {
    let before = app.database.counts();
    let done = work.await;
    let after = app.database.counts();
    (done, (after.0 - before.0, after.1 - before.1))
}

#[tokio::test]
async fn a_thousand_callers_and_two_hundred_identities_take_as_many_statements_as_one() {
    // Planning them took 0.14 s (2026-11-25, unoptimized); times are not asserted, they are the
    // machine's.
    let mut counts = Vec::new();
    for (callers, identities) in [(1, 1), (1000, 200)] {
        let app = TestApp::start().await;
        let desired = large(callers, identities, 3);
        let (_, hash) = state(&app).await;
        let (planned, for_plan) = counted(&app, plan(&app, &desired)).await;
        assert_eq!(planned.ok(200)["changes"].as_array().unwrap().len(), 10 + identities + 3 * callers);
        let (done, for_apply) = counted(&app, apply(&app, &desired, &hash)).await;
        let hash = done.ok(200)["state_hash"].as_str().unwrap().to_owned();
        assert_eq!(state(&app).await.1, hash);
        assert_eq!(plan(&app, &desired).await.ok(200)["changes"], json!([]));
        let audited = 10 + identities + 3 * callers;
        assert_eq!(app.database.value("SELECT count(*) FROM audit_events"), audited);
        // Everything goes again.
        let (gone, for_deletion) = counted(&app, apply(&app, &json!({}), &hash)).await;
        gone.ok(200);
        assert_eq!(app.database.value("SELECT count(*) FROM callers"), 0);
        counts.push([for_plan, for_apply, for_deletion]);
    }
    assert_eq!(counts, [[(1, 3), (2, 10), (2, 9)]; 2]);
}

#[tokio::test]
async fn a_document_of_megabytes_is_applied_in_a_free_plans_fifty_statements() {
    let app = TestApp::start().await;
    let desired = large(4000, 200, 100);
    let size = json!({"desired": desired}).to_string().len();
    assert!(size > 1_500_000, "{size}");
    let (_, hash) = state(&app).await;
    let (done, (batches, statements)) = counted(&app, apply(&app, &desired, &hash)).await;
    let hash = done.ok(200)["state_hash"].as_str().unwrap().to_owned();
    assert!(batches == 2 && statements <= 40, "{batches} {statements}");
    assert_eq!(app.database.value("SELECT count(*) FROM identity_scopes"), 20_000);
    let mut smaller = desired;
    smaller["callers"].as_object_mut().unwrap().remove("1000");
    apply(&app, &smaller, &hash).await.ok(200);
}

#[tokio::test]
async fn bodies_have_at_most_4_mib_and_16_levels() {
    let app = TestApp::start().await;
    let padded = |size: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(size - 8));
    let nested = format!("{{\"desired\":{}1{}}}", "{\"a\":".repeat(17), "}".repeat(17));
    for path in [PLAN, APPLY] {
        app.admin()
            .post_raw(path, "application/json", padded(4_194_304))
            .await
            .expect(400, "invalid_request");
        let answer = app.admin().post_raw(path, "application/json", padded(4_194_305)).await;
        assert!(answer.expect(413, "payload_too_large").text().contains("4096 KiB"));
        for body in
            [nested.clone(), "[".repeat(4_000_000), format!("{{\"desired\":{}", "[".repeat(4_000_000))]
        {
            app.admin().post_raw(path, "application/json", body).await.expect(400, "invalid_json");
        }
        let many = format!("{{\"desired\":{{\"pools\":[{}0]}}}}", "0,".repeat(600_000));
        app.admin().post_raw(path, "application/json", many).await.expect(400, "invalid_json");
        let unknown: Vec<_> = (0..200_000).map(|number| format!("\"{number}\":0")).collect();
        let answer =
            app.admin().post_raw(path, "application/json", format!("{{{}}}", unknown.join(","))).await;
        assert_eq!(answer.expect(400, "invalid_request").fields().len(), 10_000);
    }
    assert_eq!(app.database.counts(), (0, 0));
}

#[tokio::test]
async fn more_than_one_document_can_hold_is_refused() {
    let app = TestApp::start().await;
    let fill = "INSERT INTO pools WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) \
                SELECT 'pool-' || i, '{\"comment\":\"' || printf('%.100000c', 'x') || '\"}', 1, 1, 0 FROM n";
    app.database.execute(fill).unwrap();
    app.admin().get("/v1/admin/state").await.expect(413, "payload_too_large");
    plan(&app, &json!({})).await.expect(413, "payload_too_large");
    apply(&app, &json!({}), "x").await.expect(413, "payload_too_large");
    // What could not be read again once it is there is not made either.
    let app = TestApp::start().await;
    let callers: Map<_, _> =
        (1..=60_000).map(|number| (number.to_string(), json!({"github_login": "a"}))).collect();
    let desired = json!({"callers": callers});
    plan(&app, &desired).await.expect(413, "payload_too_large");
    let (_, hash) = state(&app).await;
    apply(&app, &desired, &hash).await.expect(413, "payload_too_large");
}

/// The answer lists every change, so it is several times as long as the document, and is kept in
/// parts.
#[tokio::test]
async fn what_is_applied_with_a_key_is_answered_again_however_long_the_answer_is() {
    let app = TestApp::start().await;
    let desired = large(5000, 1, 1);
    let (_, hash) = state(&app).await;
    let body = json!({"desired": desired, "state_hash": hash});
    let first = app.admin().post_once(APPLY, "k-large", &body).await;
    assert_eq!(first.clone().ok(200)["changes"].as_array().unwrap().len(), 10 + 1 + 3 * 5000);
    assert!(first.bytes().len() > 1_900_000, "{}", first.bytes().len());
    let parts = "SELECT count(*) FROM idempotency_parts";
    assert_eq!(app.database.value(parts), 2);
    let again = app.admin().post_once(APPLY, "k-large", &body).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert!(again.text() == first.text(), "the same answer");
    assert_eq!(app.database.value("SELECT count(*) FROM audit_events WHERE action = 'caller.create'"), 5000);
    // A key that is used again after a day has nothing of the first answer.
    app.clock.advance(std::time::Duration::from_hours(24));
    let (_, hash) = state(&app).await;
    let body = json!({"desired": desired, "state_hash": hash});
    assert_eq!(app.admin().post_once(APPLY, "k-large", &body).await.ok(200)["changes"], json!([]));
    let again = app.admin().post_once(APPLY, "k-large", &body).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.ok(200)["changes"], json!([]));
    app.clock.advance(std::time::Duration::from_hours(24));
    app.maintain().await;
    assert_eq!(app.database.value(parts), 0);
}

#[tokio::test]
async fn a_restore_from_an_export_has_a_key_too() {
    let app = TestApp::start().await;
    let (_, hash) = state(&app).await;
    apply(&app, &large(3300, 20, 5), &hash).await.ok(200);
    let (exported, _) = state(&app).await;
    let empty = TestApp::start().await;
    let (_, hash) = state(&empty).await;
    let body = json!({"desired": exported, "state_hash": hash});
    empty.admin().post_once(APPLY, "k-restore", &body).await.ok(200);
    assert_eq!(state(&empty).await.0, exported);
}
