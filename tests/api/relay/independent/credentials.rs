//! A credential that somebody pasted where a name, a search or a parameter belongs: it is kept
//! nowhere.

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::INSTALLATION;
use octopool_testkit::github::{Effect, Fault};
use serde_json::json;

use crate::support::{provision, read_with, register_app};

/// One of each form.
fn credentials() -> [String; 5] {
    [
        format!("ghp_{}", "a1B2".repeat(9)),
        format!("github_pat_11AAAAAAA0{}_{}", "a1B2".repeat(3), "a1B2".repeat(15)),
        format!("ghs_{}", "c3D4".repeat(9)),
        format!("op_{}", "e5F6".repeat(11)),
        "0123456789abcdef0123456789abcdef01234567".to_owned(),
    ]
}

#[track_caller]
fn is_nowhere(app: &TestApp, credential: &str, about: &str) {
    let log: String = app.log.events().iter().map(ToString::to_string).collect();
    let kept = [app.database.dump(), app.edge_cache.dump(), app.coordinators.dump(), log].concat();
    let kept = kept.to_lowercase();
    let at = kept.find(&credential.to_lowercase());
    assert!(at.is_none(), "{about} is kept: {}", &kept[at.unwrap_or_default().saturating_sub(200)..]);
}

#[tokio::test]
async fn a_credential_is_no_name() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    register_app(&app, "a1", INSTALLATION).await;
    let policy = json!({"policy": {"allowed_owners": ["acme"], "allow_search": true}});
    app.admin().patch("/v1/admin/pools/team", None, &policy).await.ok(200);
    for credential in credentials() {
        for path in
            ["/repos/acme/{}", "/repos/acme/{}/pulls", "/repos/{}/rocket", "/users/{}", "/orgs/{}/repos"]
        {
            let path = path.replace("{}", &credential);
            let answer = read_with(&app, &token, &path, json!({})).await;
            assert!([424, 400].contains(&answer.status()), "{path} {}", answer.text());
            assert!(!answer.text().contains(&credential), "{}", answer.text());
            is_nowhere(&app, &credential, &path);
        }
    }
}

/// GitHub's `link` repeats the parameters, and is kept with the answer.
#[tokio::test]
async fn a_credential_in_a_parameter_is_not_kept() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    register_app(&app, "a1", INSTALLATION).await;
    let policy = json!({"policy": {"allowed_owners": ["acme"], "allow_search": true}});
    app.admin().patch("/v1/admin/pools/team", None, &policy).await.ok(200);
    for credential in credentials().into_iter().take(4) {
        for (path, query) in [
            ("/search/issues", json!({"q": format!("repo:acme/rocket {credential}")})),
            ("/search/issues", json!({"q": format!("repo:acme/rocket \"{credential}\" is:open")})),
            ("/repos/acme/rocket/issues", json!({"creator": credential})),
            ("/repos/acme/rocket/commits", json!({"author": credential, "sha": "main"})),
            ("/repos/acme/rocket/contents/README.md", json!({"ref": credential})),
        ] {
            let link = format!("<https://api.github.com{path}?x={credential}&page=2>; rel=\"next\"");
            let effect = Effect::headers().with_header("link", &link);
            app.github.fault(Fault::on("GET", path, effect));
            let answer = read_with(&app, &token, path, json!({"query": query})).await;
            assert_eq!(answer.status(), 424, "{path} {}", answer.text());
            is_nowhere(&app, &credential, path);
        }
    }
}
