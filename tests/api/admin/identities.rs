//! `POST /v1/admin/pools/{pool}/identities`.

use octopool_testkit::TestApp;
use serde_json::{Value, json};

use crate::support::pat;

const PATH: &str = "/v1/admin/pools/team/identities";

fn with(field: &str, value: &Value) -> Value {
    let mut body = pat("p1");
    body[field] = value.clone();
    body
}

fn installation(id: &str, installation_id: i64) -> Value {
    json!({
        "id": id, "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": installation_id, "scopes": [{"owner": "acme"}],
    })
}

#[tokio::test]
async fn a_pat_is_registered_with_defaults() {
    let app = TestApp::start().await;
    let body = json!({"id": "p1", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{"owner": "acme"}]});
    assert_eq!(
        app.admin().post(PATH, &body).await.ok(201),
        json!({
            "identity": {
                "id": "p1", "pool": "team", "kind": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA",
                "installation_id": null, "weight": 100, "status": "active",
                "scopes": [{"owner": "acme", "allow_private": false}],
            },
            "created": true,
            "warnings": [],
        })
    );
    assert_eq!(app.database.value("SELECT count(*) FROM pools WHERE id = 'team'"), 1);
    assert!(app.github.requests().is_empty(), "registering asks GitHub nothing");
    assert_eq!(app.database.counts().0, 1, "one batch");
}

#[tokio::test]
async fn an_app_is_registered_with_its_installation() {
    let app = TestApp::start().await;
    let answer = app.admin().post(PATH, &installation("app", 9_007_199_254_740_991)).await.ok(201);
    assert_eq!(answer["identity"]["kind"], "github_app");
    assert_eq!(answer["identity"]["installation_id"], 9_007_199_254_740_991_i64);
    assert_eq!(app.database.value("SELECT installation_id FROM identities"), 9_007_199_254_740_991_i64);
}

#[tokio::test]
async fn the_same_id_again_updates_everything_and_reactivates() {
    let app = TestApp::start().await;
    app.admin().post(PATH, &pat("p1")).await.ok(201);
    app.database.execute("UPDATE identities SET status = 'disabled'").unwrap();
    let body = json!({
        "id": "p1", "login": "Mona", "secret_ref": "OCTOPOOL_PAT_MONA", "weight": 0,
        "scopes": [{"owner": "*"}, {"owner": "acme", "repo": "rocket", "allow_private": true}],
    });
    let answer = app.admin().post(PATH, &body).await.ok(201);
    assert_eq!(answer["created"], false);
    assert_eq!(answer["identity"]["status"], "active");
    assert_eq!(answer["identity"]["weight"], 0);
    assert_eq!(app.database.value("SELECT status FROM identities"), "active");
    let scopes =
        app.database.rows("SELECT owner, repo, allow_private FROM identity_scopes ORDER BY position");
    let expected = json!([
        {"owner": "*", "repo": null, "allow_private": 0},
        {"owner": "acme", "repo": "rocket", "allow_private": 1},
    ]);
    assert_eq!(json!(scopes), expected, "replaced, not added");
}

#[tokio::test]
async fn an_id_of_another_pool_or_kind_is_a_conflict_and_nothing_is_written() {
    let app = TestApp::start().await;
    app.admin().post(PATH, &pat("p1")).await.ok(201);
    let before = app.database.dump();
    let other_pool = app.admin().post("/v1/admin/pools/other/identities", &pat("p1")).await;
    other_pool.expect(409, "identity_conflict");
    app.admin().post(PATH, &installation("p1", 1)).await.expect(409, "identity_conflict");
    assert_eq!(app.database.dump(), before);
}

#[tokio::test]
async fn equal_scopes_are_one() {
    let app = TestApp::start().await;
    let scopes = json!([{"owner": "Acme"}, {"owner": "acme"}, {"owner": "ACME", "repo": "x"}, {"owner": "acme", "repo": "X"}]);
    let answer = app.admin().post(PATH, &with("scopes", &scopes)).await.ok(201);
    let expected = json!([
        {"owner": "Acme", "allow_private": false},
        {"owner": "ACME", "repo": "x", "allow_private": false},
    ]);
    assert_eq!(answer["identity"]["scopes"], expected);
}

#[tokio::test]
async fn a_hundred_scopes_are_stored_and_one_more_is_refused() {
    let app = TestApp::start().await;
    let scopes =
        |count: usize| json!((0..count).map(|n| json!({"owner": format!("org{n}")})).collect::<Vec<_>>());
    app.admin().post(PATH, &with("scopes", &scopes(100))).await.ok(201);
    assert_eq!(app.database.value("SELECT count(*) FROM identity_scopes"), 100);
    let answer = app.admin().post(PATH, &with("scopes", &scopes(101))).await.expect(400, "invalid_request");
    assert_eq!(answer.fields(), ["scopes"]);
}

#[tokio::test]
async fn warnings_say_what_will_not_work_well() {
    let app = TestApp::start().await;
    let codes = |answer: &Value| -> Vec<String> {
        let warnings = answer["warnings"].as_array().unwrap().iter();
        warnings.map(|warning| warning["code"].as_str().unwrap().to_owned()).collect()
    };
    let bare = json!({"id": "p1", "login": "mona", "secret_ref": "NOT_SET"});
    let answer = app.admin().post(PATH, &bare).await.ok(201);
    assert_eq!(codes(&answer), ["secret_binding_missing", "no_scopes"]);
    app.secrets.set("NOT_SET", "   ");
    assert_eq!(codes(&app.admin().post(PATH, &bare).await.ok(201)), ["secret_binding_missing", "no_scopes"]);

    let mut other = pat("p2");
    other["login"] = "MONA".into();
    assert_eq!(codes(&app.admin().post(PATH, &other).await.ok(201)), [""; 0], "the same account");
    other["login"] = "hubot".into();
    assert_eq!(codes(&app.admin().post(PATH, &other).await.ok(201)), ["pats_of_several_accounts"]);
    assert_eq!(codes(&app.admin().post(PATH, &installation("app", 1)).await.ok(201)), [""; 0]);
}

