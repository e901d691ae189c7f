//! `octopool admin export|plan|apply` against the real router and SQL.

use std::path::PathBuf;

use serde_json::json;

use crate::real_router::Deployment;
use crate::support::canned::{Answer, Canned};
use crate::support::transcript::Transcript;
use crate::support::{Home, Invocation};

/// A deployment with two pools, two identities and a caller, made one by one.
fn populated() -> Deployment {
    let deployment = Deployment::start();
    let pat = "admin identity --pool team --id mona --login mona --secret-ref OCTOPOOL_PAT_MONA --scope acme/rocket --scope *";
    deployment.admin(pat).run().exits(0);
    let app = "admin identity --pool a.b --id app --kind github_app --login octopool-acme[bot] --secret-ref OCTOPOOL_APP_KEY \
               --installation-id 5 --app-id 4242 --weight 7";
    deployment.admin(app).run().exits(0);
    deployment
        .admin("admin caller --pool team --github-login hubot --name")
        .arg("Hu \"Bot\" 🐙")
        .run()
        .exits(0);
    deployment
}

fn file(home: &Home, text: &str) -> PathBuf {
    let path = home.path().join("octopool.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn with_file(deployment: &Deployment, verb: &str, text: &str) -> Invocation {
    file(&deployment.home, text);
    deployment.admin(&format!("admin {verb} -f octopool.toml"))
}

#[test]
fn an_export_is_the_same_bytes_after_it_was_applied_to_an_empty_server() {
    let deployment = populated();
    let exported = deployment.admin("admin export").run().exits(0).stdout;
    assert!(exported.starts_with("# The pools, identities and callers of an octopool server"));
    let body = exported.split_once("\n\n").unwrap().1;
    assert_eq!(
        body,
        r#"[pools."a.b"]
policy.allowed_owners = ["acme"]
policy.allow_public_repos = true
policy.allow_search = false
policy.allow_logs = true

[pools."a.b".identities.app]
kind = "github_app"
login = "octopool-acme[bot]"
secret_ref = "OCTOPOOL_APP_KEY"
installation_id = 5
app_id = "4242"
weight = 7
status = "active"
scopes = []

[pools.team]
policy.allowed_owners = ["acme"]
policy.allow_public_repos = true
policy.allow_search = false
policy.allow_logs = true

[pools.team.identities.mona]
kind = "pat"
login = "mona"
secret_ref = "OCTOPOOL_PAT_MONA"
weight = 100
status = "active"
scopes = [
  { owner = "acme", repo = "rocket", allow_private = true },
  { owner = "*", allow_private = false },
]

[callers.1002]
github_login = "hubot"
name = 'Hu "Bot" 🐙'
status = "active"
pools = ["team"]
"#
    );
    with_file(&deployment, "plan", &exported).run().exits(0).says("Nothing to change");

    let empty = Deployment::start();
    let nothing = empty.admin("admin export").run().exits(0).stdout;
    with_file(&empty, "plan", &nothing).run().exits(0);
    with_file(&empty, "apply", &exported).arg("--yes").run().exits(0).prints("applied 6 to create");
    assert_eq!(empty.admin("admin export").run().exits(0).stdout, exported);
    let written = empty.home.path().join("written.toml");
    empty.admin("admin export -f").arg(&written).run().exits(0).says("Wrote");
    assert_eq!(std::fs::read_to_string(&written).unwrap(), exported);
    // Once more changes nothing, not even the audit.
    let before = empty.app.database.dump();
    with_file(&empty, "apply", &exported).run().exits(0).says("Nothing to change");
    assert_eq!(empty.app.database.dump(), before);
    with_file(&empty, "apply", &nothing)
        .args("--yes --delete-everything")
        .run()
        .exits(0)
        .prints("6 to delete");
    assert_eq!(empty.admin("admin export").run().exits(0).stdout, nothing);
}

#[test]
fn a_plan_shows_every_change_and_exits_2() {
    let deployment = populated();
    let exported = deployment.admin("admin export").run().exits(0).stdout;
    let changed = exported
        .replace("weight = 7", "weight = 8")
        .replace("pools = [\"team\"]", "pools = [\"a.b\"]")
        .replace("[pools.team.identities.mona]", "[pools.team.identities.new]");
    // An apply has a key of its own, and what it answered is kept under it.
    let dump = || {
        let dump = deployment.app.database.dump();
        dump.lines().filter(|line| !line.starts_with("idempotency_keys ")).collect::<String>()
    };
    let before = dump();
    let mut transcript = Transcript::default();
    let plan = transcript.run(with_file(&deployment, "plan", &changed)).exits(2);
    let json = with_file(&deployment, "plan", &changed).arg("--json").run().exits(2).json();
    let hash = json["state_hash"].as_str().unwrap().to_owned();
    plan.says(&hash);
    assert_eq!(json["changes"].as_array().unwrap().len(), 5);
    with_file(&deployment, "plan", &exported).arg("--json").run().exits(0);
    transcript.run(with_file(&deployment, "apply", &changed).arg("--dry-run")).exits(0);
    transcript.run(with_file(&deployment, "apply", &changed)).exits(2);
    assert_eq!(dump(), before);

    // An apply that is bound to a plan changes what that plan said or nothing.
    let bound = || with_file(&deployment, "apply", &changed).args("--yes --json --state-hash").arg(&hash);
    let applied = bound().run().exits(0).json();
    assert_eq!(applied["changes"], json["changes"]);
    transcript.run(bound()).exits(1);
    transcript.run(with_file(&deployment, "plan", &changed)).exits(0);
    let now = deployment.admin("admin export --json").run().exits(0).json();
    assert_eq!(now["state_hash"], applied["state_hash"]);
    transcript.run(with_file(&deployment, "apply", &exported).arg("--yes")).exits(0);
    insta::assert_snapshot!(transcript.text());
}

#[test]
fn an_empty_file_deletes_everything_only_where_that_is_said() {
    let deployment = populated();
    for text in ["", "# Nothing.\n", "[pools]\n[callers]\n"] {
        let exported = deployment.admin("admin export").run().exits(0).stdout;
        for more in ["--yes", "--yes --json", "--dry-run"] {
            let refused = with_file(&deployment, "apply", text).args(more).run().exits(1);
            refused.says("delete everything").says("--delete-everything");
        }
        assert_eq!(deployment.admin("admin export").run().exits(0).stdout, exported);
        let plan = with_file(&deployment, "plan", text).run().exits(2);
        plan.says("warning: ").says("would delete everything").prints("- caller 1002 (hubot)");
    }
    // A file with a pool was not emptied by accident.
    with_file(&deployment, "apply --yes", "[pools.team]").run().exits(0);
    with_file(&deployment, "plan", "[pools.team]").run().exits(0);
    with_file(&deployment, "apply --yes --delete-everything", "").run().exits(0).prints("1 to delete");
    // Where there is nothing, nothing is deleted.
    with_file(&deployment, "apply --yes", "").run().exits(0).says("Nothing to change");
    let plan = with_file(&deployment, "plan", "").run().exits(0);
    assert!(!plan.stderr.contains("warning"), "{}", plan.stderr);
}

#[test]
fn a_file_that_cannot_be_used_is_a_failure_with_its_line_and_is_not_sent() {
    let (home, server) = (Home::new(), Canned::start());
    let run = |verb: &str, file: &str| {
        let run = home.octopool(&format!("admin {verb} --url")).arg(server.url()).args("-f").arg(file);
        run.env("OCTOPOOL_ADMIN_TOKEN", "x").run()
    };
    for verb in ["plan", "apply --yes"] {
        run(verb, "none.toml").exits(1).says("none.toml cannot be read");
        for (text, problem) in [
            ("[pools.team]\n\n[pools.team.polcy]\n", "line 3 column 13: unknown field `polcy`"),
            ("[pools.team]\n[callers.1]\ngithub_login = \"a\"\n[pools.team]", "line 4"),
            (
                "[callers.1]\ngithub_login = \"a\"\n\"github_login\" = \"canary\"",
                "line 3 column 1: duplicate key",
            ),
            (
                "[pools.team.identities.p]\nlogin = \"a\"\nsecret_ref = \"PAT\"\nkind = \"canary\"",
                "line 4 column 8: expected `pat` or `github_app`",
            ),
            ("canary", "line 1"),
        ] {
            file(&home, text);
            let error = run(verb, "octopool.toml").exits(1).says("octopool.toml is not an octopool document");
            error.says(problem).never_shows("canary").says("octopool admin export");
        }
        file(&home, &format!("a = {}", "[".repeat(3_000_000)));
        run(verb, "octopool.toml").exits(1).says("cannot recurse further");
        file(&home, &"[".repeat(5_000_000));
        run(verb, "octopool.toml").exits(1).says("larger than 4 MiB");
        std::fs::write(home.path().join("octopool.toml"), b"name = \"\xff\"").unwrap();
        run(verb, "octopool.toml").exits(1).says("cannot be read");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn what_the_server_says_of_a_document_names_its_place() {
    let deployment = Deployment::start();
    let text = "[pools.team.identities.p]\nlogin = \"a/b\"\nsecret_ref = \"DB\"\n[callers.7]\ngithub_login = \"late\"\npools = [\"none\"]";
    let refused = with_file(&deployment, "plan", text).run().exits(1);
    refused
        .says("desired.pools.team.identities.p.login: ")
        .says("desired.pools.team.identities.p.secret_ref: ");
    let token = format!("ghp_{}", "a1".repeat(18));
    let text = format!("[pools.team.identities.p]\nlogin = \"mona\"\nsecret_ref = \"{token}\"");
    with_file(&deployment, "apply --yes", &text)
        .run()
        .exits(1)
        .says("not the secret itself")
        .never_shows(&token);
    assert_eq!(deployment.app.database.value("SELECT count(*) FROM pools"), 0);
}

#[test]
fn exit_2_of_a_plan_means_changes_or_wrong_arguments_and_nothing_else() {
    let home = Home::new();
    file(&home, "");
    let plan = |arguments: &str| home.octopool(&format!("admin plan -f octopool.toml {arguments}"));
    plan("").run().exits(1).says("No server is given");
    plan("--url http://a.example").env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(1).says("not https");
    plan("--url https://a.example").run().exits(4).says("no admin token");
    let wrong = plan("--force").run().exits(2);
    assert_eq!(wrong.stdout, "");
    home.octopool("admin plan").run().exits(2);
}

#[test]
fn a_state_that_changes_between_the_plan_and_the_apply_is_told() {
    let plan = json!({"changes": [{"action": "create", "kind": "pool", "id": "team", "fields": []}], "state_hash": "h"});
    let server = Canned::start()
        .on("POST /v1/admin/plan", Answer::json(200, &plan))
        .on("POST /v1/admin/apply", Answer::error(409, "state_changed", None));
    let home = Home::new();
    file(&home, "[pools.team]");
    let run = home.octopool("admin apply -f octopool.toml --yes --url").arg(server.url());
    let refused = run.env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(1);
    refused.says("state_changed").says("run `octopool admin plan` again").prints("+ pool team\n");
    let sent = server.requests().pop().unwrap().json();
    assert_eq!(
        sent,
        json!({"desired": {"pools": {"team": {"identities": {}}}, "callers": {}}, "state_hash": "h"})
    );
}

#[test]
fn the_export_of_a_policy_that_cannot_be_read_opens_no_pool() {
    let deployment = populated();
    deployment.app.database.execute("UPDATE pools SET policy_json = '{' WHERE id = 'team'").unwrap();
    let export = deployment.admin("admin export").run().exits(0).says("warning: The policy of pool team");
    let before = deployment.app.database.dump();
    let refused = with_file(&deployment, "apply --yes", &export.stdout).run().exits(1);
    refused.says("column 10: expected");
    assert_eq!(deployment.app.database.dump(), before);
    let fixed =
        export.stdout.replace("policy = \"cannot be read\"\n", "policy.allowed_owners = [\"acme\"]\n");
    with_file(&deployment, "apply --yes", &fixed).run().exits(0).prints("policy.allow_search: null → false");
    deployment.admin("admin pools show team").run().exits(0).prints("  allowed owners: acme\n");
}

/// A disk that is full in the middle of the file: the limit of the shell, whose signal is ignored.
#[cfg(unix)]
#[test]
fn a_failed_export_leaves_the_file_as_it_was() {
    let deployment = populated();
    let name = deployment.home.path().join("octopool.toml");
    std::fs::write(&name, "old").unwrap();
    let export = "trap '' XFSZ; ulimit -f 0; exec \"$0\" admin export -f octopool.toml";
    let run = deployment.admin_program("sh", "-c").arg(export).arg(env!("CARGO_BIN_EXE_octopool")).run();
    run.exits(1).says("octopool.toml could not be written").says("What was there before is unchanged.");
    assert_eq!(std::fs::read_to_string(&name).unwrap(), "old");
    let is_left = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".octopool-");
    assert!(!std::fs::read_dir(deployment.home.path()).unwrap().any(|entry| is_left(entry.unwrap())));
    deployment.admin("admin export octopool.toml").run().exits(0);
    assert!(std::fs::read_to_string(&name).unwrap().contains("[pools."));
}

#[test]
fn a_file_is_an_argument_or_an_option() {
    let deployment = populated();
    deployment.admin("admin export octopool.toml").run().exits(0).says("Wrote octopool.toml.");
    for given in ["octopool.toml", "-f octopool.toml", "--file octopool.toml"] {
        deployment.admin("admin plan").args(given).run().exits(0).says("Nothing to change");
        deployment.admin("admin apply").args(given).run().exits(0).says("Nothing to change");
    }
    for both in ["export", "plan", "apply", "pools set-policy team"] {
        deployment.admin("admin").args(both).args("octopool.toml -f octopool.toml").run().exits(2);
    }
    for none in ["plan", "apply", "pools set-policy team"] {
        deployment.admin("admin").args(none).run().exits(2).says("FILE");
    }
    std::fs::write(deployment.home.path().join("policy.json"), r#"{"allowed_owners":["acme"]}"#).unwrap();
    deployment.admin("admin pools set-policy team policy.json --dry-run").run().exits(0);
}
