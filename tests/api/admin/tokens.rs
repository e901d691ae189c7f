//! `/v1/admin/tokens`.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use octopool_testkit::TestApp;
use octopool_worker::ports::Clock as _;
use serde_json::{Value, json};

use crate::support::{named_admin, pat, provision, refusals};

const PATH: &str = "/v1/admin/tokens";

#[tokio::test]
async fn a_token_is_shown_once_and_listed_without_it() {
    let app = TestApp::start().await;
    let expires = app.clock.now().plus(Duration::from_hours(1)).to_rfc3339().unwrap();
    let body = json!({"name": "release-bot", "pool": "team", "expires_at": expires});
    let created = app.admin().post(PATH, &body).await.ok(201);
    let token = created["token"].as_str().unwrap();
    assert_eq!((token.len(), &token[..4]), (47, "opa_"));
    let shown = json!({
        "name": "release-bot", "pool": "team", "expires_at": expires, "last_used_at": null,
        "created_at": app.clock.now().to_rfc3339().unwrap(),
    });
    assert_eq!(created["admin_token"], shown);
    let list = app.admin().get(PATH).await.ok(200);
    assert_eq!(list, json!({"admin_tokens": [shown], "next_cursor": null}));
    let audit = app.database.rows("SELECT * FROM audit_events");
    assert_eq!((&audit[0]["actor"], &audit[0]["action"]), (&json!("admin"), &json!("admin_token.create")));
    assert_eq!((&audit[0]["pool_id"], &audit[0]["subject"]), (&json!("team"), &json!("release-bot")));
}

#[tokio::test]
async fn the_list_says_when_a_token_was_used_last() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "ci", None).await;
    app.clock.advance(Duration::from_mins(5));
    let before = app.database.counts();
    app.bearer(&token).get("/v1/admin/audit?since=yesterday").await.expect(400, "invalid_request");
    assert_eq!(app.database.counts(), (before.0 + 1, before.1 + 1), "one statement");
    let list = app.admin().get(PATH).await.ok(200);
    assert_eq!(list["admin_tokens"][0]["last_used_at"], app.clock.now().to_rfc3339().unwrap());
}