#[tokio::test]
async fn the_workers_own_names_are_reserved() {
    let app = TestApp::start().await;
    for name in [
        "OCTOPOOL_ADMIN_TOKEN",
        "OCTOPOOL_GITHUB_ORG_TOKEN",
        "OCTOPOOL_GITHUB_APP_ID",
        "DB",
        "POOL_COORDINATOR",
        "ALLOWED_GITHUB_ORG",
        "GITHUB_API_URL",
    ] {
        let answer = app.admin().post(PATH, &with("secret_ref", &json!(name))).await;
        assert_eq!(answer.expect(400, "secret_ref_reserved").fields(), ["secret_ref"]);
    }
}

#[tokio::test]
async fn kinds_and_installations_have_codes_of_their_own() {
    let app = TestApp::start().await;
    for kind in [json!("oauth"), json!("PAT"), json!(""), json!(1), json!({})] {
        app.admin().post(PATH, &with("kind", &kind)).await.expect(400, "identity_kind_unsupported");
    }
    for id in [
        json!(0),
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!("77"),
        json!(9_007_199_254_740_992_u64),
        json!(1e300),
        json!(true),
    ] {
        let mut body = installation("app", 1);
        body["installation_id"] = id.clone();
        let answer = app.admin().post(PATH, &body).await;
        assert_eq!(answer.expect(400, "installation_id_required").fields(), ["installation_id"], "{id}");
    }
    let mut body = installation("app", 1);
    body.as_object_mut().unwrap().remove("installation_id");
    app.admin().post(PATH, &body).await.expect(400, "installation_id_required");
    let answer = app.admin().post(PATH, &with("installation_id", &json!(5))).await;
    assert_eq!(answer.expect(400, "invalid_request").fields(), ["installation_id"], "refused for a pat");
}

#[tokio::test]
async fn single_bad_fields() {
    let app = TestApp::start().await;
    for (field, values) in [
        ("id", json!(["", " ", "a b", "-a", "ä", "x".repeat(81), 1, null])),
        ("login", json!(["", " ", "a/b", "[bot]", "a\r\nb", 1, null])),
        ("secret_ref", json!(["", " ", "A-B", "1A", "A\u{0}", "x".repeat(129), 1, null])),
        ("weight", json!([-1, 1_000_001, 1.0, 1.5, "100", 9_007_199_254_740_993_u64, true, []])),
        ("scopes", json!(["acme", {}, 1, true])),
    ] {
        for value in values.as_array().unwrap() {
            let answer = app.admin().post(PATH, &with(field, value)).await.expect(400, "invalid_request");
            assert_eq!(answer.fields(), [field], "{value}");
        }
    }
    assert_eq!(app.database.value("SELECT count(*) FROM pools"), 0, "no pool is made by a refused request");
}

#[tokio::test]
async fn every_bad_field_of_every_scope_is_named() {
    let app = TestApp::start().await;
    let mut body = with(
        "scopes",
        &json!([
            {"owner": "acme"}, {"repo": "x"}, "acme", {"owner": "a/b", "repo": "..", "allow_private": "yes"},
            {"owner": "*", "repo": "x"}, {"owner": "acme", "private": true},
        ]),
    );
    body["wieght"] = 5.into();
    let answer = app.admin().post(PATH, &body).await.expect(400, "invalid_request");
    assert_eq!(
        answer.fields(),
        [
            "scopes[1].owner",
            "scopes[2]",
            "scopes[3].owner",
            "scopes[3].repo",
            "scopes[3].allow_private",
            "scopes[4].repo",
            "scopes[5].private",
            "wieght",
        ]
    );
}

#[tokio::test]
async fn an_installation_cannot_serve_every_owner() {
    let app = TestApp::start().await;
    let mut body = installation("app", 1);
    body["scopes"] = json!([{"owner": "*"}]);
    let answer = app.admin().post(PATH, &body).await.expect(400, "invalid_request");
    assert_eq!(answer.fields(), ["scopes[0].owner"]);
}

#[tokio::test]
async fn pool_names_in_the_path_are_decoded_once() {
    let app = TestApp::start().await;
    for (name, status) in
        [("team%2Fa", 400), ("a%252Fb", 400), ("%20", 400), ("..%2f", 400), ("%ff", 400), ("t%65am", 201)]
    {
        let answer = app.admin().post(&format!("/v1/admin/pools/{name}/identities"), &pat("p1")).await;
        assert_eq!(answer.status(), status, "{name}: {}", answer.text());
    }
    assert_eq!(app.database.value("SELECT group_concat(id) FROM pools"), "team");
}

#[tokio::test]
async fn the_audit_tells_what_was_registered() {
    let app = TestApp::start().await;
    app.admin().post(PATH, &pat("p1")).await.ok(201);
    let event = app.database.rows("SELECT actor, action, pool_id, subject, detail FROM audit_events");
    assert_eq!(event.len(), 1);
    assert_eq!((&event[0]["actor"], &event[0]["action"]), (&json!("admin"), &json!("identity.register")));
    assert_eq!((&event[0]["pool_id"], &event[0]["subject"]), (&json!("team"), &json!("p1")));
}
