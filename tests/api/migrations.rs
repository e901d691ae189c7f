//! A database without tables, or with some of them: every answer names the command that helps.

use octopool_testkit::{TestApp, migrations};
use serde_json::json;

use crate::support::{log_in, pat, provision, register};

const COMMAND: &str = "npx wrangler d1 migrations apply DB --remote";

fn drop_everything(app: &TestApp) {
    app.tamper_with_the_audit();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    for table in app.database.rows(tables) {
        let drop = format!("PRAGMA foreign_keys = OFF; DROP TABLE {}", table["name"].as_str().unwrap());
        app.database.execute(&drop).unwrap();
    }
}

#[tokio::test]
async fn every_route_that_reads_the_database_names_the_command() {
    let app = TestApp::start().await;
    let token = provision(&app, "hubot", "team").await;
    register(&app, json!({})).await;
    drop_everything(&app);
    app.new_isolate();
    let caller = app.bearer(&token);
    let read = json!({"pool": "team", "method": "GET", "path": "/repos/acme/rocket"});
    let answers = [
        app.admin().get("/v1/admin/pools").await,
        app.admin().get("/v1/admin/callers").await,
        app.admin().get("/v1/admin/audit").await,
        app.admin().get("/v1/admin/state").await,
        app.admin().get("/v1/admin/pools/team/identities/p1").await,
        app.admin().post("/v1/admin/pools/team/identities", &pat("p2")).await,
        app.admin().post("/v1/admin/callers", &json!({"pool": "team", "github_login": "hubot"})).await,
        app.admin().post("/v1/admin/tokens", &json!({"name": "ci"})).await,
        log_in(&app, &app.credentials.tokens.hubot, "laptop").await,
        caller.get("/v1/pools/team/health").await,
        caller.get("/v1/pools/team/stats").await,
        caller.post("/v1/github/request", &read).await,
        caller.get("/api/v3/repos/acme/rocket").await,
    ];
    for answer in answers {
        let answer = answer.expect(503, "migrations_missing");
        assert!(answer.text().contains(COMMAND), "{}", answer.text());
    }
    let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
    let checks = doctor["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == "migrations_applied").unwrap();
    assert_eq!((&check["ok"], &check["fix"]), (&json!(false), &json!(COMMAND)), "{doctor}");
}

#[tokio::test]
async fn a_database_that_lacks_the_newest_columns_says_the_same() {
    for (drop, statement) in [
        (
            "callers.revision",
            "DROP TRIGGER IF EXISTS callers_revision; ALTER TABLE callers DROP COLUMN revision",
        ),
        ("caller_tokens.pool_id", "ALTER TABLE caller_tokens DROP COLUMN pool_id"),
    ] {
        let app = TestApp::start().await;
        let token = provision(&app, "hubot", "team").await;
        // Triggers name the column, and SQLite keeps a column that something names.
        let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        for trigger in app.database.rows(triggers) {
            let drop = format!("DROP TRIGGER {}", trigger["name"].as_str().unwrap());
            app.database.execute(&drop).unwrap();
        }
        app.database.execute(statement).unwrap();
        app.new_isolate();
        let answers = [
            app.admin().get("/v1/admin/callers").await,
            app.bearer(&token).get("/v1/pools/team/health").await,
        ];
        let missing = answers.iter().filter(|answer| answer.code() == "migrations_missing").count();
        assert!(missing > 0, "{drop}: {}", answers[0].text());
        assert!(answers.iter().all(|answer| answer.status() != 500), "{drop}");
    }
}

#[tokio::test]
async fn a_half_migrated_database_never_fails_without_a_reason() {
    for count in 1..migrations().len() {
        let app = TestApp::start().await;
        drop_everything(&app);
        app.database.execute("PRAGMA foreign_keys = ON").unwrap();
        migrations()[..count].iter().for_each(|file| app.database.apply(file));
        for path in ["pools", "callers", "audit", "state", "tokens"] {
            let answer = app.admin().get(&format!("/v1/admin/{path}")).await;
            assert!(
                answer.status() == 200 || answer.code() == "migrations_missing",
                "{count}, {path}: {}",
                answer.text()
            );
        }
        let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
        assert!(doctor.to_string().contains(COMMAND), "{count}: {doctor}");
    }
}
