//! `POST /v1/admin/pools/{pool}/identities`.

use std::time::Duration;

use axum::body::Body;
use futures_util::future::join_all;
use http::Request;
use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use crate::support::{named_admin, pat};

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
    assert_eq!(app.database.counts().0, 2, "a read and a batch");
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

fn events(app: &TestApp) -> Vec<Value> {
    let rows =
        app.database.rows("SELECT actor, action, pool_id, subject, detail FROM audit_events ORDER BY seq");
    rows.into_iter()
        .map(|mut row| {
            row["detail"] = serde_json::from_str(row["detail"].as_str().unwrap()).unwrap();
            Value::Object(row)
        })
        .collect()
}

#[tokio::test]
async fn the_audit_tells_what_was_registered_and_what_a_registration_changed() {
    let app = TestApp::start().await;
    app.admin().post(PATH, &pat("p1")).await.ok(201);
    let scope = json!({"owner": "acme", "repo": null, "allow_private": false});
    let first = json!({
        "created": true, "kind": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "installation_id": null,
        "weight": 100, "status": "active", "scopes": [scope],
    });
    let event = |action: &str, subject: &str, detail: &Value| json!({"actor": "admin", "action": action, "pool_id": "team", "subject": subject, "detail": detail});
    let expected = [event("identity.register", "p1", &first)];
    assert_eq!(events(&app), expected);

    app.database.execute("UPDATE identities SET status = 'disabled'").unwrap();
    let mut body = with("weight", &json!(7));
    body["scopes"] = json!([]);
    app.admin().post(PATH, &body).await.ok(201);
    let change = json!({
        "created": false, "weight": {"from": 100, "to": 7}, "status": {"from": "disabled", "to": "active"},
        "scopes": {"from": [scope], "to": []},
    });
    assert_eq!(events(&app)[1..], [event("identity.register", "p1", &change)]);
    app.admin().post(PATH, &body).await.ok(201);
    assert_eq!(events(&app)[2..], [event("identity.register", "p1", &json!({"created": false}))]);
    assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["ok"], true);
}

#[tokio::test]
async fn a_dry_run_answers_what_would_be_registered_and_writes_nothing() {
    let app = TestApp::start().await;
    let path = format!("{PATH}?dry_run=true");
    let before = app.database.dump();
    let body = with("login", &json!("hubot"));
    let answer = app.admin().post(&path, &body).await.ok(200);
    assert_eq!((&answer["created"], &answer["warnings"]), (&json!(true), &json!([])));
    app.admin().post_once(&path, "a-key", &body).await.ok(200);
    assert_eq!(app.database.dump(), before);

    app.admin().post(PATH, &pat("p0")).await.ok(201);
    let before = app.database.dump();
    let planned = app.admin().post(&path, &body).await.ok(200);
    assert_eq!(planned["warnings"][0]["code"], "pats_of_several_accounts", "as it would be");
    assert_eq!(app.admin().post(&path, &pat("p0")).await.ok(200)["created"], false);
    app.admin().post(&path, &installation("p0", 1)).await.expect(409, "identity_conflict");
    let other = "/v1/admin/pools/other/identities?dry_run=true";
    app.admin().post(other, &pat("p0")).await.expect(409, "identity_conflict");
    app.admin().post(&path, &with("verify", &json!(true))).await.ok(200);
    let mut broken = with("verify", &json!(true));
    broken["secret_ref"] = json!("NOT_SET");
    app.admin().post(&path, &broken).await.expect(422, "identity_unverified");
    assert_eq!(app.database.dump(), before);
    assert_eq!(app.admin().post(PATH, &body).await.ok(201), planned, "and so it comes");
}

#[tokio::test]
async fn a_dry_run_of_a_restricted_token_finds_what_is_not_its_to_spend() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "lead", Some("team")).await;
    app.admin().post("/v1/admin/pools/other/identities", &pat("theirs")).await.ok(201);
    let answer = app.bearer(&token).post(&format!("{PATH}?dry_run=true"), &pat("p1")).await;
    answer.expect(403, "pool_denied");
}