#[tokio::test]
async fn lists_come_in_pages() {
    let app = TestApp::start().await;
    for name in ["c", "a", "b"] {
        named_admin(&app, name, None).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let tokens = page["admin_tokens"].as_array().unwrap();
        tokens.iter().map(|token| token["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = app.admin().get(&format!("{PATH}?limit=2")).await.ok(200);
    assert_eq!(names(&first), ["a", "b"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(names(&app.admin().get(&format!("{PATH}?limit=2&cursor={cursor}")).await.ok(200)), ["c"]);
}

#[tokio::test]
async fn a_token_does_what_the_root_does_and_the_audit_names_it() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "ci", None).await;
    let ci = app.bearer(&token);
    ci.post("/v1/admin/callers", &json!({"pool": "team", "github_login": "hubot"})).await.ok(201);
    ci.post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    ci.patch("/v1/admin/pools/team/identities/p1", None, &json!({"weight": 7})).await.ok(200);
    assert_eq!(ci.delete("/v1/admin/pools/team/identities/p1").await.status(), 204);
    let by_ci = app.admin().get("/v1/admin/audit?actor=admin:ci").await.ok(200);
    let actions: Vec<_> =
        by_ci["events"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    let expected = ["identity.delete", "identity.update", "identity.register", "caller.provision"];
    assert_eq!(actions, expected);
    let by_root = app.admin().get("/v1/admin/audit?actor=admin").await.ok(200);
    assert_eq!(by_root["events"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_root_manages_tokens() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "ci", None).await;
    let ci = app.bearer(&token);
    ci.get(PATH).await.expect(403, "root_required");
    ci.post(PATH, &json!({"name": "more"})).await.expect(403, "root_required");
    ci.delete(&format!("{PATH}/ci")).await.expect(403, "root_required");
    assert_eq!(app.database.value("SELECT count(*) FROM admin_tokens"), 1);
    assert_eq!(refusals(&app), 1, "and it is recorded");
    let by_ci = app.admin().get("/v1/admin/audit?actor=admin:ci").await.ok(200);
    assert_eq!(by_ci["events"][0]["action"], "auth.admin_denied");
}

#[tokio::test]
async fn an_expired_or_revoked_token_opens_nothing() {
    let app = TestApp::start().await;
    let expires = app.clock.now().plus(Duration::from_mins(10)).to_rfc3339().unwrap();
    let created = app.admin().post(PATH, &json!({"name": "short", "expires_at": expires})).await.ok(201);
    let short = created["token"].as_str().unwrap().to_owned();
    let long = named_admin(&app, "long", None).await;
    for token in [&short, &long] {
        app.bearer(token).get("/v1/admin/pools").await.ok(200);
    }
    app.clock.advance(Duration::from_mins(10));
    app.bearer(&short).get("/v1/admin/pools").await.expect(401, "invalid_admin_auth");
    app.bearer(&long).get("/v1/admin/pools").await.ok(200);
    assert_eq!(app.admin().delete(&format!("{PATH}/long?dry_run=true")).await.status(), 204);
    app.bearer(&long).get("/v1/admin/pools").await.ok(200);
    assert_eq!(app.admin().delete(&format!("{PATH}/long")).await.status(), 204);
    app.bearer(&long).get("/v1/admin/pools").await.expect(401, "invalid_admin_auth");
    let conditional =
        Request::delete(format!("http://localhost:8787{PATH}/short")).header("if-match", "\"a\"");
    let conditional = app.admin().send(conditional.body(Body::empty()).unwrap()).await;
    conditional.expect(412, "precondition_failed");
    app.admin().delete(&format!("{PATH}/long")).await.expect(404, "admin_token_not_found");
    app.admin().delete(&format!("{PATH}/long?dry_run=true")).await.expect(404, "admin_token_not_found");
    let revoked = "SELECT subject FROM audit_events WHERE action = 'admin_token.revoke'";
    assert_eq!(app.database.value(revoked), "long");
    // The name is free again; the old token stays worthless.
    named_admin(&app, "long", None).await;
    app.bearer(&long).get("/v1/admin/pools").await.expect(401, "invalid_admin_auth");
}

#[tokio::test]
async fn without_the_roots_secret_no_token_opens_anything() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "ci", None).await;
    app.secrets.remove("OCTOPOOL_ADMIN_TOKEN");
    app.bearer(&token).get("/v1/admin/pools").await.expect(503, "admin_unconfigured");
}

#[tokio::test]
async fn a_name_that_is_taken_keeps_its_token() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "ci", None).await;
    app.admin().post(PATH, &json!({"name": "ci"})).await.expect(409, "admin_token_exists");
    app.bearer(&token).get("/v1/admin/pools").await.ok(200);
    assert_eq!(app.database.value("SELECT count(*) FROM audit_events"), 1);
}

#[tokio::test]
async fn fields_are_checked() {
    let app = TestApp::start().await;
    let past = app.clock.now().to_rfc3339().unwrap();
    for (body, fields) in [
        (json!({}), vec!["name"]),
        (
            json!({"name": "a:b", "pool": "a/b", "expires_at": "tomorrow", "x": 1}),
            vec!["name", "pool", "expires_at", "x"],
        ),
        (json!({"name": "ci", "expires_at": past}), vec!["expires_at"]),
        (json!({"name": "..", "expires_at": 5}), vec!["name", "expires_at"]),
    ] {
        let answer = app.admin().post(PATH, &body).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    app.admin().delete(&format!("{PATH}/a%2Fb")).await.expect(400, "invalid_request");
}

#[tokio::test]
async fn a_restricted_token_gets_no_token_of_a_caller_that_opens_other_pools() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "team-admin", Some("team")).await;
    let provisioning = |login: &str| json!({"pool": "team", "github_login": login, "client": "mine"});
    app.bearer(&token).post("/v1/admin/callers", &provisioning("mona")).await.ok(201);
    app.bearer(&token).post("/v1/admin/callers", &provisioning("mona")).await.ok(201);
    for pools in [vec!["other"], vec!["other", "team"]] {
        for pool in pools {
            provision(&app, "hubot", pool).await;
        }
        let before = app.database.dump_without_refusals();
        let answer = app.bearer(&token).post("/v1/admin/callers", &provisioning("hubot")).await;
        answer.expect(403, "pool_denied");
        let after = app.database.dump_without_refusals();
        // The use of the admin token is all that is noted.
        let changed = after.lines().filter(|line| !before.contains(line)).count();
        assert!(changed <= 1, "{after}");
        assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens WHERE client_name = 'mine'"), 1);
    }
}

