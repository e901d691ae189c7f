use serde_json::{Value, json};

use crate::support::canned::{Answer, Canned};
use crate::support::{Home, Invocation};

const CALLERS: &str = "POST /v1/admin/callers";
const IDENTITIES: &str = "POST /v1/admin/pools/maintainers/identities";
const VERIFY: &str = "POST /v1/admin/pools/p/identities/acme-app/verify";

fn admin(server: &Canned, arguments: &str) -> Invocation {
    let run = Home::new().octopool("admin").args(arguments).arg("--url").arg(server.url());
    run.env("OCTOPOOL_ADMIN_TOKEN", "admin-canary")
}

fn provisioned() -> Answer {
    let caller = json!({
        "id": "c1", "name": "Mia", "github_login": "mia", "github_user_id": 7, "org_login": "acme", "pool": "maintainers",
        "client_name": "admin",
    });
    Answer::json(201, &json!({"caller": caller, "token": "op_new"}))
}

#[test]
fn a_callers_token_is_alone_on_stdout() {
    let server = Canned::start().on(CALLERS, provisioned());
    let caller = admin(&server, "caller --github-login mia").run().exits(0);
    assert_eq!(caller.stdout, "op_new\n");
    caller.says("mia (GitHub id 7) may use pool maintainers as client admin. The token is shown only once:");
    let request = server.request();
    assert_eq!(request.header("authorization"), Some("Bearer admin-canary"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.json(), json!({"pool": "maintainers", "github_login": "mia"}));
}

#[test]
fn a_caller_with_everything() {
    let server = Canned::start().on(CALLERS, provisioned());
    let options =
        "caller --json --pool ci --github-login mia --name Mia --client laptop --admin-token-env MY_ADMIN";
    let caller = admin(&server, options).env("MY_ADMIN", "mine").run().exits(0);
    assert_eq!(caller.json()["token"], "op_new");
    assert_eq!(caller.stderr, "");
    let request = server.request();
    assert_eq!(request.header("authorization"), Some("Bearer mine"));
    assert_eq!(
        request.json(),
        json!({"pool": "ci", "github_login": "mia", "name": "Mia", "client": "laptop"})
    );
}

#[test]
fn an_admin_command_needs_a_server_and_a_token() {
    let home = Home::new();
    let caller = || home.octopool("admin caller --github-login mia");
    caller().env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(2).says("No server is given");
    caller()
        .args("--url a.example")
        .run()
        .exits(4)
        .says("OCTOPOOL_ADMIN_TOKEN is not set")
        .says("--admin-token-env");
    caller()
        .args("--url a.example --admin-token-env SECRET_ITSELF")
        .run()
        .exits(4)
        .never_shows("SECRET_ITSELF");
    caller().args("--url http://a.example").env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(2).says("not https");
    let insecure = caller().args("--url http://a.example").env("OCTOPOOL_ALLOW_INSECURE_LOGIN", "1");
    insecure.env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(2).says("not https");
    caller().args("--admin-token secret-canary").run().exits(2).never_shows("secret-canary");
    caller().arg("--admin-token=secret-canary").run().exits(2).never_shows("secret-canary");
}

#[test]
fn the_saved_server_is_used_but_not_the_saved_pool_or_token() {
    let (home, server) = (Home::new(), Canned::start().on(CALLERS, provisioned()));
    home.save_login(&server.url(), "op_saved");
    home.octopool("admin caller --github-login mia").env("OCTOPOOL_ADMIN_TOKEN", "x").run().exits(0);
    assert_eq!(server.request().json()["pool"], "maintainers");
    assert_eq!(server.request().header("authorization"), Some("Bearer x"));
}

#[test]
fn every_bad_field_is_listed() {
    let fields = json!({"fields": [
        {"field": "github_login", "problem": "must not be blank"},
        {"field": "pool", "problem": "has a slash"},
    ]});
    let server = Canned::start().on(CALLERS, Answer::error(400, "invalid_request", Some(fields.clone())));
    let people = admin(&server, "caller --github-login -").run().exits(2);
    people
        .says("(invalid_request, HTTP 400)\n  github_login: must not be blank\n  pool: has a slash\n")
        .says("request id: ");
    let error = admin(&server, "caller --json --github-login -").run().exits(2).json_error();
    assert_eq!(error["details"], fields);
}

#[test]
fn refusals_have_hints() {
    for (status, code, exit, hint) in [
        (401, "invalid_admin_auth", 4, "the Worker's secret OCTOPOOL_ADMIN_TOKEN"),
        (503, "admin_unconfigured", 1, "npx wrangler secret put OCTOPOOL_ADMIN_TOKEN"),
        (503, "org_verification_unavailable", 1, "npx wrangler secret put OCTOPOOL_GITHUB_ORG_TOKEN"),
        (422, "github_user_not_found", 1, "spelling"),
        (404, "not_found", 1, "older than this octopool"),
        (500, "internal_error", 1, "under the request id"),
    ] {
        let server = Canned::start().on(CALLERS, Answer::error(status, code, None));
        admin(&server, "caller --github-login mia").run().exits(exit).says(hint);
    }
}

fn registered(warnings: &Value) -> Answer {
    let identity = json!({
        "id": "acme-app", "pool": "maintainers", "kind": "github_app", "login": "acme[bot]", "secret_ref": "KEY",
        "installation_id": 5, "weight": 100, "status": "active",
        "scopes": [{"owner": "acme", "repo": "widgets", "allow_private": true}, {"owner": "acme", "allow_private": false}],
    });
    Answer::json(201, &json!({"identity": identity, "created": true, "warnings": warnings}))
}

#[test]
fn an_identity_with_everything() {
    let warnings = json!([{"code": "no_scopes", "message": "It serves little."}]);
    let server = Canned::start().on(IDENTITIES, registered(&warnings));
    let options = "identity --pool maintainers --id acme-app --login acme[bot] --secret-ref KEY --kind github_app \
                   --installation-id 5 --scope acme/widgets --scope acme --private-scopes --weight 50";
    let identity = admin(&server, options).run().exits(0);
    assert_eq!(
        identity.stdout,
        "registered identity acme-app (github_app, acme[bot]) in pool maintainers\n  \
         scope acme/widgets (private too)\n  scope acme\n"
    );
    identity
        .says("warning: It serves little.")
        .says("octopool admin identities verify acme-app --pool maintainers");
    assert_eq!(
        server.request().json(),
        json!({
            "id": "acme-app", "login": "acme[bot]", "secret_ref": "KEY", "kind": "github_app", "installation_id": 5,
            "weight": 50,
            "scopes": [
                {"owner": "acme", "repo": "widgets", "allow_private": true},
                {"owner": "acme", "allow_private": true},
            ],
        })
    );
}

#[test]
fn an_identity_with_the_least() {
    let server = Canned::start().on(IDENTITIES, registered(&json!([])));
    let identity =
        admin(&server, "identity --json --id a --login mia --secret-ref PAT --scope *").run().exits(0);
    assert_eq!(identity.json()["created"], true);
    assert_eq!(identity.stderr, "");
    assert_eq!(
        server.request().json(),
        json!({"id": "a", "login": "mia", "secret_ref": "PAT", "kind": "pat",
               "scopes": [{"owner": "*", "allow_private": false}]})
    );
}

#[test]
fn an_identity_that_fails_its_verification_is_not_registered_and_shows_the_fix() {
    let check = json!({"check": "secret_present", "ok": false, "problem": "The deployment has no secret named PAT.",
                       "fix": "npx wrangler secret put PAT"});
    let refused = Answer::error(422, "identity_unverified", Some(json!({ "checks": [check] })));
    let server = Canned::start().on(IDENTITIES, refused);
    let identity =
        admin(&server, "identity --id a --login mia --secret-ref PAT --scope acme --verify").run().exits(1);
    identity.says("identity_unverified").says("no secret named PAT. Fix: npx wrangler secret put PAT");
    assert_eq!(server.request().json()["verify"], true);
    let server = Canned::start().on(IDENTITIES, registered(&json!([])));
    let identity =
        admin(&server, "identity --id a --login mia --secret-ref PAT --scope acme --verify").run().exits(0);
    identity.says("verified before it was registered");
}

#[test]
fn invalid_arguments_are_not_sent() {
    let server = Canned::start();
    for options in [
        "identity --id a --login mia --secret-ref PAT --scope a/b/c",
        "identity --id a --login mia --secret-ref PAT --scope */b",
        "identity --id a --login mia --secret-ref PAT --kind github-app",
        "identity --id a --login mia --secret-ref PAT --weight much",
        "identity --id a --login mia --secret-ref PAT --pool ..",
        "identity --id a --login mia",
        "identities verify ..",
        "caller",
    ] {
        admin(&server, options).run().exits(2);
    }
    assert!(server.requests().is_empty());
}

fn verified(ok: bool) -> Answer {
    let second = if ok {
        json!({"check": "account", "ok": true})
    } else {
        json!({"check": "account", "ok": false, "problem": "GitHub refused it.", "fix": "npx wrangler secret put KEY"})
    };
    Answer::json(
        200,
        &json!({"id": "acme-app", "ok": ok, "checks": [{"check": "binding", "ok": true}, second]}),
    )
}

#[test]
fn a_working_identity_is_exit_0() {
    let server = Canned::start().on(VERIFY, verified(true));
    let verify = admin(&server, "identities verify acme-app --pool p").run().exits(0);
    assert_eq!(verify.stdout, "✓ binding\n✓ account\nidentity acme-app works\n");
    assert_eq!(server.request().json(), json!({}));
}

#[test]
fn a_broken_identity_is_exit_1_with_the_fix() {
    let server = Canned::start().on(VERIFY, verified(false));
    let verify = admin(&server, "identities verify acme-app --pool p").run().exits(1);
    assert_eq!(
        verify.stdout,
        "✓ binding\n✗ account: GitHub refused it.\n    fix: npx wrangler secret put KEY\n\
         identity acme-app does not work yet\n"
    );
    let verify = admin(&server, "identities verify acme-app --pool p --json").run().exits(1);
    assert_eq!(verify.json()["checks"][1]["fix"], "npx wrangler secret put KEY");
    assert_eq!(verify.stderr, "");
}

#[test]
fn a_dry_run_says_that_nothing_was_changed_and_shows_no_token() {
    let caller = json!({
        "id": null, "name": "mia", "github_login": "mia", "github_user_id": 7, "org_login": "acme", "pool": "maintainers",
        "client_name": "admin",
    });
    let planned = Answer::json(200, &json!({"caller": caller, "token": null}));
    let server = Canned::start().on(&format!("{CALLERS}?dry_run=true"), planned);
    let run = admin(&server, "caller --github-login mia --dry-run").run().exits(0);
    let run = run.says("Dry run: nothing was changed.");
    assert_eq!(
        run.stdout,
        "Would have: let mia (GitHub id 7), a new caller, use pool maintainers and created a token for client admin\n"
    );

    let server = Canned::start().on(&format!("{IDENTITIES}?dry_run=true"), registered(&json!([])));
    let options = "identity --id a --login mia --secret-ref PAT --scope acme --dry-run";
    let run = admin(&server, options).run().exits(0);
    let run = run.says("Dry run: nothing was changed.");
    assert!(
        run.stdout.starts_with("Would have: registered identity acme-app (github_app, acme[bot])"),
        "{}",
        run.stdout
    );

    let token = json!({"name": "ci", "pool": "team", "expires_at": null, "created_at": "2026-11-23T07:30:00Z", "last_used_at": null});
    let planned = Answer::json(200, &json!({"admin_token": token, "token": null}));
    let server = Canned::start().on("POST /v1/admin/tokens?dry_run=true", planned);
    let run = admin(&server, "tokens create ci --pool team --dry-run").run().exits(0);
    let run = run.says("Dry run: nothing was changed.");
    assert_eq!(run.stdout, "Would have: created admin token ci, which opens pool team\n");
}

#[test]
fn an_answer_without_the_token_that_it_should_hold_is_a_failure() {
    let caller = json!({
        "id": "c1", "name": "mia", "github_login": "mia", "github_user_id": 7, "org_login": "acme", "pool": "maintainers",
        "client_name": "admin",
    });
    let server = Canned::start().on(CALLERS, Answer::json(201, &json!({"caller": caller, "token": null})));
    admin(&server, "caller --github-login mia").run().exits(1).says("no usable token");
}
