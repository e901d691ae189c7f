//! Installation tokens: minted once for a pool, narrow, sealed where they rest.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{INSTALLATION, ROCKET as ROCKET_ID, SUSPENDED_INSTALLATION};
use octopool_testkit::github::model::apps::{Access, Selection};
use octopool_testkit::github::model::tokens::Grant;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{asked, provision, read, read_with, reason, register_app};

const ROCKET: &str = "/repos/acme/rocket";
const LANGUAGES: &str = "/repos/acme/rocket/languages";

fn mints(app: &TestApp) -> usize {
    let path = format!("/app/installations/{INSTALLATION}/access_tokens");
    app.github.requests().iter().filter(|request| request.path == path).count()
}

async fn team(app: &TestApp) -> String {
    let token = provision(app, "hubot", "team").await;
    register_app(app, "a1", INSTALLATION).await;
    token
}

fn fresh() -> Value {
    json!({"headers": {"cache-control": "max-age=0"}})
}

#[tokio::test]
async fn a_pool_mints_once_an_hour_and_not_once_per_isolate() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for _ in 0..3 {
        let body = read_with(&app, &token, ROCKET, fresh()).await.ok(200);
        assert_eq!(body["identity"], json!({"id": "a1", "kind": "github_app"}));
        read_with(&app, &token, ROCKET, fresh()).await.ok(200);
        app.new_isolate();
    }
    assert_eq!(mints(&app), 1);
    app.coordinators.evict();
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!(mints(&app), 1, "the coordinator keeps it, sealed");
    assert!(app.coordinators.dump().contains("sealed"));
    app.clock.advance(Duration::from_secs(3541));
    app.github.edit(|state| state.clock.offset = 3541);
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!(mints(&app), 2, "renewed a minute before its end");
}

#[tokio::test]
async fn concurrent_renewals_are_one() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let path = format!("/app/installations/{INSTALLATION}/access_tokens");
    app.github.fault(Fault::on("POST", &path, Effect::Delay { ms: 50 }));
    app.github.fault(Fault::on(
        "GET",
        "/repos/acme/rocket/issues/*",
        Effect::respond(200, json!({"state": "open"})),
    ));
    let paths: Vec<_> = (1..=12).map(|number| format!("/repos/acme/rocket/issues/{number}")).collect();
    let reads = paths.iter().map(|path| read(&app, &token, path));
    for answer in futures_util::future::join_all(reads).await {
        answer.ok(200);
    }
    assert_eq!(mints(&app), 1);
}

#[tokio::test]
async fn a_token_can_do_no_more_than_read_what_the_scopes_name() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let scopes = json!({"id": "a1", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
                        "installation_id": INSTALLATION, "scopes": [{"owner": "acme", "repo": "rocket"}]});
    app.admin().post("/v1/admin/pools/team/identities", &scopes).await.ok(201);
    read(&app, &token, ROCKET).await.ok(200);
    let minted: Vec<_> = app.github.edit(|state| {
        let grants = state.tokens.iter().map(|token| token.grant.clone());
        grants.filter(|grant| matches!(grant, Grant::Installation { .. })).collect()
    });
    let [Grant::Installation { permissions, repositories, .. }] = minted.as_slice() else {
        panic!("{minted:?}")
    };
    assert_eq!(*repositories, Selection::Selected([ROCKET_ID].into()));
    assert!(permissions.values().all(|access| *access == Access::Read), "{permissions:?}");
}

