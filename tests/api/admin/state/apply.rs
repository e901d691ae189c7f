//! What a plan shows, and what an apply makes of it.

use octopool_testkit::TestApp;
use octopool_testkit::github::demo;
use serde_json::{Value, json};

use super::{APPLY, applied, apply, plan, populated, state, told};
use crate::support::{log_in, opens, provision};

fn details(app: &TestApp) -> Vec<(String, Value, String, Value)> {
    let rows = app.database.rows("SELECT action, pool_id, subject, detail FROM audit_events ORDER BY seq");
    rows.iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (
                text("action"),
                row["pool_id"].clone(),
                text("subject"),
                serde_json::from_str(&text("detail")).unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_kind_of_change_is_planned_applied_and_in_the_audit() {
    let app = populated().await;
    let (mut desired, hash) = state(&app).await;
    let pools = desired["pools"].as_object_mut().unwrap();
    pools.remove("other");
    pools.insert("new".to_owned(), json!({"policy": {"allow_logs": false}}));
    let team = &mut desired["pools"]["team"];
    team["policy"]["allow_search"] = json!(true);
    let identities = team["identities"].as_object_mut().unwrap();
    identities.remove("p1");
    identities["app"]["weight"] = json!(8);
    identities["app"]["scopes"] = json!([{"owner": "umbrella", "allow_private": true}]);
    identities.insert("p3".to_owned(), json!({"login": "mona", "secret_ref": "P3", "status": "disabled"}));
    desired["callers"] = json!({
        "1001": {"github_login": "mona", "name": "Mona", "status": "disabled", "pools": ["team", "new"]},
        "77": {"github_login": "late", "pools": ["team"]},
    });
    let expected = [
        "+ pool new: policy.allowed_owners policy.allow_public_repos policy.allow_search policy.allow_logs",
        "- pool other: policy.allowed_owners policy.allow_public_repos policy.allow_search policy.allow_logs",
        "- identity p2 in other: kind login secret_ref weight status scopes",
        "~ pool team: policy.allow_search",
        "~ identity app in team: weight scopes",
        "- identity p1 in team: kind login secret_ref weight status scopes",
        "+ identity p3 in team: kind login secret_ref weight status scopes",
        "+ caller 77: github_login name status",
        "+ grant 77 in team: ",
        "~ caller 1001: name status",
        "+ grant 1001 in new: ",
        "- grant 1001 in other: ",
        "- caller 1002: github_login name status",
        "- grant 1002 in team: ",
    ];
    let before = app.database.dump();
    let planned = plan(&app, &desired).await.ok(200);
    assert_eq!(
        (told(&planned), &planned["state_hash"]),
        (expected.map(str::to_owned).to_vec(), &json!(hash))
    );
    assert_eq!(
        planned["changes"][3]["fields"],
        json!([{"field": "policy.allow_search", "before": false, "after": true}])
    );
    assert_eq!(app.database.dump(), before, "a plan writes nothing");
    let audited = details(&app).len();

    let answer = apply(&app, &desired, &hash).await;
    let tag = answer.header("etag").unwrap().to_owned();
    let done = answer.ok(200);
    assert_eq!(done["changes"], planned["changes"]);
    let (now, new_hash) = state(&app).await;
    assert_eq!((&done["state_hash"], tag), (&json!(new_hash), format!("\"{new_hash}\"")));
    assert_eq!(now["pools"]["new"]["policy"]["allow_logs"], false);
    assert_eq!(
        now["pools"]["team"]["identities"]["app"]["scopes"],
        json!([{"owner": "umbrella", "allow_private": true}])
    );
    assert_eq!(
        now["callers"],
        json!({
            "1001": {"github_login": "mona", "name": "Mona", "status": "disabled", "pools": ["new", "team"]},
            "77": {"github_login": "late", "name": "late", "status": "active", "pools": ["team"]},
        })
    );
    assert_eq!(told(&plan(&app, &desired).await.ok(200)), [""; 0]);
    assert_eq!(app.database.value("SELECT count(*) FROM pragma_foreign_key_check"), 0);

    let events = details(&app).split_off(audited);
    let actions: Vec<_> = events.iter().map(|(action, ..)| action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "pool.create",
            "pool.delete",
            "identity.delete",
            "pool.update",
            "identity.update",
            "identity.delete",
            "identity.register",
            "caller.create",
            "caller.grant_pool",
            "caller.update",
            "caller.grant_pool",
            "caller.revoke_pool",
            "caller.delete",
            "caller.revoke_pool",
        ]
    );
    assert_eq!(
        events[3],
        (
            "pool.update".to_owned(),
            json!("team"),
            "team".to_owned(),
            json!({"policy.allow_search": {"from": false, "to": true}})
        )
    );
    let id = app.database.value("SELECT id FROM callers WHERE github_user_id = 77");
    assert_eq!((&json!(events[8].2), &events[8].1), (&id, &json!("team")));
    assert_eq!(events[8].3, json!({"github_user_id": 77, "pool": "team"}));
    assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["ok"], true);
}

