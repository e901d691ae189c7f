//! `octopool admin pools|identities|callers` against the real router and SQL.

use serde_json::{Value, json};

use crate::real_router::Deployment;
use crate::support::Home;
use crate::support::canned::{Answer, Canned};

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
    let list = deployment.admin("admin pools list").run().exits(0);
    assert_eq!(
        list.stdout,
        "POOL  CALLERS  IDENTITIES  ALLOWED OWNERS  ALSO\n\
         team  1        1           acme            public repositories, logs\n"
    );
    let shown = deployment.admin("admin pools show team --json").run().exits(0).json();
    assert_eq!(shown["policy"]["allow_search"], false);
    deployment.admin("admin pools show team").run().exits(0).prints("  allowed owners: acme\n");

    let file = deployment.home.path().join("policy.json");
    std::fs::write(&file, json!({"allowed_owners": ["umbrella"], "allow_search": true}).to_string()).unwrap();
    let set = || deployment.admin("admin pools set-policy team -f").arg(&file);
    set().arg("--dry-run").run().exits(0).prints("Would have: set the policy").says("nothing was changed");
    deployment.admin("admin pools show team").run().exits(0).prints("  allowed owners: acme\n");
    set().run().exits(0).prints("allowed owners: umbrella").prints("also: public repositories, search, logs");
    std::fs::write(&file, json!({"allowed_owners": ["a/b"], "alow_logs": 1}).to_string()).unwrap();
    set().run().exits(1).says("policy.allowed_owners[0]").says("policy.alow_logs");

    deployment.app.database.execute("UPDATE pools SET policy_json = '{'").unwrap();
    deployment.admin("admin pools list").run().exits(0).prints("broken policy");
    deployment
        .admin("admin pools show team")
        .run()
        .exits(0)
        .says("warning: The stored policy is not a JSON object.");

    let refused = deployment.admin("admin pools delete team --yes").run().exits(1);
    refused.says("pool_not_empty").says("octopool admin callers list --pool POOL");
    let revoke = format!("admin callers revoke-pool {} team --yes", caller(&deployment));
    deployment.admin(&revoke).run().exits(0).prints("revoked the grant");
    deployment.admin("admin identities delete mona --pool team --yes").run().exits(0);
    deployment
        .admin("admin pools delete team --dry-run")
        .run()
        .exits(0)
        .prints("Would have: deleted pool team");
    let deleted = deployment.admin("admin pools delete team --yes --json").run().exits(0);
    assert_eq!(deleted.json(), json!({"done": true, "dry_run": false}));
    deployment.admin("admin pools show team").run().exits(1).says("pool_not_found");
}

#[test]
fn an_identitys_life() {
    let deployment = deployment();
    let list = deployment.admin("admin identities list --pool team").run().exits(0);
    list.prints("mona      pat   mona   OCTOPOOL_PAT_MONA  100     active  acme\n");
    let update = "admin identities update mona --pool team --weight 7 --scope umbrella/rocket --scope acme";
    deployment.admin(update).arg("--dry-run").run().exits(0).says("nothing was changed").prints("weight 7");
    deployment.admin("admin identities show mona --pool team").run().exits(0).prints("weight 100");
    deployment.admin(update).run().exits(0).prints("  scope umbrella/rocket (private too)\n  scope acme\n");
    deployment.admin("admin identities update mona --pool team").run().exits(2).says("nothing to change");
    deployment
        .admin("admin identities update mona --pool team --installation-id 5")
        .run()
        .exits(1)
        .says("installation_id: must be left out for a `pat`");
    deployment
        .admin("admin identities disable mona --pool team")
        .run()
        .exits(0)
        .prints("set identity mona to disabled");
    let shown = deployment.admin("admin identities show mona --pool team --json").run().exits(0).json();
    assert_eq!((&shown["status"], &shown["weight"]), (&json!("disabled"), &json!(7)));
    deployment.admin("admin identities enable mona --pool team").run().exits(0);
    deployment.admin("admin identities delete mona --pool team --yes").run().exits(0);
    deployment.admin("admin identities show mona --pool team").run().exits(1).says("identity_not_found");
}

