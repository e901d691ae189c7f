//! A database that lacks any one of its tables or columns: nothing is an unexplained 500.

use octopool_testkit::TestApp;
use serde_json::{Value, json};

use crate::support::{log_in, pat, team};

const COMMAND: &str = "npx wrangler d1 migrations apply DB --remote";

fn tables(app: &TestApp) -> Vec<String> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    app.database.rows(tables).iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

async fn answers(app: &TestApp, token: &str) -> Vec<(&'static str, octopool_testkit::Answer)> {
    let caller = app.bearer(token);
    let admin = app.admin();
    let read = json!({"pool": "team", "method": "GET", "path": "/repos/acme/rocket"});
    let graphql = json!({"query": "query { viewer { login } }"});
    let desired: Value = json!({"desired": {"pools": {}, "callers": {}}});
    let mona = json!({"pool": "team", "github_login": "mona"});
    vec![
        ("pools", admin.get("/v1/admin/pools").await),
        ("pool", admin.get("/v1/admin/pools/team").await),
        ("identities", admin.get("/v1/admin/pools/team/identities").await),
        ("identity", admin.get("/v1/admin/pools/team/identities/p1").await),
        ("verify", admin.post("/v1/admin/pools/team/identities/p1/verify", &json!({})).await),
        ("callers", admin.get("/v1/admin/callers").await),
        ("caller", admin.get("/v1/admin/callers/c1").await),
        ("tokens", admin.get("/v1/admin/tokens").await),
        ("audit", admin.get("/v1/admin/audit").await),
        ("audit verify", admin.get("/v1/admin/audit/verify").await),
        ("state", admin.get("/v1/admin/state").await),
        ("plan", admin.post("/v1/admin/plan", &desired).await),
        ("register", admin.post("/v1/admin/pools/team/identities", &pat("p2")).await),
        (
            "register once",
            admin.post_once("/v1/admin/pools/team/identities", "key-of-a-test", &pat("p3")).await,
        ),
        ("provision", admin.post("/v1/admin/callers", &mona).await),
        ("policy", admin.patch("/v1/admin/pools/team", None, &json!({"policy": {}})).await),
        ("delete", admin.delete("/v1/admin/pools/team/identities/p1").await),
        ("a named admin", app.bearer(&format!("opa_{}", "A".repeat(43))).get("/v1/admin/pools").await),
        ("a wrong admin", app.bearer("wrong").get("/v1/admin/pools").await),
        ("login", log_in(app, &app.credentials.tokens.hubot, "laptop").await),
        ("health", caller.get("/v1/pools/team/health").await),
        ("stats", caller.get("/v1/pools/team/stats").await),
        ("rewrites", caller.get("/v1/pools/team/string-rewrites").await),
        ("read", caller.post("/v1/github/request", &read).await),
        ("rest", caller.get("/api/v3/repos/acme/rocket").await),
        ("user", caller.get("/api/v3/user").await),
        ("graphql", caller.post("/api/graphql", &graphql).await),
    ]
}

#[tokio::test]
async fn whichever_table_is_missing_nothing_is_an_internal_error() {
    for table in tables(&TestApp::start().await) {
        let app = TestApp::start().await;
        let token = team(&app).await;
        app.tamper_with_the_audit();
        app.database.execute(&format!("PRAGMA foreign_keys = OFF; DROP TABLE {table}")).unwrap();
        app.database.execute("PRAGMA foreign_keys = ON").unwrap();
        app.new_isolate();
        for (what, answer) in answers(&app, &token).await {
            assert_ne!(answer.status(), 500, "without {table}, {what}: {}", answer.text());
            assert_ne!(answer.code(), "internal_error", "without {table}, {what}: {}", answer.text());
            let is_told = answer.text().contains(COMMAND);
            assert_eq!(answer.code() == "migrations_missing", is_told, "{table}, {what}: {}", answer.text());
        }
        app.maintain().await;
        let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
        assert_eq!(doctor["ok"], false, "without {table}");
        assert!(doctor.to_string().contains(COMMAND), "without {table}: {doctor}");
    }
}
