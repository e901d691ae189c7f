//! What the document says, and what it refuses.

use octopool_testkit::TestApp;
use serde_json::{Value, json};

use super::{APPLY, PLAN, STATE, plan, populated, state, told};

#[tokio::test]
async fn it_has_everything_that_can_be_declared_and_no_times_or_tokens() {
    let app = populated().await;
    let answer = app.admin().get(STATE).await;
    let tag = answer.header("etag").unwrap().to_owned();
    let answer = answer.ok(200);
    assert_eq!(tag, format!("\"{}\"", answer["state_hash"].as_str().unwrap()));
    let policy = json!({"allowed_owners": ["acme"], "allow_public_repos": true, "allow_search": false, "allow_logs": true});
    let pat = json!({
        "kind": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "weight": 100, "status": "active",
        "scopes": [{"owner": "acme", "allow_private": false}],
    });
    let installation = json!({
        "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY", "installation_id": 5,
        "weight": 7, "status": "active",
        "scopes": [
            {"owner": "acme", "repo": "rocket", "allow_private": true}, {"owner": "umbrella", "allow_private": false},
        ],
    });
    let expected = json!({
        "pools": {
            "other": {"policy": policy, "identities": {"p2": pat}},
            "team": {"policy": policy, "identities": {"app": installation, "p1": pat}},
        },
        "callers": {
            "1001": {"github_login": "mona", "name": "mona", "status": "active", "pools": ["other", "team"]},
            "1002": {"github_login": "hubot", "name": "hubot", "status": "active", "pools": ["team"]},
        },
    });
    assert_eq!(answer["state"], expected);
    assert_eq!(told(&plan(&app, &expected).await.ok(200)), [""; 0]);
}

#[tokio::test]
async fn its_hash_is_of_what_it_says() {
    let app = populated().await;
    let (_, hash) = state(&app).await;
    // A login and the use of a token say nothing new.
    app.clock.advance(std::time::Duration::from_hours(1));
    let hubot = app.credentials.tokens.hubot.clone();
    app.anon().post("/v1/login/github-cli", &json!({"github_token": hubot, "pool": "team"})).await.ok(201);
    assert_eq!(state(&app).await.1, hash);
    for (edit, undo) in [
        (
            "UPDATE pools SET policy_json = '{\"allow_logs\":false}' WHERE id = 'team'",
            "UPDATE pools SET policy_json = '{}'",
        ),
        (
            "UPDATE identities SET weight = 8 WHERE id = 'app'",
            "UPDATE identities SET weight = 7 WHERE id = 'app'",
        ),
        (
            "UPDATE identity_scopes SET allow_private = 0",
            "UPDATE identity_scopes SET allow_private = 1 WHERE repo IS NOT NULL",
        ),
        (
            "UPDATE callers SET status = 'disabled' WHERE github_user_id = 1001",
            "UPDATE callers SET status = 'active'",
        ),
    ] {
        app.database.execute(edit).unwrap();
        assert_ne!(state(&app).await.1, hash, "{edit}");
        app.database.execute(undo).unwrap();
        assert_eq!(state(&app).await.1, hash, "{undo}");
    }
    app.database.execute("DELETE FROM caller_pools WHERE pool_id = 'other'").unwrap();
    assert_ne!(state(&app).await.1, hash);
}

#[tokio::test]
async fn what_is_left_out_is_as_in_a_registration() {
    let app = TestApp::start().await;
    let least = json!({
        "pools": {"team": {"identities": {"p1": {"login": "mona", "secret_ref": "A"}}, "policy": {"allow_search": true}}, "empty": {}},
        "callers": {"1002": {"github_login": "hubot"}},
    });
    super::applied(&app, &least).await;
    let (now, _) = state(&app).await;
    let owners = json!(["acme"]);
    assert_eq!(
        now["pools"]["team"]["policy"],
        json!({"allowed_owners": owners, "allow_public_repos": true, "allow_search": true, "allow_logs": true})
    );
    assert_eq!(now["pools"]["empty"]["policy"]["allow_search"], false);
    assert_eq!(
        now["pools"]["team"]["identities"]["p1"],
        json!({"kind": "pat", "login": "mona", "secret_ref": "A", "weight": 100, "status": "active", "scopes": []})
    );
    assert_eq!(
        now["callers"]["1002"],
        json!({"github_login": "hubot", "name": "hubot", "status": "active", "pools": []})
    );
    assert_eq!(told(&plan(&app, &least).await.ok(200)), [""; 0]);
}

