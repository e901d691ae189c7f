//! `octopool doctor`: everything well, and each thing broken, against canned servers and the real
//! router.

use std::net::TcpListener;
use std::thread;

use octopool_testkit::github::demo;
use serde_json::{Value, json};

use crate::real_router::Deployment;
use crate::support::canned::{Answer, Canned, discovery};
use crate::support::transcript::Transcript;
use crate::support::{Home, Invocation, Outcome};

const INSIDE: &str = "GET /v1/admin/doctor?limit=4";
const HEALTH: &str = "GET /v1/pools/saved-pool/health";

fn doctor(server: &Canned) -> Invocation {
    Home::new().octopool("doctor --url").arg(server.url())
}

fn with_token(server: &Canned) -> Invocation {
    doctor(server).env("OCTOPOOL_ADMIN_TOKEN", "admin-canary")
}

fn page(version: &str, checks: &Value, next: Option<&str>) -> Answer {
    let ok = checks.as_array().unwrap().iter().all(|check| check["ok"] == true);
    let page = json!({"ok": ok, "version": version, "schema_version": "0004", "checks": checks, "next_cursor": next});
    Answer::json(200, &page)
}

fn well() -> Value {
    json!([{"check": "configuration_valid", "ok": true}, {"check": "identity_works", "ok": true, "subject": "p/app"}])
}

