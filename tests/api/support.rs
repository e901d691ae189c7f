//! Sentences that many tests begin with.

use octopool_testkit::{Answer, TestApp};
use serde_json::{Value, json};

/// Provisions an account of the seed for a pool and answers its token.
pub(crate) async fn provision(app: &TestApp, login: &str, pool: &str) -> String {
    let answer = app.admin().post("/v1/admin/callers", &json!({"pool": pool, "github_login": login})).await;
    answer.ok(201)["token"].as_str().unwrap().to_owned()
}

/// Makes a named admin token, for one pool or for all.
pub(crate) async fn named_admin(app: &TestApp, name: &str, pool: Option<&str>) -> String {
    let answer = app.admin().post("/v1/admin/tokens", &json!({"name": name, "pool": pool})).await;
    answer.ok(201)["token"].as_str().unwrap().to_owned()
}

/// A path of the table of routes with its variables filled in.
pub(crate) fn filled(path: &str) -> String {
    path.replace("{pool}", "team")
        .replace("{id}", "p1")
        .replace("{caller}", "c1")
        .replace("{client}", "laptop")
        .replace("{token}", "ci")
}

/// Logs in with a GitHub token from a client.
pub(crate) async fn log_in(app: &TestApp, github_token: &str, client: &str) -> Answer {
    app.anon()
        .post("/v1/login/github-cli", &json!({"github_token": github_token, "client_name": client}))
        .await
}

/// A PAT identity that registers without warnings.
pub(crate) fn pat(id: &str) -> Value {
    json!({"id": id, "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": [{"owner": "acme"}]})
}

/// Whether the token opens the pool.
pub(crate) async fn opens(app: &TestApp, token: &str, pool: &str) -> bool {
    let answer = app.bearer(token).get(&format!("/v1/pools/{pool}/health")).await;
    if answer.status() == 200 {
        return true;
    }
    answer.expect(401, "invalid_auth");
    false
}

/// How many refusals the audit tells of.
pub(crate) fn refusals(app: &TestApp) -> i64 {
    app.database.value("SELECT count(*) FROM audit_events WHERE actor = 'anonymous'").as_i64().unwrap()
}