#[tokio::test]
async fn an_installation_that_does_not_say_what_it_may_do_is_asked_for_what_the_relay_reads_with() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| {
        let permissions = &mut state.installations.edit(INSTALLATION).unwrap().permissions;
        permissions.extend([("deployments".to_owned(), Access::Read), ("members".to_owned(), Access::Write)]);
    });
    app.github.fault(Fault::on("GET", &format!("/app/installations/{INSTALLATION}"), Effect::status(502)));
    read(&app, &token, ROCKET).await.ok(200);
    let asked = app.github.edit(|state| {
        let grants = state.tokens.iter().map(|token| token.grant.clone());
        grants
            .filter_map(|grant| match grant {
                Grant::Installation { permissions, .. } => Some(permissions),
                Grant::Personal { .. } => None,
            })
            .collect::<Vec<_>>()
    });
    let [permissions] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(!permissions.contains_key("members"), "{permissions:?}");
    // A public repository's deployments are read without it.
    assert!(!permissions.contains_key("deployments"), "{permissions:?}");
    assert!(permissions.contains_key("contents"));
    assert!(permissions.values().all(|access| *access == Access::Read), "{permissions:?}");
}

#[tokio::test]
async fn a_token_that_ended_early_is_replaced_and_its_identity_does_not_cool_down() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    app.github.edit(|state| state.tokens.revoke_installation(INSTALLATION));
    app.clock.advance(Duration::from_secs(1));
    for isolate in 0..2 {
        let body = read_with(&app, &token, ROCKET, fresh()).await.ok(200);
        assert_eq!((&body["status"], &body["identity"]["id"]), (&json!(200), &json!("a1")));
        assert_eq!(mints(&app), 2, "isolate {isolate}");
        app.new_isolate();
        app.clock.advance(Duration::from_secs(1));
    }
    app.github.fault(Fault::on("GET", LANGUAGES, Effect::status(401)));
    assert_eq!(reason(&read(&app, &token, LANGUAGES).await), "github_identity_unauthorized");
    assert_eq!((mints(&app), asked(&app, LANGUAGES).len()), (3, 2), "once, and not for ever");
}

#[tokio::test]
async fn a_replaced_key_does_not_open_what_the_old_one_sealed() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    let key = app.credentials.app_private_key_pem.clone();
    app.secrets.set("OCTOPOOL_APP_KEY", &key.replace('\n', "\\n"));
    app.new_isolate();
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!(mints(&app), 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_credential_has_a_code_and_names_no_binding() {
    let foreign = octopool_testkit::github::keys::foreign_key_pem().unwrap();
    for (secret, value, installation, status, code) in [
        ("OCTOPOOL_APP_KEY", "", INSTALLATION, 503, "identity_secret_missing"),
        ("OCTOPOOL_APP_KEY", "canary no key", INSTALLATION, 503, "github_app_key_format"),
        ("OCTOPOOL_APP_KEY", foreign.as_str(), INSTALLATION, 502, "github_app_token_failed"),
        ("OCTOPOOL_GITHUB_APP_ID", "", INSTALLATION, 503, "github_app_id_missing"),
        ("OCTOPOOL_GITHUB_APP_ID", "not a number", INSTALLATION, 503, "github_app_id_missing"),
        ("UNUSED", "canary-unused", SUSPENDED_INSTALLATION, 502, "github_app_token_failed"),
        ("UNUSED", "canary-unused", 424_242, 502, "github_app_token_failed"),
    ] {
        let app = TestApp::start().await;
        let token = provision(&app, "hubot", "team").await;
        register_app(&app, "a1", installation).await;
        app.secrets.set(secret, value);
        let answer = read(&app, &token, ROCKET).await.expect(status, code);
        assert!(
            !answer.text().contains("OCTOPOOL_") && !answer.text().contains("canary"),
            "{}",
            answer.text()
        );
        assert_eq!(asked(&app, ROCKET), [""; 0], "without a token nothing is read, and nothing proven");
    }
}

#[tokio::test]
async fn an_app_that_cannot_mint_leaves_it_to_the_next_identity() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.admin().post("/v1/admin/pools/team/identities", &crate::support::pat("p1")).await.ok(201);
    app.secrets.remove("OCTOPOOL_APP_KEY");
    app.github.fault(Fault::on("GET", LANGUAGES, Effect::respond(200, json!({"Rust": 1}))));
    let body = read(&app, &token, LANGUAGES).await.ok(200);
    assert_eq!(body["identity"]["id"], "p1");
}
