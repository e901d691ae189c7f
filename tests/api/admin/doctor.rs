//! `GET /v1/admin/doctor`: everything well, and each thing broken.

use std::path::PathBuf;
use std::time::Duration;

use octopool_testkit::github::{Effect, Fault, demo};
use octopool_testkit::{TestApp, migrations};
use octopool_worker::doctor::{MIGRATIONS, schema_version};
use serde_json::{Value, json};

use crate::support::{named_admin, pat};

const DOCTOR: &str = "/v1/admin/doctor";

async fn register(app: &TestApp, pool: &str, body: &Value) {
    app.admin().post(&format!("/v1/admin/pools/{pool}/identities"), body).await.ok(201);
}

fn installation(id: &str) -> Value {
    json!({
        "id": id, "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": demo::INSTALLATION, "scopes": [{"owner": "acme"}],
    })
}

/// A deployment with one identity of each kind.
async fn deployment() -> TestApp {
    let app = TestApp::start().await;
    register(&app, "team", &pat("mona")).await;
    register(&app, "other", &installation("app")).await;
    app
}

/// The checks that failed, as `check` or `check pool/id`. Each has a problem and a fix.
fn faults(answer: &Value) -> Vec<String> {
    let checks = answer["checks"].as_array().unwrap();
    let failed: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(answer["ok"], failed.is_empty(), "{answer}");
    assert!(failed.iter().all(|check| check["problem"].is_string() && check["fix"].is_string()), "{answer}");
    let name = |check: &&Value| match check["subject"].as_str() {
        Some(subject) => format!("{} {subject}", check["check"].as_str().unwrap()),
        None => check["check"].as_str().unwrap().to_owned(),
    };
    failed.iter().map(name).collect()
}

async fn examine(app: &TestApp) -> Vec<String> {
    faults(&app.admin().get(DOCTOR).await.ok(200))
}

#[tokio::test]
async fn a_deployment_that_is_well_says_what_was_looked_at() {
    let app = deployment().await;
    let answer = app.admin().get(DOCTOR).await.ok(200);
    assert_eq!(faults(&answer), [""; 0], "{answer}");
    let checks = answer["checks"].as_array().unwrap().iter();
    let names: Vec<_> =
        checks.map(|check| (check["check"].as_str().unwrap(), check["subject"].as_str())).collect();
    let deployment = [
        "configuration_valid",
        "database_reachable",
        "migrations_applied",
        "coordinator_reachable",
        "org_token_present",
        "org_token_accepted",
        "org_token_reads_members",
        "clock_agrees",
        "app_id_valid",
    ];
    assert_eq!(names[..9], deployment.map(|name| (name, None)));
    assert_eq!(names[9..], [("identity_works", Some("other/app")), ("identity_works", Some("team/mona"))]);
    assert_eq!(
        (&answer["version"], &answer["next_cursor"]),
        (&json!(env!("CARGO_PKG_VERSION")), &Value::Null)
    );
    assert_eq!(answer["schema_version"], schema_version());
    assert_eq!(app.github.requests().len(), 7, "two for the org token, three for a PAT, two for an App");
}

#[tokio::test]
async fn an_admin_of_one_pool_is_told_of_its_identities_only() {
    let app = deployment().await;
    for id in ["nora", "olga"] {
        register(&app, "team", &pat(id)).await;
    }
    // Everything that is not its business is broken.
    app.coordinators.overload(true);
    app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
    app.secrets.remove("OCTOPOOL_APP_KEY");
    app.database.execute("DROP TABLE usage_minutes").unwrap();
    let token = named_admin(&app, "lead", Some("team")).await;
    let admin = app.bearer(&token);
    let mut path = format!("{DOCTOR}?pool=team&limit=2");
    for (identities, more) in [(vec!["team/mona", "team/nora"], true), (vec!["team/olga"], false)] {
        let answer = admin.get(&path).await.ok(200);
        assert_eq!(faults(&answer), [""; 0], "{answer}");
        let checks = answer["checks"].as_array().unwrap().iter();
        let checks: Vec<_> = checks.map(|check| (&check["check"], &check["subject"])).collect();
        let expected: Vec<_> = identities.iter().map(|id| (json!("identity_works"), json!(id))).collect();
        assert!(checks.into_iter().eq(expected.iter().map(|(check, id)| (check, id))), "{answer}");
        assert_eq!(answer["next_cursor"].is_string(), more);
        path = format!("{path}&cursor={}", answer["next_cursor"].as_str().unwrap_or_default());
    }
    app.secrets.remove("OCTOPOOL_PAT_MONA");
    let answer = admin.get(&format!("{DOCTOR}?pool=team&limit=1")).await.ok(200);
    assert_eq!(faults(&answer), ["secret_present team/mona"]);
    for query in ["", "?pool=other", "?pool=none", "?limit=1"] {
        admin.get(&format!("{DOCTOR}{query}")).await.expect(403, "pool_denied");
    }
    let new = named_admin(&app, "new", Some("new")).await;
    app.bearer(&new).get(&format!("{DOCTOR}?pool=new")).await.expect(404, "pool_not_found");
}

