//! `octopool admin import` against the real router. The dumps are wrangler's own
//! (`cli/tests/dumps/make`).

use octopool_core::CallerToken;
use octopool_testkit::github::demo;
use serde_json::{Value, json};

use crate::real_router::Deployment;
use crate::support::transcript::Transcript;
use crate::support::{Home, Invocation};

const CURRENT: &str = include_str!("../dumps/original-0.9.sql");
const OLD: &str = include_str!("../dumps/original-0.5.sql");
const ODD: &str = include_str!("../dumps/oddities.sql");

fn import(deployment: &Deployment, dump: &str) -> Invocation {
    std::fs::write(deployment.home.path().join("dump.sql"), dump).unwrap();
    deployment.admin("admin import dump.sql")
}

/// A token of the dumps: the old server gave it, and octopool's CLI has it saved.
fn token(number: u8) -> CallerToken {
    CallerToken::from_random([number; 32])
}

/// Whether a command with an old token opens a pool of the new server.
fn opens(deployment: &Deployment, number: u8, pool: &str) -> bool {
    let health = deployment.octopool(&format!("health --pool {pool}"));
    health.env("OCTOPOOL_TOKEN", token(number).expose()).run().code == Some(0)
}

#[test]
fn a_database_moves_and_its_callers_keep_their_tokens() {
    let deployment = Deployment::start();
    // The App of the stand-in has this installation.
    assert_eq!(demo::INSTALLATION, 77_001);
    let mut transcript = Transcript::default();
    transcript.run(import(&deployment, CURRENT).arg("--dry-run")).exits(0);
    assert_eq!(deployment.app.database.value("SELECT count(*) FROM callers"), 0);
    transcript.run(import(&deployment, CURRENT)).exits(2);
    transcript.run(import(&deployment, CURRENT).arg("--yes")).exits(0);
    for (number, pool, expected) in [
        (1, "maintainers", true),
        (1, "ci", true),
        (2, "maintainers", true),
        (4, "maintainers", true),
        (2, "ci", false),
        (3, "maintainers", false),
        (5, "maintainers", false),
    ] {
        assert_eq!(opens(&deployment, number, pool), expected, "token {number} in {pool}");
    }
    for pool_and_id in ["maintainers mona", "ci app"] {
        let (pool, id) = pool_and_id.split_once(' ').unwrap();
        deployment.admin(&format!("admin identities verify {id} --pool {pool}")).run().exits(0);
    }
    deployment.admin("admin audit verify").run().exits(0);
    // Once more there is nothing to change, also when its users have used it meanwhile.
    let before = deployment.app.database.dump();
    transcript.run(import(&deployment, CURRENT).arg("--yes")).exits(0);
    assert_eq!(deployment.app.database.dump(), before);
    // An export has no tokens, and applying it takes none away.
    let exported = deployment.admin("admin export").run().exits(0).stdout;
    std::fs::write(deployment.home.path().join("octopool.toml"), exported).unwrap();
    deployment.admin("admin plan -f octopool.toml").run().exits(0);
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn a_caller_without_a_number_is_whom_github_names_or_nobody() {
    let deployment = Deployment::start();
    let imported = import(&deployment, OLD).args("--yes").run().exits(0);
    let imported = imported.says("Looking up the ids of 2 accounts").prints("+ caller 1002 (hubot)");
    imported.prints("caller `nobody-at-all`: ").prints("--github-login nobody-at-all");
    assert!(opens(&deployment, 5, "maintainers") && !opens(&deployment, 6, "maintainers"));
    // Without GitHub's word nobody is bound to an account.
    let deployment = Deployment::start();
    deployment.app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
    let imported = import(&deployment, OLD).args("--yes --json").run().exits(0).json();
    assert_eq!(imported["carried_over"]["callers"], 0);
    assert_eq!(imported["not_carried_over"].as_array().unwrap().len(), 2);
}

#[test]
fn everything_odd_is_named_and_no_credential_is_shown_or_stored() {
    let deployment = Deployment::start();
    let mut transcript = Transcript::default();
    let mut imported = transcript.run(import(&deployment, ODD).arg("--yes")).exits(0);
    for secret in ["ghp_a1b2", "abcdef0123456789", "op_AQEB"] {
        imported = imported.never_shows(secret);
        assert!(!deployment.app.database.dump().contains(secret), "{secret}");
    }
    // Both rows of mona's account are one caller with the tokens of both; one of the same client
    // is newer.
    assert!(opens(&deployment, 2, "team") && opens(&deployment, 3, "team"));
    assert!(!opens(&deployment, 1, "team"));
    transcript.run(import(&deployment, ODD).args("--dry-run --json")).exits(0);
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn what_the_server_has_stays() {
    let deployment = Deployment::start();
    let run = |arguments: &str| deployment.admin(arguments).run().exits(0);
    let pat = "--login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme/website";
    run(&format!("admin identity --pool maintainers --id kept {pat}"));
    run(&format!("admin identity --pool maintainers --id app {pat}"));
    run("admin caller --pool other --github-login mona --client desk");
    run("admin caller --pool maintainers --github-login hubot --client laptop");
    let hubot = deployment.admin("admin callers list --login hubot --json").run().exits(0).json();
    run(&format!("admin callers disable {}", hubot["callers"][0]["id"].as_str().unwrap()));
    let imported = import(&deployment, CURRENT).args("--yes --json").run().exits(0).json();
    let left_out: Vec<_> = imported["not_carried_over"].as_array().unwrap().iter().collect();
    assert_eq!(
        left_out.iter().map(|it| format!("{} {}", it["kind"], it["id"])).collect::<Vec<_>>(),
        ["\"identity\" \"app\"", "\"client\" \"laptop of hubot\""]
    );
    assert!(imported["changes"].as_array().unwrap().iter().all(|change| change["action"] != "delete"));
    let state = deployment.admin("admin export --json").run().exits(0).json()["state"].clone();
    assert_eq!(state["pools"]["maintainers"]["identities"].as_object().unwrap().len(), 3);
    assert_eq!(state["callers"]["1001"]["pools"], json!(["ci", "maintainers", "other"]));
    // Who was disabled here stays disabled, with a token for when it is enabled again.
    assert_eq!(state["callers"]["1002"]["status"], "disabled");
    assert!(opens(&deployment, 1, "maintainers") && !opens(&deployment, 4, "maintainers"));
    let clients =
        "SELECT group_concat(client_name) FROM (SELECT client_name FROM caller_tokens ORDER BY client_name)";
    assert_eq!(deployment.app.database.value(clients), "ci,desk,laptop,laptop,laptop");
}

#[test]
fn a_file_that_is_no_dump_is_told_and_nothing_is_asked() {
    let home = Home::new();
    let run = |file: &str| {
        let import = home.octopool("admin import --url http://127.0.0.1:9").arg(file);
        import.env("OCTOPOOL_ADMIN_TOKEN", "x").run()
    };
    let told = |bytes: &[u8], problem: &str| {
        std::fs::write(home.path().join("dump.sql"), bytes).unwrap();
        run("dump.sql").exits(1).says(problem).says("npx wrangler d1 export").never_shows("canary");
    };
    run("none.sql").exits(1).says("none.sql cannot be imported");
    told(b"", "no table `pools`");
    told(b"SQLite format 3\0canary", "a database file");
    told(b"\xff\xfe", "not UTF-8");
    told(b"\nCREATE TABLE pools (id);\nINSERT INTO pools VALUES('canary' 'canary');", "line 3");
    told(b"CREATE TABLE pools AS SELECT load_extension('canary');", "cannot be executed");
    told(&vec![b' '; 64 * 1024 * 1024 + 1], "larger than 64 MiB");
}

#[test]
fn a_policy_that_the_server_cannot_read_is_not_opened_by_an_import() {
    let deployment = Deployment::start();
    deployment.admin("admin caller --pool closed --github-login mona").run().exits(0);
    deployment.app.database.execute("UPDATE pools SET policy_json = '{'").unwrap();
    let rows = || deployment.app.database.rows("SELECT id, policy_json FROM pools");
    let before = rows();
    let refused = import(&deployment, CURRENT).arg("--yes").run().exits(1);
    refused.says("pool closed").says("octopool admin pools set-policy closed");
    assert_eq!(rows(), before);
}

#[test]
fn an_admin_of_one_pool_imports_nothing() {
    let deployment = Deployment::start();
    let token: Value = deployment.admin("admin tokens create lead --pool ci --json").run().exits(0).json();
    let lead = token["token"].as_str().unwrap();
    let refused = import(&deployment, CURRENT).arg("--yes").env("OCTOPOOL_ADMIN_TOKEN", lead).run();
    refused.exits(4).says("pool_denied").never_shows(lead);
    assert_eq!(deployment.app.database.value("SELECT count(*) FROM callers"), 0);
}
