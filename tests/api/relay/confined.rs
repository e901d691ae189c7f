//! An App's token is confined to the repository that is read, and the answer to its mint is a
//! proof.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{
    ACME, INSTALLATION, ROCKET as ROCKET_ID, SECRET_PLANS, SUSPENDED_INSTALLATION, UMBRELLA,
};
use octopool_testkit::github::model::apps::{Installation, Selection};
use octopool_testkit::github::model::tokens::Grant;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{asked, pat, provision, read, read_with, reason, register_app};

const ROCKET: &str = "/repos/acme/rocket";
const LANGUAGES: &str = "/repos/acme/rocket/languages";

fn mint_path(installation: u64) -> String {
    format!("/app/installations/{installation}/access_tokens")
}

fn mints(app: &TestApp, installation: u64) -> usize {
    let path = mint_path(installation);
    app.github.requests().iter().filter(|request| request.path == path).count()
}

/// What the minted tokens cover, in order.
fn covered(app: &TestApp) -> Vec<Selection> {
    app.github.edit(|state| {
        let grants = state.tokens.iter().map(|token| token.grant.clone());
        let covered = grants.filter_map(|grant| match grant {
            Grant::Installation { repositories, .. } => Some(repositories),
            Grant::Personal { .. } => None,
        });
        covered.collect()
    })
}

fn minted(repositories: &Value) -> Effect {
    let body = json!({"token": "ghs_canary", "expires_at": "2100-01-01T00:00:00Z", "permissions": {"contents": "read", "metadata": "read"},
                      "repository_selection": "selected", "repositories": repositories});
    Effect::respond(201, body)
}

async fn team(app: &TestApp) -> String {
    let token = provision(app, "hubot", "team").await;
    register_app(app, "a1", INSTALLATION).await;
    token
}

/// Time passes here and at GitHub.
fn advance(app: &TestApp, seconds: u64) {
    app.clock.advance(Duration::from_secs(seconds));
    app.github.edit(|state| state.clock.offset += i64::try_from(seconds).unwrap());
}

fn fresh() -> Value {
    json!({"headers": {"cache-control": "max-age=0"}})
}

#[tokio::test]
async fn a_repository_is_read_with_a_token_of_its_own() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    for path in [ROCKET, LANGUAGES, "/repos/acme/website"] {
        read(&app, &token, path).await.ok(200);
    }
    let one = |id| Selection::Selected([id].into());
    assert_eq!(covered(&app), [one(ROCKET_ID), one(octopool_testkit::github::demo::WEBSITE)]);
    assert_eq!(asked(&app, ROCKET).len(), 1);
}

#[tokio::test]
async fn a_mint_that_says_private_is_a_negative_proof() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    assert_eq!(reason(&read(&app, &token, "/repos/acme/secret-plans").await), "repo_not_public");
    assert_eq!(mints(&app, INSTALLATION), 1);
    assert_eq!(asked(&app, "/repos/acme/secret-plans"), [""; 0], "nothing of it was read");
    app.new_isolate();
    assert_eq!(reason(&read(&app, &token, "/repos/acme/secret-plans/languages").await), "repo_not_public");
    assert_eq!(mints(&app, INSTALLATION), 1, "it is written down");
    let proof = "SELECT public FROM repository_proofs WHERE repository = 'acme/secret-plans'";
    assert_eq!(app.database.value(proof), 0);
}

#[tokio::test]
async fn a_repository_that_turns_private_is_denied_by_the_next_mint_also_what_is_cached() {
    let app = TestApp::with("PUBLIC_REPO_TTL_SECONDS", "100000").start().await;
    let token = team(&app).await;
    read(&app, &token, LANGUAGES).await.ok(200);
    app.github.edit(|state| state.repositories.set_private(ROCKET_ID, true)).unwrap();
    advance(&app, 3600);
    assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_not_public", "the token was renewed");
    for isolate in 0..2 {
        assert_eq!(reason(&read(&app, &token, LANGUAGES).await), "repo_not_public", "{isolate}");
        app.new_isolate();
    }
}

#[tokio::test]
async fn a_name_that_github_refuses_concerns_that_repository_only() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    let scopes = json!({"id": "a1", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": INSTALLATION, "scopes": [{"owner": "acme", "repo": "rocket"}, {"owner": "acme", "repo": "gone"},
                                                    {"owner": "acme", "repo": "website"}]});
    app.admin().post("/v1/admin/pools/team/identities", &scopes).await.ok(201);
    app.github.edit(|state| {
        let one = Selection::Selected([ROCKET_ID].into());
        state.installations.edit(INSTALLATION).unwrap().repositories = one;
    });
    assert_eq!(reason(&read(&app, &token, "/repos/acme/gone").await), "repo_not_public");
    assert_eq!(reason(&read(&app, &token, "/repos/acme/website").await), "no_identity", "it is not selected");
    read(&app, &token, ROCKET).await.ok(200);
    let before = mints(&app, INSTALLATION);
    for path in ["/repos/acme/website", "/repos/acme/website/languages"] {
        assert_eq!(reason(&read(&app, &token, path).await), "no_identity");
    }
    assert_eq!(mints(&app, INSTALLATION), before, "it is not asked for again at once");
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!(health["identities_healthy"], 1, "nobody cools down");
    app.github.edit(|state| {
        state.installations.edit(INSTALLATION).unwrap().repositories = Selection::All;
    });
    advance(&app, 120);
    read(&app, &token, "/repos/acme/website").await.ok(200);
}

