//! `octopool admin pools|identities|callers` against the real router and SQL.

use serde_json::{Value, json};

use crate::real_router::Deployment;
use crate::support::Home;
use crate::support::canned::{Answer, Canned};
use crate::support::transcript::Transcript;

/// A deployment with a caller and an identity in the pool `team`.
fn deployment() -> Deployment {
    let deployment = Deployment::start();
    let pat = "admin identity --pool team --id mona --login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme";
    deployment.admin(pat).run().exits(0);
    deployment.admin("admin caller --pool team --github-login hubot").run().exits(0);
    deployment
}

fn caller(deployment: &Deployment) -> String {
    let list = deployment.admin("admin callers list --login hubot --json").run().exits(0).json();
    list["callers"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_pools_life() {
    let deployment = deployment();
    let mut transcript = Transcript::default();
    let mut admin = |arguments: &str| transcript.run(deployment.admin(arguments));
    let policy = deployment.home.path().join("policy.json");
    admin("admin pools list");
    admin("admin pools show team");
    std::fs::write(&policy, json!({"allowed_owners": ["umbrella"], "allow_search": true}).to_string())
        .unwrap();
    admin("admin pools set-policy team -f policy.json --dry-run");
    admin("admin pools show team");
    admin("admin pools set-policy team -f policy.json");
    std::fs::write(&policy, json!({"allowed_owners": ["a/b"], "alow_logs": 1}).to_string()).unwrap();
    admin("admin pools set-policy team -f policy.json");
    deployment.app.database.execute("UPDATE pools SET policy_json = '{'").unwrap();
    admin("admin pools list");
    admin("admin pools show team");
    admin("admin pools delete team --yes");
    admin(&format!("admin callers revoke-pool {} team --yes", caller(&deployment)));
    admin("admin identities delete mona --pool team --yes");
    admin("admin pools list");
    admin("admin pools delete team --dry-run");
    admin("admin pools delete team");
    admin("admin pools delete team --yes --json");
    admin("admin pools show team");
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn an_identitys_life() {
    let deployment = deployment();
    let mut transcript = Transcript::default();
    let mut admin = |arguments: &str| transcript.run(deployment.admin(arguments));
    admin("admin identities list --pool team");
    let update = "admin identities update mona --pool team --weight 7 --scope umbrella/rocket --scope acme";
    admin(&format!("{update} --dry-run"));
    admin("admin identities show mona --pool team");
    admin(update);
    admin("admin identities update mona --pool team");
    admin("admin identities update mona --pool team --installation-id 5");
    admin("admin identities disable mona --pool team --dry-run");
    admin("admin identities disable mona --pool team");
    admin("admin identities show mona --pool team --json");
    admin("admin identities enable mona --pool team");
    admin("admin identities verify mona --pool team");
    admin("admin identities delete mona --pool team --yes");
    admin("admin identities show mona --pool team");
    admin("admin identities list --pool team");
    admin("admin identities list --pool team --json");
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn an_installation_names_its_app() {
    let deployment = deployment();
    let app =
        "--kind github_app --login octopool-acme[bot] --secret-ref OCTOPOOL_APP_KEY --installation-id 5";
    let register = |named: &str| {
        deployment.admin(&format!("admin identity --pool team --id app {app} --app-id")).arg(named).run()
    };
    register("acme").exits(2).says("must be the number of a GitHub App, or its client id");
    register("Iv23liAcme").exits(0);
    let show = || deployment.admin("admin identities show app --pool team").run().exits(0).stdout;
    assert!(show().contains("  App Iv23liAcme\n"), "{}", show());
    let update =
        |named: &str| deployment.admin("admin identities update app --pool team --app-id").arg(named).run();
    update("4242").exits(0);
    assert!(show().contains("  App 4242\n"), "{}", show());
    update("acme").exits(2).says("`app_id` must be the number of a GitHub App");
    update("").exits(0);
    assert!(!show().contains("  App "), "the deployment's: {}", show());
}

#[test]
fn a_callers_life() {
    let deployment = deployment();
    let id = caller(&deployment);
    let mut transcript = Transcript::default();
    let mut admin = |arguments: &str| transcript.run(deployment.admin(arguments));
    admin("admin callers list --pool team");
    admin("admin callers list --status disabled --json");
    admin("admin callers list --status gone");
    admin(&format!("admin callers show {id}"));
    admin(&format!("admin callers disable {id} --dry-run"));
    admin(&format!("admin callers disable {id}"));
    admin(&format!("admin callers show {id} --json"));
    admin(&format!("admin callers enable {id}"));
    admin(&format!("admin callers revoke-client {id} admin --yes"));
    admin(&format!("admin callers revoke-client {id} admin --yes"));
    admin(&format!("admin callers revoke-pool {id} other --yes"));
    admin(&format!("admin callers revoke-pool {id} team --yes"));
    admin(&format!("admin callers show {id}"));
    admin("admin callers show nobody");
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn a_caller_is_named_by_its_login_too() {
    let deployment = deployment();
    let id = caller(&deployment);
    let mut transcript = Transcript::default();
    let mut admin = |arguments: &str| transcript.run(deployment.admin(arguments));
    admin("admin callers show HUBOT --json").exits(0);
    admin("admin callers disable @hubot");
    admin("admin callers enable hubot");
    admin("admin callers revoke-client hubot admin --dry-run");
    admin("admin callers revoke-pool hubot team");
    admin("admin callers revoke-pool hubot team --yes");
    admin("admin callers disable mona");
    admin("admin callers disable not_a_login");
    admin(&format!("admin callers show {}", id.to_uppercase())).exits(0);
    admin("admin audit list --actor caller:mona");
    admin("admin audit export --actor caller:hubot").exits(0);
    // Another account got the login that became free, and the first one has not logged in since.
    deployment.app.database.execute("INSERT INTO callers SELECT '5a0d1f7e-0000-4000-8000-000000000009', name, github_login, 77, org_login, status, org_verified_at, created_at, updated_at, revision FROM callers").unwrap();
    admin("admin callers disable hubot");
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn an_admin_tokens_life() {
    let deployment = deployment();
    let mut transcript = Transcript::default();
    let created = transcript.run(deployment.admin("admin tokens create triage-lead --pool team"));
    let token = created.stdout.trim().to_owned();
    assert!(token.starts_with("opa_") && token.len() == 47, "{created:#?}");
    let mut admin = |arguments: &str| transcript.run(deployment.admin(arguments));
    admin("admin tokens create ci --expires-at 2999-01-01T00:00:00Z --json");
    admin("admin tokens create ci");
    admin("admin tokens list").never_shows(&token);
    let with_it = |arguments: &str| deployment.admin(arguments).env("OCTOPOOL_ADMIN_TOKEN", &token);
    transcript.run(with_it("admin pools show team"));
    transcript.run(with_it("admin identities list --pool other")).never_shows(&token);
    transcript.run(with_it("admin tokens list")).never_shows(&token);
    transcript.run(deployment.admin("admin tokens revoke triage-lead --dry-run"));
    transcript.run(with_it("admin pools list"));
    transcript.run(deployment.admin("admin tokens revoke triage-lead --yes"));
    transcript.run(with_it("admin pools show team"));
    transcript.run(deployment.admin("admin tokens revoke triage-lead --yes"));
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn nothing_is_removed_without_a_confirmation_or_yes() {
    let server = Canned::start();
    for command in [
        "pools delete team",
        "identities delete mona",
        "callers revoke-pool c1 team",
        "callers revoke-client c1 laptop",
        "tokens revoke ci",
        "audit cut --before 2026-01-01",
    ] {
        let run = Home::new().octopool("admin").args(command).arg("--url").arg(server.url());
        run.env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(2).says("stdin is not a terminal").says("--yes");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_policy_that_cannot_be_read_is_not_sent() {
    let (home, server) = (Home::new(), Canned::start());
    let set = |file: &str| {
        let run = home.octopool("admin pools set-policy team -f").arg(file).arg("--url").arg(server.url());
        run.env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(2)
    };
    set("none.json").says("cannot be read");
    for text in ["", "[]", "\"canary\"", "{"] {
        std::fs::write(home.path().join("policy.json"), text).unwrap();
        set("policy.json").says("is not a JSON object").never_shows("canary");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn every_page_of_a_list_is_one_list() {
    let pool = |id: &str| json!({"id": id, "policy": null, "callers_total": 0, "identities_total": 0, "created_at": "x", "updated_at": "x"});
    let server = Canned::start()
        .on(
            "GET /v1/admin/pools?limit=200",
            Answer::json(200, &json!({"pools": [pool("a")], "next_cursor": "c_1"})),
        )
        .on(
            "GET /v1/admin/pools?limit=200&cursor=c_1",
            Answer::json(200, &json!({"pools": [pool("b")], "next_cursor": null})),
        )
        .on(
            "GET /v1/admin/pools?limit=1",
            Answer::json(200, &json!({"pools": [pool("a")], "next_cursor": "c_1"})),
        );
    let run = Home::new().octopool("admin pools list --json --url").arg(server.url());
    let list = run.env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(0).json();
    assert_eq!(list, json!({"pools": [pool("a"), pool("b")], "next_cursor": Value::Null}));
    for limit in ["-L 1", "--limit 1"] {
        let run = Home::new().octopool("admin pools list --url").arg(server.url()).args(limit);
        let shown = run.env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(0).says("There are more");
        assert_eq!(shown.stdout, "a\t0\t0\tbroken policy\t-\n");
    }
}
