//! Identities to verify, and how it is held that nobody asks GitHub more than three times.

use octopool_testkit::TestApp;
use octopool_testkit::github::{State, demo};
use serde_json::{Value, json};

use crate::support::pat;

pub(super) async fn register(app: &TestApp, body: &Value) {
    app.admin().post("/v1/admin/pools/team/identities", body).await.ok(201);
}

pub(super) fn pat_for(scopes: &[&str]) -> Value {
    json!({"id": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": scopes_of(scopes)})
}

pub(super) fn installation_for(scopes: &[&str]) -> Value {
    json!({
        "id": "app", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": demo::INSTALLATION, "scopes": scopes_of(scopes),
    })
}

pub(super) fn scopes_of(scopes: &[&str]) -> Vec<Value> {
    let split = |scope: &&str| scope.split_once('/').map(|(owner, repo)| (owner.to_owned(), repo.to_owned()));
    scopes
        .iter()
        .map(|scope| match split(scope) {
            Some((owner, repo)) => json!({"owner": owner, "repo": repo}),
            None => json!({"owner": scope}),
        })
        .collect()
}

pub(super) async fn registered(app: &TestApp) {
    register(app, &pat("pat")).await;
    register(app, &installation_for(&["acme"])).await;
}

/// Verifies, and holds the number of requests to GitHub.
pub(super) async fn verify(app: &TestApp, id: &str) -> Value {
    let before = app.github.requests().len();
    let answer =
        app.admin().post(&format!("/v1/admin/pools/team/identities/{id}/verify"), &json!({})).await.ok(200);
    let spent = app.github.requests().len() - before;
    assert!(spent <= 3, "{spent} requests");
    answer
}

/// The only check that failed: its name, problem and fix.
pub(super) async fn fault(app: &TestApp, id: &str) -> (String, String, String) {
    let answer = verify(app, id).await;
    assert_eq!(answer["ok"], false, "{answer}");
    let checks = answer["checks"].as_array().unwrap();
    let failed: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(failed.len(), 1, "{answer}");
    assert!(checks.iter().all(|check| check["ok"] == check.get("fix").is_none()), "{answer}");
    let text = |name: &str| failed[0][name].as_str().unwrap().to_owned();
    (text("check"), text("problem"), text("fix"))
}

/// What was asked of GitHub since the beginning.
pub(super) fn asked(app: &TestApp) -> Vec<String> {
    app.github.requests().iter().map(|request| request.path.clone()).collect()
}

pub(super) fn edit(app: &TestApp, edit: impl FnOnce(&mut State)) {
    app.github.edit(edit);
}