/// A document with one identity and one caller, to be spoiled.
fn good() -> Value {
    json!({
        "pools": {"team": {"identities": {"p1": {"login": "mona", "secret_ref": "A", "scopes": [{"owner": "acme"}]}}}},
        "callers": {"1002": {"github_login": "hubot", "pools": ["team"]}},
    })
}

/// The document with a value at a path of keys.
fn with(path: &str, value: Value) -> Value {
    let mut document = good();
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let parents = parents.split('.').filter(|key| !key.is_empty());
    let place = parents.fold(&mut document, |place, key| &mut place[key]);
    place[last] = value;
    document
}

/// A path, the value put there, and where below it the problem is.
fn spoiled() -> Vec<(&'static str, Value, &'static str)> {
    let many: Vec<_> = (0..101).map(|number| json!({"owner": format!("org{number}")})).collect();
    vec![
        ("pool", json!({}), ""),
        ("pools", json!([]), ""),
        ("callers", json!("all"), ""),
        ("pools.a/b", json!({}), ""),
        ("pools.x", json!([]), ""),
        ("pools.team.polcy", json!({}), ""),
        ("pools.team.policy", json!("all"), ""),
        ("pools.team.policy", json!({"alow_logs": true}), ".alow_logs"),
        ("pools.team.policy", json!({"allowed_owners": ["a/b"]}), ".allowed_owners[0]"),
        ("pools.team.identities.a b", json!({}), ""),
        ("pools.team.identities.p1.id", json!("p1"), ""),
        ("pools.team.identities.p1.login", json!(null), ""),
        ("pools.team.identities.p1.weight", json!(-1), ""),
        ("pools.team.identities.p1.weight", json!(1.5), ""),
        ("pools.team.identities.p1.status", json!("gone"), ""),
        ("pools.team.identities.p1.installation_id", json!(5), ""),
        ("pools.team.identities.p1.secret_ref", json!(TOKEN), ""),
        ("pools.team.identities.p1.scopes", json!(many), ""),
        ("pools.team.identities.p1.scopes", json!([{"owner": "*", "repo": "x"}]), "[0].repo"),
        (
            "pools.team.identities.p1.scopes",
            json!([{"owner": "a", "alow_private": true}]),
            "[0].alow_private",
        ),
        ("callers.hubot", json!({}), ""),
        ("callers.01002", json!({}), ""),
        ("callers.0", json!({}), ""),
        ("callers.9007199254740992", json!({}), ""),
        ("callers.1002.github_login", json!("a/b"), ""),
        ("callers.1002.name", json!("a\nb"), ""),
        ("callers.1002.status", json!(1), ""),
        ("callers.1002.pools", json!("team"), ""),
        ("callers.1002.pools", json!(["team", 7]), "[1]"),
        ("callers.1002.pools", json!(["team", "none"]), ""),
        ("callers.1002.client", json!("laptop"), ""),
    ]
}

/// A secret where its name goes.
const TOKEN: &str = "ghp_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";

#[tokio::test]
async fn what_breaks_a_rule_is_named_by_its_path() {
    let app = TestApp::start().await;
    let p1 = |field: &str| format!("pools.team.identities.p1.{field}");
    let own_codes = [
        (p1("secret_ref"), json!("DB"), "secret_ref_reserved", p1("secret_ref")),
        (p1("kind"), json!("ssh"), "identity_kind_unsupported", p1("kind")),
        (p1("kind"), json!("github_app"), "installation_id_required", p1("installation_id")),
    ];
    let rows = spoiled()
        .into_iter()
        .map(|(path, value, below)| (path.to_owned(), value, "invalid_request", format!("{path}{below}")));
    for (path, value, code, field) in rows.chain(own_codes) {
        let document = with(&path, value);
        let answers = [plan(&app, &document).await, super::apply(&app, &document, "x").await];
        for answer in answers {
            let answer = answer.expect(400, code);
            assert_eq!(answer.fields(), [format!("desired.{field}")], "{document}");
            assert!(!answer.text().contains(TOKEN));
        }
    }
    let mut twice = with("pools.other", json!({}));
    twice["pools"]["other"] = twice["pools"]["team"].clone();
    let answer = plan(&app, &twice).await.expect(400, "invalid_request");
    assert_eq!(answer.fields(), ["desired.pools.team.identities.p1"]);
    assert_eq!(app.database.counts(), (0, 0), "a document that breaks rules is not compared");
    plan(&app, &good()).await.ok(200);
}