async fn register_if(app: &TestApp, tag: &str, body: &Value) -> Answer {
    let request = Request::post(format!("http://localhost:8787{PATH}"));
    let request = request.header("content-type", "application/json").header("if-match", tag);
    app.admin().send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_registration_on_a_condition_is_made_on_what_was_seen_or_not_at_all() {
    let app = TestApp::start().await;
    let before = app.database.dump();
    for tag in ["*", "\"a\"", "nonsense"] {
        register_if(&app, tag, &pat("p1")).await.expect(412, "precondition_failed");
    }
    assert_eq!(app.database.dump(), before, "there is none");
    let first = app.admin().post(PATH, &pat("p1")).await;
    let seen = first.header("etag").unwrap().to_owned();
    let read = app.admin().get(&format!("{PATH}/p1")).await;
    assert_eq!(read.header("etag"), Some(seen.as_str()), "that of the identity");
    let second = register_if(&app, &seen, &with("weight", &json!(1))).await;
    assert_eq!(second.status(), 201);
    register_if(&app, &seen, &with("weight", &json!(2))).await.expect(412, "precondition_failed");
    register_if(&app, second.header("etag").unwrap(), &with("weight", &json!(3))).await.ok(201);
    register_if(&app, "*", &with("weight", &json!(4))).await.ok(201);
    assert_eq!(app.database.value("SELECT weight FROM identities"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_registrations_on_one_version_one_is_made() {
    let app = TestApp::start().await;
    let first = app.admin().post(PATH, &pat("p1")).await;
    let seen = first.header("etag").unwrap();
    app.database.set_latency(Duration::from_millis(20));
    let bodies: Vec<_> = (1..6).map(|weight| with("weight", &json!(weight))).collect();
    let answers = join_all(bodies.iter().map(|body| register_if(&app, seen, body))).await;
    let statuses = |status| answers.iter().filter(|answer| answer.status() == status).count();
    assert_eq!((statuses(201), statuses(412)), (1, 4));
    let winner = answers.iter().find(|answer| answer.status() == 201).unwrap().json();
    assert_eq!(app.database.value("SELECT weight FROM identities"), winner["identity"]["weight"]);
    // Without a condition each is made, on what the others have left, and the audit has a chain of
    // changes.
    let admin = app.admin();
    let answers = join_all(bodies.iter().map(|body| admin.post(PATH, body))).await;
    for answer in answers {
        answer.ok(201);
    }
    let changes: Vec<_> =
        events(&app).into_iter().filter(|event| event["detail"]["created"] == false).collect();
    let weights =
        changes.iter().map(|event| event["detail"]["weight"].clone()).filter(|change| !change.is_null());
    let weights: Vec<_> = weights.collect();
    assert!(weights.windows(2).all(|pair| pair[0]["to"] == pair[1]["from"]), "{weights:?}");
    assert_eq!(app.database.value("SELECT weight FROM identities"), weights.last().unwrap()["to"]);
}

#[tokio::test]
async fn a_credential_where_its_name_belongs_is_refused_at_every_door_and_never_kept() {
    let app = TestApp::start().await;
    let letters = "a1B2".repeat(9);
    let admin = app.admin();
    admin.post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    for credential in [
        format!("ghp_{letters}"),
        format!("ghs_{letters}{letters}"),
        format!("github_pat_{letters}_{letters}"),
        format!("op_{}", &letters.repeat(2)[..43]),
        "abcdef0123456789abcdef0123456789abcdef01".to_owned(),
    ] {
        let mut identity = pat("p2");
        identity["secret_ref"] = json!(credential);
        let desired = json!({"desired": {"pools": {"team": {"identities": {
            "p2": {"kind": "pat", "login": "mona", "secret_ref": credential, "scopes": []}
        }}}}});
        let answers = [
            admin.post("/v1/admin/pools/team/identities", &identity).await,
            admin.post("/v1/admin/pools/team/identities?dry_run=true", &identity).await,
            admin.patch("/v1/admin/pools/team/identities/p1", None, &json!({"secret_ref": credential})).await,
            admin.post("/v1/admin/plan", &desired).await,
        ];
        for answer in answers {
            assert!(!answer.text().contains(&credential), "it is not repeated");
            let fields = answer.expect(400, "invalid_request").fields();
            assert!(fields.iter().any(|field| field.contains("secret_ref")), "{fields:?}");
        }
        assert!(!app.database.dump().contains(&credential), "it is not kept");
    }
}