#[test]
fn a_callers_life() {
    let deployment = deployment();
    let id = caller(&deployment);
    deployment
        .admin("admin callers list --pool team")
        .run()
        .exits(0)
        .prints(&id)
        .prints("hubot  1002       active  team");
    assert_eq!(
        deployment.admin("admin callers list --status disabled --json").run().exits(0).json()["callers"],
        json!([])
    );
    deployment
        .admin("admin callers list --status gone")
        .run()
        .exits(1)
        .says("status: must be `active` or `disabled`");
    let on = |verb: &str, rest: &str| deployment.admin(&format!("admin callers {verb} {id} {rest}"));
    on("show", "")
        .run()
        .exits(0)
        .prints("hubot (hubot, GitHub id 1002), active, member of acme")
        .prints("pool team since");
    on("disable", "--dry-run").run().exits(0).prints("Would have: set caller");
    on("disable", "").run().exits(0).prints("to disabled");
    assert_eq!(on("show", "--json").run().exits(0).json()["status"], "disabled");
    on("enable", "").run().exits(0);
    on("revoke-client", "admin --yes").run().exits(0).prints("revoked client admin");
    on("revoke-client", "admin --yes").run().exits(1).says("client_not_found").says("callers show");
    on("revoke-pool", "other --yes").run().exits(1).says("grant_not_found");
    let unknown = deployment.admin("admin callers show nobody").run().exits(1);
    unknown.says("caller_not_found").says("callers list --login LOGIN");
}

#[test]
fn an_admin_tokens_life() {
    let deployment = deployment();
    let created = deployment.admin("admin tokens create triage-lead --pool team").run().exits(0);
    assert!(created.stdout.starts_with("opa_") && created.stdout.len() == 48, "{created:#?}");
    let created = created.says("Admin token triage-lead opens pool team. It is shown only once:");
    let token = created.stdout.trim();
    let with = |arguments: &str| deployment.admin(arguments).env("OCTOPOOL_ADMIN_TOKEN", token).run();
    with("admin pools show team").exits(0);
    with("admin identities list --pool other").exits(4).says("pool_denied").never_shows(token);
    with("admin tokens list").exits(4).says("root_required").never_shows(token);
    let expiring = "admin tokens create ci --expires-at 2999-01-01T00:00:00Z --json";
    let expiring = deployment.admin(expiring).run().exits(0).json();
    assert_eq!(expiring["admin_token"]["expires_at"], "2999-01-01T00:00:00Z");
    deployment.admin("admin tokens create ci").run().exits(1).says("admin_token_exists").says("tokens list");
    let list = deployment.admin("admin tokens list").run().exits(0);
    list.prints("NAME         POOL   EXPIRES               LAST USED")
        .prints("ci           (all)  2999-01-01T00:00:00Z  never")
        .prints("triage-lead  team   never                 20")
        .never_shows(token);
    deployment
        .admin("admin tokens revoke triage-lead --dry-run")
        .run()
        .exits(0)
        .prints("Would have: revoked");
    with("admin pools show team").exits(0);
    deployment.admin("admin tokens revoke triage-lead --yes").run().exits(0).prints("revoked admin token");
    with("admin pools show team").exits(4).says("invalid_admin_auth");
    deployment.admin("admin tokens revoke triage-lead --yes").run().exits(1).says("admin_token_not_found");
}

#[test]
fn nothing_is_taken_away_without_being_asked_or_told_not_to_ask() {
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
        );
    let run = Home::new().octopool("admin pools list --json --url").arg(server.url());
    let list = run.env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(0).json();
    assert_eq!(list, json!({"pools": [pool("a"), pool("b")], "next_cursor": Value::Null}));
}
