//! Sentences that many tests begin with.

use octopool_core::{AuditContent, Timestamp};
use octopool_testkit::github::{Effect, demo};
use octopool_testkit::{Answer, TestApp, TestClock};
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
    path.replace("/gitignore/{*path}", "/gitignore/templates")
        .replace("/licenses/{*path}", "/licenses/mit")
        .replace("/orgs/{*path}", "/orgs/acme/repos")
        .replace("/repos/{*path}", "/repos/acme/rocket")
        .replace("/users/{*path}", "/users/mona")
        .replace("{pool}", "team")
        .replace("{id}", "p1")
        .replace("{caller}", "c1")
        .replace("{client}", "laptop")
        .replace("{*path}", "repos/acme/rocket")
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

/// A pool `team` with one PAT for `acme`, and a caller's token for it.
pub(crate) async fn team(app: &TestApp) -> String {
    let token = provision(app, "hubot", "team").await;
    app.admin().post("/v1/admin/pools/team/identities", &pat("p1")).await.ok(201);
    token
}

/// The PAT of the seed becomes one without scopes, which sees what everybody sees.
pub(crate) fn narrow(app: &TestApp) {
    let token = "ghp_narrow0000000000000000000000000000000";
    app.github.edit(|state| state.tokens.add_personal("narrow", token, demo::OCTOCAT, &[]));
    app.secrets.set("OCTOPOOL_PAT_MONA", token);
}

/// Registers an identity in `team`: `p1` with some of its fields changed.
pub(crate) async fn register(app: &TestApp, changes: Value) {
    let mut identity = pat("p1");
    identity.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    app.admin().post("/v1/admin/pools/team/identities", &identity).await.ok(201);
}

/// The App of the seed as an identity of `team`.
pub(crate) async fn register_app(app: &TestApp, id: &str, installation: u64) {
    let identity = json!({"id": id, "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
                          "installation_id": installation, "scopes": [{"owner": "acme"}]});
    app.admin().post("/v1/admin/pools/team/identities", &identity).await.ok(201);
}

/// Reads GitHub through `team`.
pub(crate) async fn read(app: &TestApp, token: &str, path: &str) -> Answer {
    read_with(app, token, path, json!({})).await
}

/// The same with more in the request.
pub(crate) async fn read_with(app: &TestApp, token: &str, path: &str, more: Value) -> Answer {
    let mut request = json!({"pool": "team", "method": "GET", "path": path});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.bearer(token).post("/v1/github/request", &request).await
}

/// Why the pool did not serve.
#[track_caller]
pub(crate) fn reason(answer: &Answer) -> String {
    assert_eq!((answer.status(), answer.code().as_str()), (424, "fallback_local"), "{}", answer.text());
    assert_eq!(answer.error().error.message, "Run this request with local GitHub credentials");
    answer.error().error.details.unwrap()["reason"].as_str().unwrap().to_owned()
}

/// What GitHub was asked, without what an admin's requests asked, as `METHOD path` by whom.
pub(crate) fn asked(app: &TestApp, path: &str) -> Vec<String> {
    let requests = app.github.requests();
    let requests = requests.iter().filter(|request| request.path == path);
    requests.map(|request| request.token.clone().unwrap_or_else(|| request.principal.to_string())).collect()
}

/// GitHub's answer to one who has used up the budget, which is filled again in so many seconds.
pub(crate) fn depleted(seconds: u64) -> Effect {
    let reset = TestClock::seconds_really() + seconds;
    Effect::status(403)
        .with_header("x-ratelimit-remaining", "0")
        .with_header("x-ratelimit-reset", &reset.to_string())
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
    app.database
        .value("SELECT count(*) FROM audit_events WHERE action GLOB 'auth.*' OR action = 'login.refused'")
        .as_i64()
        .unwrap()
}

/// Writes many rows of the audit as a Worker would have, and has them chained by walks.
pub(crate) async fn write_long_audit(app: &TestApp, rows: i64, from: i64) {
    write_audit_rows(app, rows, from);
    while unchained(app) != 0 {
        assert_eq!(app.admin().get("/v1/admin/audit/verify").await.ok(200)["ok"], true);
    }
}

/// How many rows of the audit have no digest yet.
pub(crate) fn unchained(app: &TestApp) -> i64 {
    app.database.value("SELECT count(*) FROM audit_events WHERE digest IS NULL").as_i64().unwrap()
}

/// Writes many rows of the audit as a Worker would have, one a millisecond from a time on.
pub(crate) fn write_audit_rows(app: &TestApp, rows: i64, from: i64) {
    let digests: Vec<_> = (1..=rows)
        .map(|number| {
            let content = AuditContent {
                at: Timestamp::from_millis(from + number),
                actor: "admin",
                action: "caller.provision",
                pool: Some("team"),
                subject: Some(&format!("c{number}")),
                request_id: &format!("r{number}"),
                detail: &format!("{{\"n\":{number}}}"),
            };
            content.digest()
        })
        .collect();
    // A statement of SQLite's ends at 100 kB or so.
    for (page, digests) in digests.chunks(1000).enumerate() {
        let before = page * 1000;
        let insert = format!(
            "INSERT INTO audit_events (at, actor, action, pool_id, subject, request_id, detail, content_digest) \
             SELECT {from} + n, 'admin', 'caller.provision', 'team', 'c' || n, 'r' || n, json_object('n', n), digest \
             FROM (SELECT {before} + key + 1 AS n, value AS digest FROM json_each('{}')) ORDER BY n",
            json!(digests)
        );
        app.database.execute(&insert).unwrap();
    }
}