#[tokio::test]
async fn an_empty_deployment_is_well() {
    let app = TestApp::start().await;
    app.secrets.remove("OCTOPOOL_GITHUB_APP_ID");
    assert_eq!(examine(&app).await, [""; 0]);
}

#[tokio::test]
async fn a_database_that_does_not_answer() {
    let app = deployment().await;
    app.database.overload();
    assert_eq!(examine(&app).await, ["database_reachable"]);
    assert_eq!(app.log.events()[0]["task"], "doctor", "the cause is in the log");
}

/// Makes the database one to which only the first so many migrations were applied, by hand.
fn migrate(app: &TestApp, count: usize) {
    // Without its rows there is no chain to follow.
    app.tamper_with_the_audit();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    for table in app.database.rows(tables) {
        let drop = format!("PRAGMA foreign_keys = OFF; DROP TABLE {}", table["name"].as_str().unwrap());
        app.database.execute(&drop).unwrap();
    }
    app.database.execute("PRAGMA foreign_keys = ON").unwrap();
    migrations()[..count].iter().for_each(|file| app.database.apply(file));
}

/// Notes migrations as `wrangler d1 migrations apply` does
/// (<https://developers.cloudflare.com/d1/reference/migrations/>).
fn note<'a>(app: &TestApp, names: impl IntoIterator<Item = &'a str>) {
    let table = "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, \
                 name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";
    app.database.execute(table).unwrap();
    for name in names {
        let note = format!("INSERT INTO d1_migrations (name) VALUES ('{name}')");
        app.database.execute(&note).unwrap();
    }
}

fn names() -> Vec<String> {
    let name = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().into_owned();
    migrations().iter().map(name).collect()
}