#[tokio::test]
async fn a_restricted_token_registers_no_secret_that_another_pool_spends() {
    let app = TestApp::start().await;
    let token = named_admin(&app, "team-admin", Some("team")).await;
    let path = "/v1/admin/pools/team/identities";
    app.bearer(&token).post(path, &pat("p1")).await.ok(201);
    app.admin().post("/v1/admin/pools/other/identities", &pat("p2")).await.ok(201);
    app.bearer(&token).post(path, &pat("p1")).await.expect(403, "pool_denied");
    app.bearer(&token).post(path, &pat("p3")).await.expect(403, "pool_denied");
    let fourth = json!({"id": "p4", "login": "mona", "secret_ref": "OWN", "scopes": []});
    app.bearer(&token).post(path, &fourth).await.ok(201);
    let change = json!({"secret_ref": "OCTOPOOL_PAT_MONA"});
    app.bearer(&token).patch(&format!("{path}/p4"), None, &change).await.expect(403, "pool_denied");
    app.bearer(&token).patch(&format!("{path}/p4"), None, &json!({"weight": 7})).await.ok(200);
    assert_eq!(app.database.value("SELECT count(*) FROM identities WHERE pool_id = 'team'"), 2);
    let installed = json!({
        "id": "a1", "login": "octopool[bot]", "secret_ref": "OCTOPOOL_APP_KEY", "kind": "github_app",
        "installation_id": 5, "scopes": [],
    });
    app.admin().post(path, &installed).await.ok(201);
    let other = json!({"installation_id": 6});
    app.bearer(&token).patch(&format!("{path}/a1"), None, &other).await.expect(403, "pool_denied");
    for (field, value) in [("installation_id", json!(6)), ("secret_ref", json!("OF_MY_OWN"))] {
        let mut again = installed.clone();
        again[field] = value;
        for path in [path.to_owned(), format!("{path}?dry_run=true")] {
            app.bearer(&token).post(&path, &again).await.expect(403, "pool_denied");
        }
    }
    let mut again = installed.clone();
    again["weight"] = json!(3);
    app.bearer(&token).post(path, &again).await.ok(201);
    let mut theirs = installed.clone();
    (theirs["id"], theirs["installation_id"], theirs["secret_ref"]) =
        (json!("a2"), json!(9), json!("THEIRS"));
    app.admin().post("/v1/admin/pools/other/identities", &theirs).await.ok(201);
    (theirs["id"], theirs["secret_ref"]) = (json!("a3"), json!("OF_MY_OWN"));
    app.bearer(&token).post(path, &theirs).await.expect(403, "pool_denied");
    // The root may.
    app.admin().post(path, &theirs).await.ok(201);
    app.admin().patch(&format!("{path}/a1"), None, &other).await.ok(200);
    app.admin().post(path, &pat("p3")).await.ok(201);
    app.admin().patch(&format!("{path}/p4"), None, &change).await.ok(200);
}

#[tokio::test]
async fn a_restricted_token_sees_of_lists_what_is_of_its_pool() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "other").await;
    provision(&app, "hubot", "team").await;
    provision(&app, "mona", "other").await;
    let token = named_admin(&app, "team-admin", Some("team")).await;
    let admin = app.bearer(&token);
    let pools = admin.get("/v1/admin/pools").await.ok(200);
    assert_eq!((pools["pools"].as_array().unwrap().len(), &pools["pools"][0]["id"]), (1, &json!("team")));
    for query in ["", "?pool=team"] {
        let callers = admin.get(&format!("/v1/admin/callers{query}")).await.ok(200);
        assert_eq!(callers["callers"].as_array().unwrap().len(), 1);
        let grants = callers["callers"][0]["grants"].as_array().unwrap();
        assert_eq!((grants.len(), &grants[0]["pool"]), (1, &json!("team")), "nothing of other grants");
        let path = format!("/v1/admin/callers/{}", callers["callers"][0]["id"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.ok(200), callers["callers"][0]);
        for page in ["/v1/admin/audit", "/v1/admin/audit/export"] {
            let events = admin.get(&format!("{page}{query}")).await;
            assert_eq!(events.status(), 200);
            assert!(
                events.text().contains("\"pool\":\"team\"") && !events.text().contains("\"pool\":\"other\"")
            );
        }
    }
    let mona = app.admin().get("/v1/admin/callers?login=mona").await.ok(200);
    let path = format!("/v1/admin/callers/{}", mona["callers"][0]["id"].as_str().unwrap());
    admin.get(&path).await.expect(404, "caller_not_found");
    assert_eq!(admin.delete(&format!("{path}/pools/other")).await.status(), 403);
}