#[tokio::test]
async fn what_an_installation_does_not_cover_the_next_identity_serves() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    for status in [422, 404] {
        app.github.fault(Fault::on("POST", &mint_path(INSTALLATION), Effect::status(status)).once());
        let body = read_with(&app, &token, ROCKET, fresh()).await.ok(200);
        assert_eq!(body["identity"]["id"], "p1", "{status}");
        let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
        assert_eq!(health["identities_healthy"], 2, "{status}");
        advance(&app, 1000);
    }
}

#[tokio::test]
async fn a_token_that_is_not_what_was_asked_for_is_not_used() {
    let rocket = |private: Value| json!({"full_name": "acme/rocket", "private": private});
    let permissions = |permissions: Value| {
        let body = json!({"token": "ghs_canary", "expires_at": "2100-01-01T00:00:00Z", "permissions": permissions,
                          "repositories": [{"full_name": "acme/rocket", "private": false}]});
        Effect::respond(201, body)
    };
    for (effect, expected) in [
        (minted(&json!([rocket(json!(true))])), "repo_not_public"),
        (minted(&json!([])), "github_app_token_failed"),
        (
            minted(&json!([rocket(json!(false)), {"full_name": "acme/secret-plans", "private": true}])),
            "github_app_token_failed",
        ),
        (minted(&json!([{"full_name": "umbrella/rocket", "private": false}])), "no_identity"),
        (minted(&json!([{"full_name": "acme/other", "private": false}])), "no_identity"),
        (permissions(json!({"contents": "write", "metadata": "read"})), "github_app_token_failed"),
        (permissions(json!({"administration": "read", "metadata": "read"})), "github_app_token_failed"),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("POST", &mint_path(INSTALLATION), effect.clone()));
        let answer = read(&app, &token, ROCKET).await;
        let got = if answer.status() == 424 { reason(&answer) } else { answer.code() };
        assert_eq!(got, expected, "{effect:?}");
        let spent = app
            .github
            .requests()
            .iter()
            .any(|request| request.path == ROCKET && request.token.as_deref() != Some("org"));
        assert!(!spent, "{effect:?}");
    }
}

#[tokio::test]
async fn a_mint_that_does_not_list_the_repository_is_no_proof() {
    for listed in [Value::Null, json!([{"full_name": "acme/rocket"}])] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("POST", &mint_path(INSTALLATION), minted(&listed)).once());
        app.github.edit(|state| state.repositories.set_private(ROCKET_ID, true)).unwrap();
        assert_eq!(reason(&read(&app, &token, ROCKET).await), "repo_not_public");
        assert_eq!(asked(&app, ROCKET), ["org"], "the proof was asked for as ever");
    }
}

#[tokio::test]
async fn permissions_that_are_not_granted_are_asked_for_once() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| {
        let permissions = &mut state.installations.edit(INSTALLATION).unwrap().permissions;
        permissions.retain(|name, _| name == "metadata" || name == "contents");
    });
    read(&app, &token, ROCKET).await.ok(200);
    assert_eq!(mints(&app, INSTALLATION), 2, "refused, and then narrower");
    assert_eq!(asked(&app, &format!("/app/installations/{INSTALLATION}")).len(), 1);
    read(&app, &token, "/repos/acme/website").await.ok(200);
    assert_eq!(mints(&app, INSTALLATION), 3, "it is remembered");
    assert_eq!(asked(&app, &format!("/app/installations/{INSTALLATION}")).len(), 1);
}

#[tokio::test]
async fn a_mints_limits_count() {
    for (effect, seconds, expected) in [
        (Effect::status(403).with_header("retry-after", "300"), 300, "github_rate_limited"),
        (Effect::status(429).with_header("retry-after", "300"), 300, "github_rate_limited"),
        (Effect::SecondaryLimit { status: 403, retry_after: None }, 60, "github_rate_limited"),
    ] {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.github.fault(Fault::on("POST", &mint_path(INSTALLATION), effect).once());
        assert_eq!(reason(&read(&app, &token, ROCKET).await), expected);
        advance(&app, seconds - 1);
        assert_eq!(reason(&read(&app, &token, "/repos/acme/website").await), "identities_cooling_down");
        advance(&app, 1);
        read(&app, &token, "/repos/acme/website").await.ok(200);
    }
}