/// What the check of the migrations says: nothing if they are applied, or the problem and the fix.
async fn migrations_check(app: &TestApp) -> Option<(String, String)> {
    let answer = app.admin().get(DOCTOR).await.ok(200);
    let mut checks = answer["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["check"] == "migrations_applied").unwrap();
    let text = |name: &str| check[name].as_str().unwrap().to_owned();
    (check["ok"] == false).then(|| (text("problem"), text("fix")))
}

fn lacking(missing: &[String]) -> (String, String) {
    let problem = format!("These migrations are not applied: {}.", missing.join(", "));
    (problem, "npx wrangler d1 migrations apply DB --remote".to_owned())
}

#[test]
fn the_build_knows_every_migration() {
    assert_eq!(MIGRATIONS.iter().map(|migration| migration.name).collect::<Vec<_>>(), names());
    assert_eq!(format!("{}.sql", schema_version()), *names().last().unwrap());
}

#[tokio::test]
async fn every_migration_that_is_not_applied_is_named() {
    let (app, names) = (TestApp::start().await, names());
    for count in 0..names.len() {
        migrate(&app, count);
        assert_eq!(migrations_check(&app).await, Some(lacking(&names[count..])), "{count} are applied");
        // Wrangler's own list says the same.
        note(&app, names[..count].iter().map(String::as_str));
        assert_eq!(migrations_check(&app).await, Some(lacking(&names[count..])), "{count} are noted");
    }
    migrate(&app, names.len());
    assert_eq!(migrations_check(&app).await, None);
    note(&app, names.iter().map(String::as_str));
    assert_eq!(migrations_check(&app).await, None);
}

#[tokio::test]
async fn a_migration_that_is_missing_between_others_is_named() {
    let (app, names) = (TestApp::start().await, names());
    // Those that need nothing of the ones between them and the first.
    for missing in ["0010_create_admin_tokens.sql", "0012_create_audit_cuts.sql", "0018_sign_audit_head.sql"]
    {
        migrate(&app, 0);
        for (file, name) in migrations().iter().zip(&names) {
            if name != missing {
                app.database.apply(file);
            }
        }
        assert_eq!(migrations_check(&app).await, Some(lacking(&[missing.to_owned()])));
    }
}

#[tokio::test]
async fn what_is_there_decides_and_not_what_is_noted() {
    let (app, names) = (TestApp::start().await, names());
    migrate(&app, names.len() - 2);
    note(&app, names.iter().map(String::as_str));
    assert_eq!(
        migrations_check(&app).await,
        Some(lacking(&names[names.len() - 2..])),
        "noted and not applied"
    );
    migrate(&app, names.len());
    note(&app, names[..3].iter().map(String::as_str));
    assert_eq!(migrations_check(&app).await, None, "applied and not noted");
    for (dropped, by) in [
        ("DROP TABLE usage_minutes", "0004_create_relay_tables.sql, 0016_bound_relay_tables.sql"),
        ("DROP INDEX callers_by_account", "0001_create_registry.sql"),
        ("DROP TRIGGER repository_proofs_deleted", "0016_bound_relay_tables.sql"),
        ("ALTER TABLE caller_tokens DROP COLUMN pool_id", "0013_bind_caller_tokens.sql"),
    ] {
        migrate(&app, names.len());
        app.database.execute(dropped).unwrap();
        assert_eq!(migrations_check(&app).await, Some(lacking(&[by.to_owned()])), "{dropped}");
    }
}

#[tokio::test]
async fn a_database_that_is_newer_than_the_worker() {
    let (app, names) = (TestApp::start().await, names());
    note(&app, names.iter().map(String::as_str));
    note(&app, ["9998_add_more.sql", "9999_do_more.sql"]);
    app.database.execute("CREATE TABLE more (id INTEGER, at INTEGER) STRICT").unwrap();
    let (problem, fix) = migrations_check(&app).await.unwrap();
    assert_eq!(
        problem,
        "The database has 2 migrations that this Worker does not know: it is newer than the Worker."
    );
    assert_eq!(fix, "npm run deploy  # from a current checkout");
    // Without wrangler's list it is not known what else there should be.
    app.database.execute("DROP TABLE d1_migrations").unwrap();
    assert_eq!(migrations_check(&app).await, None);
}

#[tokio::test]
async fn a_coordinator_that_does_not_answer() {
    let app = deployment().await;
    app.coordinators.overload(true);
    assert_eq!(examine(&app).await, ["coordinator_reachable"]);
}

#[tokio::test]
async fn an_org_token_that_is_missing_blank_rejected_or_blind() {
    let app = deployment().await;
    let set = |value: &str| app.secrets.set("OCTOPOOL_GITHUB_ORG_TOKEN", value);
    set(" ");
    assert_eq!(examine(&app).await, ["org_token_present"]);
    app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
    assert_eq!(examine(&app).await, ["org_token_present"]);
    set("ghp_revoked");
    assert_eq!(examine(&app).await, ["org_token_accepted"]);
    set(&app.credentials.tokens.mallory);
    assert_eq!(examine(&app).await, ["org_token_reads_members"], "an outsider");
    app.github.edit(|state| state.tokens.add_personal("blind", "ghp_canary_blind", demo::MONA, &[]));
    set("ghp_canary_blind");
    assert_eq!(examine(&app).await, ["org_token_reads_members"], "without read:org");
}

#[tokio::test]
async fn an_app_id_that_is_missing_or_no_number() {
    let app = deployment().await;
    app.secrets.set("OCTOPOOL_GITHUB_APP_ID", "octopool");
    assert_eq!(examine(&app).await, ["app_id_valid", "app_id_present other/app"]);
    app.secrets.remove("OCTOPOOL_GITHUB_APP_ID");
    assert_eq!(examine(&app).await, ["app_id_valid", "app_id_present other/app"]);
    app.admin()
        .patch("/v1/admin/pools/other/identities/app", None, &json!({"status": "disabled"}))
        .await
        .ok(200);
    assert_eq!(examine(&app).await, [""; 0], "who serves nobody needs no App");
}

#[tokio::test]
async fn a_clock_that_is_wrong() {
    let app = deployment().await;
    app.clock.advance(Duration::from_mins(15));
    assert_eq!(examine(&app).await, ["clock_agrees", "clock_agrees other/app"]);
}

#[tokio::test]
async fn an_identity_that_does_not_work_is_told_of_with_its_pool() {
    let app = deployment().await;
    app.secrets.remove("OCTOPOOL_PAT_MONA");
    app.github.edit(|state| state.installations.edit(demo::INSTALLATION).unwrap().suspended = true);
    assert_eq!(examine(&app).await, ["installation_active other/app", "secret_present team/mona"]);
    let answer = app.admin().get(&format!("{DOCTOR}?pool=team")).await.ok(200);
    assert_eq!(faults(&answer), ["secret_present team/mona"]);
}

#[tokio::test]
async fn a_github_that_is_down_is_waited_for_once() {
    let app = deployment().await;
    register(&app, "team", &pat("mona-2")).await;
    app.github.fault(Fault { method: None, ..Fault::on("GET", "*", Effect::status(503)) });
    assert_eq!(examine(&app).await, ["org_token_accepted", "identities_verified"]);
    assert_eq!(app.github.requests().len(), 1);
    app.github.clear_faults();
    app.github.fault(Fault { method: None, ..Fault::on("GET", "/app/*", Effect::DropConnection) });
    assert_eq!(examine(&app).await, ["installation_active other/app", "identities_verified"]);
}

#[tokio::test]
async fn identities_come_in_pages_and_the_deployment_with_the_first() {
    let app = TestApp::start().await;
    for number in 0..15 {
        register(&app, "team", &pat(&format!("p{number:02}"))).await;
    }
    app.secrets.remove("OCTOPOOL_PAT_MONA");
    let (mut path, mut seen, mut pages) = (DOCTOR.to_owned(), Vec::new(), 0);
    loop {
        let answer = app.admin().get(&path).await.ok(200);
        let first = answer["checks"][0]["check"] == "configuration_valid";
        assert_eq!(first, pages == 0, "{answer}");
        seen.extend(faults(&answer));
        pages += 1;
        let Some(cursor) = answer["next_cursor"].as_str() else { break };
        path = format!("{DOCTOR}?cursor={cursor}");
    }
    let all: Vec<_> = (0..15).map(|number| format!("secret_present team/p{number:02}")).collect();
    assert_eq!((seen, pages), (all, 2));
}

#[tokio::test]
async fn a_round_stays_below_what_a_worker_may_ask() {
    let app = TestApp::start().await;
    let scopes: Vec<_> =
        (0..3).map(|number| json!({"owner": "acme", "repo": format!("gone{number}")})).collect();
    for number in 0..15 {
        let mut body = pat(&format!("p{number:02}"));
        body["scopes"] = json!(scopes);
        register(&app, "team", &body).await;
    }
    app.database.execute("DELETE FROM audit_events").unwrap();
    app.tamper_with_the_audit();
    let (batches, _) = app.database.counts();
    app.admin().get(&format!("{DOCTOR}?limit=12")).await.ok(200);
    let asked = app.github.requests().len();
    assert_eq!(asked, 2 + 12 * 3);
    let (after, _) = app.database.counts();
    assert!(asked + (after - batches) + app.coordinators.calls() <= 50);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let app = deployment().await;
    for query in
        ["limit=0", "limit=13", "limit=+5", "pool=a%2Fb", "cursor=x", "limits=5", "pool=team&pool=team"]
    {
        app.admin().get(&format!("{DOCTOR}?{query}")).await.expect(400, "invalid_request");
    }
    app.admin().get(&format!("{DOCTOR}?pool=none")).await.expect(404, "pool_not_found");
    let cursor = app.admin().get(&format!("{DOCTOR}?limit=1")).await.ok(200)["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    app.admin().get(&format!("{DOCTOR}?pool=team&cursor={cursor}")).await.expect(400, "invalid_request");
}

#[tokio::test]
async fn wrong_settings_are_named_before_anything_is_looked_at() {
    let app = TestApp::with("LOGIN_ENROLLMENT", "everybody").start().await;
    let refused = app.admin().get(DOCTOR).await.expect(503, "configuration_invalid");
    assert_eq!(refused.error().error.details.unwrap()["fields"][0]["field"], "LOGIN_ENROLLMENT");
}