#[tokio::test]
async fn the_body_around_it_has_rules_too() {
    let app = TestApp::start().await;
    for (path, body, fields) in [
        (PLAN, json!({}), vec!["desired"]),
        (PLAN, json!({"desired": null}), vec!["desired"]),
        (PLAN, json!({"desired": [], "state_hash": "x"}), vec!["desired", "state_hash"]),
        (APPLY, json!({}), vec!["desired", "state_hash"]),
        (APPLY, json!({"desired": {}, "state_hash": 7}), vec!["state_hash"]),
        (APPLY, json!({"desired": {}, "state_hash": "x", "force": true}), vec!["force"]),
        (&format!("{APPLY}?dryrun=true"), json!({"desired": {}, "state_hash": "x"}), vec!["dryrun"]),
    ] {
        let answer = app.admin().post(path, &body).await.expect(400, "invalid_request");
        assert_eq!(answer.fields(), fields, "{body}");
    }
    app.admin().post_raw(PLAN, "text/plain", "{}").await.expect(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_key_that_stands_twice_is_refused_and_not_the_last_one_taken() {
    let app = TestApp::start().await;
    let body = r#"{"desired":{"pools":{"team":{},"team":{"identities":{"p":{"login":"mona","login":"mona"}}}},"callers":{"1":{},"1":{}}}}"#;
    let answer = app.admin().post_raw(PLAN, "application/json", body).await.expect(400, "invalid_request");
    assert_eq!(
        answer.fields(),
        ["desired.pools.team", "desired.pools.team.identities.p.login", "desired.callers.1"]
    );
}

#[tokio::test]
async fn a_policy_that_is_none_is_null_and_mended_by_the_document() {
    let app = populated().await;
    app.database.execute("UPDATE pools SET policy_json = 'nonsense' WHERE id = 'team'").unwrap();
    let (mut document, hash) = state(&app).await;
    assert_eq!(document["pools"]["team"]["policy"], Value::Null);
    // What was read is not sent back by mistake: it would open the pool.
    for path in [PLAN, APPLY] {
        let body = json!({"desired": document, "state_hash": hash});
        let answer = app.admin().post(path, &body).await.expect(400, "invalid_request");
        assert!(answer.fields().contains(&"desired.pools.team.policy".to_owned()), "{}", answer.text());
    }
    document["pools"]["team"]["policy"] = json!({"allow_search": true});
    let planned = plan(&app, &document).await.ok(200);
    let fields = "policy.allowed_owners policy.allow_public_repos policy.allow_search policy.allow_logs";
    assert_eq!(told(&planned), [format!("~ pool team: {fields}")]);
    assert_eq!(
        planned["changes"][0]["fields"][2],
        json!({"field": "policy.allow_search", "before": null, "after": true})
    );
    super::applied(&app, &document).await;
    assert_eq!(state(&app).await.0["pools"]["team"]["policy"]["allow_search"], true);
}

#[tokio::test]
async fn callers_of_another_org_are_not_declared() {
    let app = populated().await;
    let (document, hash) = state(&app).await;
    app.database
        .execute("INSERT INTO callers VALUES ('c9', 'Old', 'old', 9, 'initech', 'active', 1, 1, 1, 0); INSERT INTO caller_pools VALUES ('c9', 'other', 1)")
        .unwrap();
    assert_eq!(state(&app).await, (document.clone(), hash));
    // Their grants do not keep a pool alive.
    let mut without = document;
    without["pools"].as_object_mut().unwrap().remove("other");
    without["callers"]["1001"]["pools"] = json!(["team"]);
    super::applied(&app, &without).await;
    assert_eq!(app.database.value("SELECT count(*) FROM callers WHERE id = 'c9'"), 1);
    assert_eq!(app.database.value("SELECT count(*) FROM pools"), 1);
}