#[tokio::test]
async fn routes_without_a_repository_are_read_with_a_token_of_a_public_one() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    read(&app, &token, "/users/octocat").await.ok(200);
    read(&app, &token, "/users/mona").await.ok(200);
    let by: Vec<_> =
        app.github.requests().into_iter().filter(|it| it.path.starts_with("/users/octo")).collect();
    assert_eq!(by.len(), 1);
    let last = covered(&app).pop().unwrap();
    let Selection::Selected(ids) = &last else { panic!("{last:?}") };
    assert!(ids.len() == 1 && !ids.contains(&SECRET_PLANS), "{ids:?}");
    assert_eq!(mints(&app, INSTALLATION), 2, "one that sees names, and one that is confined");
    app.new_isolate();
    read(&app, &token, "/users/hubot").await.ok(200);
    assert_eq!(mints(&app, INSTALLATION), 2, "it is shared");
}

#[tokio::test]
async fn an_installation_without_a_public_repository_does_not_serve_routes_without_one() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| {
        let private = Selection::Selected([SECRET_PLANS].into());
        state.installations.edit(INSTALLATION).unwrap().repositories = private;
    });
    assert_eq!(reason(&read(&app, &token, "/users/octocat").await), "no_identity");
    assert_eq!(asked(&app, "/users/octocat"), [""; 0]);
    let health = app.bearer(&token).get("/v1/pools/team/health").await.ok(200);
    assert_eq!(health["identities_healthy"], 1);
}

#[tokio::test]
async fn a_token_belongs_to_its_installation_secret_app_and_pool() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| {
        let acme = state.installations.get(INSTALLATION).unwrap().clone();
        state.installations.add(Installation { id: 77_003, ..acme });
    });
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!((mints(&app, INSTALLATION), mints(&app, 77_003)), (1, 0));
    app.admin()
        .patch("/v1/admin/pools/team/identities/a1", None, &json!({"installation_id": 77_003}))
        .await
        .ok(200);
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!((mints(&app, INSTALLATION), mints(&app, 77_003)), (1, 1), "another installation");
    let client_id = "Iv23liOctopoolAcme01";
    let name_app = async |app_id: &str| {
        let change = json!({"app_id": app_id});
        app.admin().patch("/v1/admin/pools/team/identities/a1", None, &change).await.ok(200)
    };
    name_app(client_id).await;
    advance(&app, 1);
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!(mints(&app, 77_003), 2, "another App of the identity");
    app.secrets.set("OCTOPOOL_GITHUB_APP_ID", client_id);
    name_app("").await;
    advance(&app, 1);
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!(mints(&app, 77_003), 2, "the same App, now the deployment's");
    let key = app.credentials.app_private_key_pem.clone();
    app.secrets.set("OCTOPOOL_APP_KEY", &key.replace('\n', "\\n"));
    advance(&app, 1);
    read_with(&app, &token, ROCKET, fresh()).await.ok(200);
    assert_eq!(mints(&app, 77_003), 3, "another secret");
    app.admin().delete("/v1/admin/pools/team/identities/a1").await;
    let other = provision(&app, "hubot", "other").await;
    let identity = json!({"id": "a1", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
                          "installation_id": 77_003, "scopes": [{"owner": "acme"}]});
    app.admin().post("/v1/admin/pools/other/identities", &identity).await.ok(201);
    let read = json!({"pool": "other", "method": "GET", "path": ROCKET});
    app.bearer(&other).post("/v1/github/request", &read).await.ok(200);
    assert_eq!(mints(&app, 77_003), 4, "another pool");
}

#[tokio::test]
async fn a_burst_of_new_repositories_is_no_burst_of_mints() {
    let app = TestApp::start().await;
    let token = team(&app).await;
    app.github.edit(|state| {
        for number in 0..30 {
            state.repositories.add(8000 + number, ACME, &format!("r{number}"), false).unwrap();
        }
    });
    let paths: Vec<_> = (0..30).map(|number| format!("/repos/acme/r{number}")).collect();
    let answers = futures_util::future::join_all(paths.iter().map(|path| read(&app, &token, path))).await;
    let (served, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status() == 200);
    assert!(served.len() >= 10, "{}", served.len());
    assert!(mints(&app, INSTALLATION) <= 14, "{}", mints(&app, INSTALLATION));
    for answer in &refused {
        assert_eq!(reason(answer), "identities_cooling_down");
    }
    advance(&app, 60);
    read(&app, &token, "/repos/acme/r29").await.ok(200);
}

#[tokio::test]
async fn a_suspended_installation_takes_its_identity_out() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    let identity = json!({"id": "a2", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
                          "installation_id": SUSPENDED_INSTALLATION, "scopes": [{"owner": "umbrella"}, {"owner": "acme"}]});
    app.admin().post("/v1/admin/pools/team/identities", &identity).await.ok(201);
    app.github.edit(|state| state.repositories.add(6000, UMBRELLA, "engine", false)).unwrap();
    read(&app, &token, ROCKET).await.expect(502, "github_app_token_failed");
    assert_eq!(reason(&read(&app, &token, "/repos/acme/website").await), "identities_cooling_down");
}