#[tokio::test]
async fn a_second_apply_changes_nothing_and_writes_nothing() {
    let app = populated().await;
    let (document, hash) = state(&app).await;
    let before = app.database.dump();
    app.clock.advance(std::time::Duration::from_mins(1));
    let again = apply(&app, &document, &hash).await.ok(200);
    assert_eq!((&again["changes"], &again["state_hash"]), (&json!([]), &json!(hash)));
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn an_export_applied_to_an_empty_database_exports_the_same() {
    let app = populated().await;
    app.admin()
        .patch("/v1/admin/pools/team/identities/p1", None, &json!({"status": "disabled", "weight": 0}))
        .await
        .ok(200);
    let document = app.admin().get("/v1/admin/state").await.text();
    let empty = TestApp::start().await;
    let desired = serde_json::from_str::<Value>(&document).unwrap()["state"].clone();
    applied(&empty, &desired).await;
    assert_eq!(empty.admin().get("/v1/admin/state").await.text(), document);
}

#[tokio::test]
async fn everything_goes_if_nothing_is_wanted() {
    let app = populated().await;
    applied(&app, &json!({})).await;
    for table in ["pools", "callers", "caller_pools", "caller_tokens", "identities", "identity_scopes"] {
        assert_eq!(app.database.value(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[tokio::test]
async fn an_identity_moves_to_another_pool_or_becomes_of_another_kind() {
    let app = populated().await;
    let (mut desired, hash) = state(&app).await;
    let mut p1 = desired["pools"]["team"]["identities"].as_object_mut().unwrap().remove("p1").unwrap();
    p1["kind"] = json!("github_app");
    p1["installation_id"] = json!(9);
    desired["pools"]["other"]["identities"]["p1"] = p1;
    let fields = "kind login secret_ref weight status scopes";
    let planned = plan(&app, &desired).await.ok(200);
    let created = "kind login secret_ref installation_id weight status scopes";
    assert_eq!(
        told(&planned),
        [format!("+ identity p1 in other: {created}"), format!("- identity p1 in team: {fields}")]
    );
    apply(&app, &desired, &hash).await.ok(200);
    assert_eq!(app.admin().get("/v1/admin/pools/other/identities/p1").await.ok(200)["installation_id"], 9);
    desired["pools"]["other"]["identities"]["p1"].as_object_mut().unwrap().remove("installation_id");
    desired["pools"]["other"]["identities"]["p1"]["kind"] = json!("pat");
    let done = applied(&app, &desired).await;
    assert_eq!(
        told(&done),
        [format!("- identity p1 in other: {created}"), format!("+ identity p1 in other: {fields}")]
    );
    assert_eq!(app.admin().get("/v1/admin/pools/other/identities/p1").await.ok(200)["kind"], "pat");
}

#[tokio::test]
async fn a_plan_that_went_stale_is_refused() {
    let app = populated().await;
    let (mut desired, hash) = state(&app).await;
    desired["pools"]["team"]["identities"]["p1"]["weight"] = json!(5);
    for edit in [
        "UPDATE pools SET policy_json = '{\"allow_logs\":false}' WHERE id = 'other'",
        "UPDATE callers SET name = 'x' WHERE github_user_id = 1002",
        "INSERT INTO pools VALUES ('late', '{}', 1, 1, 0)",
        "DELETE FROM identities WHERE id = 'p2'",
    ] {
        let (_, current) = state(&app).await;
        app.database.execute(edit).unwrap();
        let before = app.database.dump();
        for stale in [hash.as_str(), &current, "x"] {
            if edit.contains("other") || stale != "x" {
                apply(&app, &desired, stale).await.expect(409, "state_changed");
            }
        }
        assert_eq!(app.database.dump(), before, "{edit}");
    }
}

#[tokio::test]
async fn a_dry_run_and_a_condition_are_as_for_every_change() {
    let app = populated().await;
    let (mut desired, hash) = state(&app).await;
    desired["callers"] = json!({});
    let before = app.database.dump();
    let body = json!({"desired": desired, "state_hash": hash});
    let dry = app.admin().post(&format!("{APPLY}?dry_run=true"), &body).await;
    let planned_tag = dry.header("etag").unwrap().to_owned();
    let dry = dry.ok(200);
    let stale = json!({"desired": desired, "state_hash": "x"});
    app.admin().post(&format!("{APPLY}?dry_run=true"), &stale).await.expect(409, "state_changed");
    let with_tag = |tag: &str| {
        let request = http::Request::post(format!("http://localhost{APPLY}"))
            .header("content-type", "application/json");
        request.header("if-match", tag).body(axum::body::Body::from(body.to_string())).unwrap()
    };
    app.admin().send(with_tag("\"x\"")).await.expect(412, "precondition_failed");
    assert_eq!(app.database.dump(), before);
    let done = app.admin().send(with_tag(&format!("\"{hash}\""))).await;
    assert_eq!(done.header("etag"), Some(planned_tag.as_str()));
    assert_eq!(done.ok(200), dry);
}

#[tokio::test]
async fn a_declared_caller_is_let_in_only_once_github_confirms_it() {
    let app = TestApp::start().await;
    let callers = json!({
        "1002": {"github_login": "hubot", "pools": ["maintainers"]},
        demo::MALLORY.to_string(): {"github_login": "mallory", "pools": ["maintainers"]},
    });
    applied(&app, &json!({"pools": {"maintainers": {}}, "callers": callers})).await;
    assert_eq!(app.database.value("SELECT max(org_verified_at) FROM callers"), 0);
    assert_eq!(app.github.requests().len(), 0, "GitHub is not asked about callers");
    let hubot = log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(opens(&app, &hubot, "maintainers").await);
    log_in(&app, &app.credentials.tokens.mallory, "laptop").await.expect(403, "org_member_denied");
}

#[tokio::test]
async fn another_login_for_a_caller_loses_the_proof_and_another_name_does_not() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    let (mut desired, _) = state(&app).await;
    desired["callers"]["1002"]["name"] = json!("Hu Bot");
    applied(&app, &desired).await;
    assert_ne!(app.database.value("SELECT org_verified_at FROM callers"), 0);
    assert!(opens(&app, &token, "team").await);
    // The number binds: under another account's login the membership is not this account's.
    desired["callers"]["1002"]["github_login"] = json!("mona");
    applied(&app, &desired).await;
    app.bearer(&token).get("/v1/pools/team/health").await.expect(403, "github_identity_mismatch");
    desired["callers"]["1002"]["github_login"] = json!("hubot");
    applied(&app, &desired).await;
    assert!(opens(&app, &token, "team").await);
    // Disabled and without a grant it stays out, and comes back with its clients.
    desired["callers"]["1002"]["status"] = json!("disabled");
    applied(&app, &desired).await;
    assert!(!opens(&app, &token, "team").await);
    desired["callers"]["1002"] = json!({"github_login": "hubot", "name": "Hu Bot", "pools": []});
    applied(&app, &desired).await;
    assert!(!opens(&app, &token, "team").await);
    desired["callers"]["1002"]["pools"] = json!(["team"]);
    applied(&app, &desired).await;
    assert!(opens(&app, &token, "team").await);
}

/// The next number of a sequence that is the same in every run (the constants are Knuth's, for
/// MMIX).
fn next(seed: &mut u64, below: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % below
}

/// A document of few names, so that two of them have much in common: identities move between pools
/// and change their kind.
fn arbitrary(seed: &mut u64) -> Value {
    let mut pools = json!({});
    for name in ["a", "b", "c"] {
        if next(seed, 4) > 0 {
            pools[name] = json!({"policy": {"allow_search": next(seed, 2) > 0}, "identities": {}});
        }
    }
    let names: Vec<_> = pools.as_object().unwrap().keys().cloned().collect();
    for number in 0..4 {
        let Some(pool) = names.get(next(seed, 4)) else { continue };
        let scopes: Vec<_> = (0..next(seed, 4))
            .map(|_| json!({"owner": format!("o{}", next(seed, 9)), "repo": "r"}))
            .collect();
        let mut identity =
            json!({"login": "mona", "secret_ref": "A", "weight": next(seed, 3), "scopes": scopes});
        if next(seed, 2) > 0 {
            identity["kind"] = json!("github_app");
            identity["installation_id"] = json!(1 + next(seed, 2));
        }
        pools[pool]["identities"][format!("i{number}")] = identity;
    }
    let mut callers = json!({});
    for number in 1..5 {
        if next(seed, 3) > 0 {
            let granted: Vec<_> = names.iter().filter(|_| next(seed, 2) > 0).collect();
            let login = format!("login-{}", next(seed, 2));
            callers[number.to_string()] = json!({"github_login": login, "pools": granted});
        }
    }
    json!({"pools": pools, "callers": callers})
}

#[tokio::test]
async fn any_document_becomes_any_other() {
    let app = TestApp::start().await;
    let mut seed = 1;
    for _ in 0..150 {
        let desired = arbitrary(&mut seed);
        let planned = plan(&app, &desired).await.ok(200);
        let done = applied(&app, &desired).await;
        assert_eq!(done["changes"], planned["changes"], "{desired}");
        assert_eq!(plan(&app, &desired).await.ok(200)["changes"], json!([]), "{desired}");
        assert_eq!(state(&app).await.1, done["state_hash"], "{desired}");
    }
    assert_eq!(app.database.value("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}