#[tokio::test]
async fn a_dry_run_makes_no_token() {
    let app = TestApp::start().await;
    let path = format!("{PATH}?dry_run=true");
    let before = app.database.dump();
    let planned = app.admin().post(&path, &json!({"name": "ci", "pool": "team"})).await.ok(200);
    assert_eq!(planned["token"], json!(null));
    assert_eq!(
        (&planned["admin_token"]["name"], &planned["admin_token"]["pool"]),
        (&json!("ci"), &json!("team"))
    );
    app.admin().post_once(&path, "a-key", &json!({"name": "ci"})).await.ok(200);
    assert_eq!(app.database.dump(), before);
    named_admin(&app, "ci", None).await;
    app.admin().post(&path, &json!({"name": "ci"})).await.expect(409, "admin_token_exists");
}

#[tokio::test]
async fn what_a_restricted_token_may_not_spend_is_refused_before_github_is_asked() {
    let app = TestApp::start().await;
    let identity = |id: &str, secret: &str, installation: Option<u64>| {
        let kind = if installation.is_some() { "github_app" } else { "pat" };
        let mut body = json!({"id": id, "login": "mona", "kind": kind, "secret_ref": secret, "scopes": [{"owner": "acme"}]});
        if let Some(installation) = installation {
            body["installation_id"] = json!(installation);
        }
        body
    };
    let other = "/v1/admin/pools/other/identities";
    for body in [
        identity("o1", "OCTOPOOL_PAT_MONA", None),
        identity("o2", "OCTOPOOL_APP_KEY", Some(octopool_testkit::github::demo::INSTALLATION)),
    ] {
        app.admin().post(other, &body).await.ok(201);
    }
    app.admin().post("/v1/admin/pools/team/identities", &identity("t1", "OWN", None)).await.ok(201);
    let token = named_admin(&app, "ci", Some("team")).await;
    let ci = app.bearer(&token);
    let installation = Some(octopool_testkit::github::demo::INSTALLATION);
    let before = app.github.requests().len();
    for (body, status, code) in [
        (identity("t2", "OCTOPOOL_PAT_MONA", None), 403, "pool_denied"),
        (identity("t2", "OCTOPOOL_APP_KEY", Some(1)), 403, "pool_denied"),
        (identity("t2", "OTHER_KEY", installation), 403, "pool_denied"),
        (identity("t1", "OCTOPOOL_PAT_MONA", None), 403, "pool_denied"),
        (identity("t1", "UNUSED", None), 403, "pool_denied"),
        (identity("t1", "OWN", installation), 409, "identity_conflict"),
        (identity("o1", "OCTOPOOL_PAT_MONA", None), 409, "identity_conflict"),
    ] {
        let mut messages = std::collections::BTreeSet::new();
        for (verify, query) in [(false, ""), (false, "?dry_run=true"), (true, ""), (true, "?dry_run=true")] {
            let mut body = body.clone();
            body["verify"] = json!(verify);
            let answer = ci.post(&format!("/v1/admin/pools/team/identities{query}"), &body).await;
            assert_eq!((answer.status(), answer.code().as_str()), (status, code), "{body} {query}");
            messages.insert(answer.error().error.message);
        }
        assert_eq!(messages.len(), 1, "{messages:?}");
    }
    for change in [json!({"secret_ref": "OCTOPOOL_PAT_MONA"}), json!({"secret_ref": "UNUSED"})] {
        ci.patch("/v1/admin/pools/team/identities/t1", None, &change).await.expect(403, "pool_denied");
    }
    ci.post(&format!("{other}/o1/verify"), &json!({})).await.expect(403, "pool_denied");
    ci.get("/v1/admin/doctor?pool=other").await.expect(403, "pool_denied");
    ci.get("/v1/admin/doctor").await.expect(403, "pool_denied");
    assert_eq!(app.github.requests().len(), before, "GitHub was not asked");
}