/// The checks that failed.
fn faults(outcome: &Outcome) -> Vec<String> {
    let report = outcome.json();
    let checks = report["checks"].as_array().unwrap();
    let failed: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(report["ok"], failed.is_empty(), "{report}");
    assert!(failed.iter().all(|check| check["problem"].is_string() && check["fix"].is_string()), "{report}");
    failed.iter().map(|check| check["check"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn without_the_admin_token_it_says_what_was_not_checked() {
    let server = Canned::octopool();
    let mut transcript = Transcript::default();
    transcript.run(doctor(&server)).exits(0);
    insta::assert_snapshot!(transcript.text());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn if_every_check_passes_it_is_exit_0() {
    let server = Canned::octopool().on(INSIDE, page(env!("CARGO_PKG_VERSION"), &well(), None));
    let server = server.on(HEALTH, Answer::json(200, &json!({})));
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let doctor = home.octopool("doctor").env("OCTOPOOL_ADMIN_TOKEN", "admin-canary").run().exits(0);
    let doctor =
        doctor.prints("✓ login_works\n✓ admin_token_accepted\n✓ version_matches\n✓ configuration_valid\n");
    doctor
        .prints("✓ identity_works p/app\n")
        .prints(": every check passed\n")
        .never_shows("admin-canary")
        .never_shows("op_saved");
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [None, Some("Bearer op_saved".to_owned()), Some("Bearer admin-canary".to_owned())]);
}

#[test]
fn failed_checks_of_the_server_are_shown_with_their_fix_and_are_exit_1() {
    let broken = json!([
        {"check": "migrations_applied", "ok": false, "problem": "Something is missing.", "fix": "npx wrangler d1 migrations apply DB --remote"},
        {"check": "secret_present", "ok": false, "subject": "p/app", "problem": "It is blank.", "fix": "npx wrangler secret put KEY"},
    ]);
    let server = Canned::octopool().on(INSIDE, page(env!("CARGO_PKG_VERSION"), &broken, None));
    let doctor = with_token(&server).run().exits(1);
    let doctor = doctor.prints("✗ migrations_applied: Something is missing.\n    fix: npx wrangler d1 migrations apply DB --remote\n");
    doctor
        .prints("✗ secret_present p/app: It is blank.\n    fix: npx wrangler secret put KEY\n")
        .prints(": 2 checks failed\n");
}

#[test]
fn all_pages_of_identities_are_read() {
    let identity = |ok: bool, id: &str| {
        let mut check = json!({"check": "identity_works", "ok": ok, "subject": id});
        if !ok {
            check["problem"] = json!("No.");
            check["fix"] = json!("yes");
        }
        json!([check])
    };
    let server = Canned::octopool()
        .on(
            "GET /v1/admin/doctor?pool=p&limit=4",
            page(env!("CARGO_PKG_VERSION"), &identity(true, "p/a"), Some("c1")),
        )
        .on(
            "GET /v1/admin/doctor?pool=p&limit=4&cursor=c1",
            page(env!("CARGO_PKG_VERSION"), &identity(false, "p/b"), None),
        );
    let doctor = with_token(&server).args("--pool p").run().exits(1);
    doctor.prints("✓ identity_works p/a\n✗ identity_works p/b: No.\n");
}

#[test]
fn a_refused_admin_token_is_exit_4() {
    let server = Canned::octopool().on(INSIDE, Answer::error(401, "invalid_admin_auth", None));
    let doctor = with_token(&server).args("--json").run().exits(4).never_shows("admin-canary");
    assert_eq!(faults(&doctor), ["admin_token_accepted"]);
}

#[test]
fn an_admin_token_for_one_pool_has_to_say_which() {
    let deployment = Deployment::start();
    deployment
        .admin(
            "admin identity --pool team --id mona --login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme",
        )
        .run()
        .exits(0);
    let made = deployment.admin("admin tokens create lead --pool team --json").run().exits(0).json();
    let doctor = |arguments: &str| {
        deployment.octopool(arguments).env("OCTOPOOL_ADMIN_TOKEN", made["token"].as_str().unwrap())
    };
    let refused = doctor("doctor").run().exits(4).prints("✓ admin_token_accepted");
    refused.prints("✗ pool_allowed").prints("fix: octopool doctor --pool POOL");
    doctor("doctor --pool team").run().exits(0).prints("! identity_works team/mona");
}

#[test]
fn each_refusal_of_the_inside_half_has_a_check_of_its_own() {
    for (answer, check) in [
        (Answer::error(503, "admin_unconfigured", None), "admin_token_accepted"),
        (Answer::error(404, "not_found", None), "version_matches"),
        (Answer::error(404, "pool_not_found", None), "pool_known"),
        (Answer::error(500, "internal_error", None), "server_examined"),
        (Answer::text(200, "text/html", "<html>"), "server_examined"),
        (page("0.9.9", &well(), None), "version_matches"),
        (page("99.0.0", &well(), None), "version_matches"),
    ] {
        let server = Canned::octopool().on(INSIDE, answer);
        assert_eq!(faults(&with_token(&server).args("--json").run().exits(1)), [check]);
    }
}

/// What a server says of itself, once its URL is known.
type Discovery = Box<dyn FnOnce(&str) -> Answer>;

#[test]
fn each_fault_of_the_way_there_has_a_check_of_its_own() {
    let with = |field: &'static str, value: Value| {
        move |url: &str| {
            let mut document = discovery(url);
            document[field] = value;
            Answer::json(200, &document)
        }
    };
    let fields = json!({"fields": [{"field": "ALLOWED_GITHUB_ORG", "problem": "must be set"}]});
    let table: [(Discovery, &str); 8] = [
        (Box::new(with("min_cli_version", json!("99.0.0"))), "cli_supported"),
        (Box::new(with("api_base", json!("https://elsewhere.example"))), "discovery_valid"),
        (Box::new(with("service", json!("another"))), "discovery_valid"),
        (Box::new(|_| Answer::text(200, "text/html", "<html>")), "discovery_valid"),
        (Box::new(|_| Answer::redirect(302, "https://elsewhere.example/")), "discovery_valid"),
        (Box::new(|_| Answer::error(503, "configuration_invalid", Some(fields))), "configuration_valid"),
        (Box::new(|_| Answer::error(500, "internal_error", None)), "discovery_valid"),
        (
            Box::new(|url| {
                Answer::json(200, &discovery(url)).header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            }),
            "clock_agrees",
        ),
    ];
    for (answer, check) in table {
        let server = Canned::start();
        let answer = answer(&server.url());
        let server = server.on("GET /.well-known/octopool", answer);
        let outcome = doctor(&server).args("--json").run().exits(1);
        assert_eq!(faults(&outcome), [check], "{outcome:#?}");
        if check == "configuration_valid" {
            let outcome = doctor(&server).run().exits(1);
            outcome.prints("ALLOWED_GITHUB_ORG must be set.").prints("npm run deploy");
        }
    }
}

#[test]
fn a_server_that_is_unreachable_without_tls_or_not_https() {
    // The port was free a moment ago; nothing listens on it.
    let url = Canned::start().url();
    let outcome = Home::new().octopool("doctor --json --url").arg(&url).run().exits(1);
    assert_eq!(faults(&outcome), ["server_reachable"]);
    assert!(outcome.json()["skipped"][0]["how"].as_str().unwrap().contains("fix what is wrong"));
    let outcome = Home::new().octopool("doctor --json --url http://octopool.example.com").run().exits(1);
    assert_eq!(faults(&outcome), ["connection_private"]);
    assert!(outcome.stdout.contains("octopool doctor --url https://octopool.example.com"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || drop(listener.accept()));
    let outcome = Home::new().octopool("doctor --url").arg(format!("https://{address}")).run().exits(1);
    outcome.prints(&format!("Without TLS, use http://{address}."));
    server.join().unwrap();
}

#[test]
fn the_admin_token_is_not_sent_unencrypted_where_a_callers_may_be() {
    // This machine, by an address that is not known to be.
    let server = Canned::start();
    let url = server.url().replace("127.0.0.1", "0.0.0.0");
    let server = server.on("GET /.well-known/octopool", Answer::json(200, &discovery(&url)));
    let doctor =
        Home::new().octopool("doctor --json --url").arg(&url).env("OCTOPOOL_ALLOW_INSECURE_LOGIN", "1");
    let outcome = doctor.env("OCTOPOOL_ADMIN_TOKEN", "admin-canary").run().exits(1);
    assert_eq!(faults(&outcome), ["connection_private"]);
    assert!(server.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn a_saved_login_that_does_not_work_or_cannot_be_read() {
    let server = Canned::octopool().on(HEALTH, Answer::error(401, "invalid_auth", None));
    let home = Home::new();
    home.save_login(&server.url(), "op_saved");
    let outcome = home.octopool("doctor --json").run().exits(1).never_shows("op_saved");
    assert_eq!(faults(&outcome), ["login_works"]);
    assert!(outcome.stdout.contains(&format!("octopool login {} --pool saved-pool", server.url())));
    home.write_auth_file("{}");
    let outcome = home.octopool("doctor --json --url").arg(server.url()).run().exits(1);
    assert_eq!(faults(&outcome), ["login_works"]);
}

#[test]
fn without_a_valid_server_there_is_nothing_to_check() {
    Home::new().octopool("doctor").run().exits(2).says("No server is given");
    Home::new().octopool("doctor --url ftp://a.example").run().exits(2).says("cannot be used");
    let server = Canned::octopool();
    doctor(&server).args("--admin-token-env NOT_SET").run().exits(4).says("not set");
}

#[test]
fn a_real_deployment_passes_until_something_breaks() {
    let deployment = Deployment::start();
    let app = format!(
        "admin identity --pool team --id app --kind github_app --login octopool-acme[bot] --secret-ref OCTOPOOL_APP_KEY \
         --installation-id {} --scope acme",
        demo::INSTALLATION
    );
    deployment.admin(&app).run().exits(0);
    for number in 0..6 {
        let pat = format!(
            "admin identity --pool team --id p{number} --login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme"
        );
        deployment.admin(&pat).run().exits(0);
    }
    deployment.admin("admin caller --pool maintainers --github-login hubot").run().exits(0);
    let github_token = deployment.app.credentials.tokens.hubot.clone();
    deployment.octopool("login --client laptop").env("GH_TOKEN", github_token).run().exits(0);
    let mut transcript = Transcript::default();
    transcript.run(deployment.admin("doctor"));
    transcript.run(deployment.octopool("doctor").env("OCTOPOOL_ADMIN_TOKEN", "wrong-token"));
    deployment.app.secrets.set("OCTOPOOL_APP_KEY", "no key");
    deployment.app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
    deployment.app.database.execute("DROP TABLE usage_minutes").unwrap();
    transcript.run(deployment.admin("doctor"));
    insta::assert_snapshot!(transcript.text());
}
