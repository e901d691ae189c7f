use serde_json::{Value, json};

use crate::support::Home;
use crate::support::canned::{Answer, Canned};

fn document() -> Value {
    json!({
        "pool": "maintainers", "identities_total": 2, "identities_healthy": 1, "policy_version": 1,
        "identities": [
            {"id": "acme-app", "kind": "github_app", "status": "active", "cooldown_until": null,
             "remaining": {"core": 4999, "search": 30}},
            {"id": "mona", "kind": "pat", "status": "disabled", "cooldown_until": "2026-01-02T03:04:05Z", "remaining": {}},
        ],
        "next_reset": "2026-01-02T04:00:00Z",
        "a_field_of_the_future": {"z": 1, "a": 2},
    })
}

fn server(pool: &str) -> Canned {
    Canned::start().on(&format!("GET /v1/pools/{pool}/health"), Answer::json(200, &document()))
}

#[test]
fn people_get_a_table() {
    let (home, server) = (Home::new(), server("saved-pool"));
    home.save_login(&server.url(), "op_saved");
    let health = home.octopool("health").run().exits(0);
    assert_eq!(
        health.stdout,
        "maintainers: 1 of 2 identities healthy\n\
         next rate limit reset: 2026-01-02T04:00:00Z\n\
         \n\
         IDENTITY  KIND        STATUS    COOLDOWN UNTIL        REMAINING\n\
         acme-app  github_app  active    -                     core 4999, search 30\n\
         mona      pat         disabled  2026-01-02T03:04:05Z  unknown\n"
    );
    assert_eq!(health.stderr, "");
    assert_eq!(server.request().header("authorization"), Some("Bearer op_saved"));
}

#[test]
fn programs_get_the_servers_document_unchanged() {
    let text = serde_json::to_string_pretty(&document()).unwrap();
    let server = Canned::start().on("GET /v1/pools/p/health", Answer::text(200, "application/json", &text));
    let health =
        Home::new().octopool("health --json --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x");
    assert_eq!(health.run().exits(0).stdout, text + "\n");
}

#[test]
fn a_pool_without_identities_is_explained() {
    let mut empty = document();
    empty["identities"] = json!([]);
    empty["next_reset"] = json!(null);
    let server = Canned::start().on("GET /v1/pools/p/health", Answer::json(200, &empty));
    let health =
        Home::new().octopool("health --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x").run();
    health.exits(0).prints("1 of 2").says("octopool admin identity");
}

#[test]
fn the_environment_is_enough_and_comes_after_options() {
    let (home, server) = (Home::new(), server("from-option"));
    // The damaged file is not needed, so it does not matter.
    home.write_auth_file("{");
    let health = home.octopool("health --pool from-option --token-env MY_TOKEN");
    let health =
        health.env("OCTOPOOL_URL", server.url()).env("OCTOPOOL_POOL", "from-env").env("MY_TOKEN", "op_mine");
    health.env("OCTOPOOL_TOKEN", "op_other").run().exits(0);
    assert_eq!(server.request().header("authorization"), Some("Bearer op_mine"));
}

#[test]
fn a_named_variable_has_to_be_set() {
    let (home, server) = (Home::new(), server("saved-pool"));
    home.save_login(&server.url(), "op_saved");
    home.octopool("health --token-env UNSET_VARIABLE").run().exits(4).says("*name* of a variable");
    home.octopool("health --token-env OCTOPOOL_TOKEN").env("OCTOPOOL_TOKEN", " ").run().exits(4);
    assert!(server.requests().is_empty());
}

#[test]
fn blank_variables_count_as_unset() {
    let (home, server) = (Home::new(), server("saved-pool"));
    home.save_login(&server.url(), "op_saved");
    let health =
        home.octopool("health").env("OCTOPOOL_URL", "").env("OCTOPOOL_POOL", " ").env("OCTOPOOL_TOKEN", "");
    health.run().exits(0);
}

#[test]
fn what_is_missing_is_said() {
    let home = Home::new();
    home.octopool("health").run().exits(2).says("No server is given");
    home.octopool("health --url a.example").run().exits(4).says("`octopool login https://a.example`");
    // A server that is too old to be asked for the pool.
    let old = Canned::start();
    let poolless = home.octopool("health --url").arg(old.url()).env("OCTOPOOL_TOKEN", "op_x");
    poolless.run().exits(2).says("No pool is given");
    home.octopool("health --url a.example --pool ..").env("OCTOPOOL_TOKEN", "op_x").run().exits(2);
    home.octopool("health --url http://a.example --pool p")
        .env("OCTOPOOL_TOKEN", "op_x")
        .run()
        .exits(2)
        .says("https");
}

#[test]
fn a_name_typed_wrong_stays_one_path_segment() {
    let server = server("team%2Fa%3Fx");
    let health =
        Home::new().octopool("health --pool team/a?x --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x");
    health.run().exits(0);
}

#[test]
fn a_refused_token_is_exit_4() {
    let server = Canned::start().on("GET /v1/pools/p/health", Answer::error(401, "invalid_auth", None));
    let health =
        || Home::new().octopool("health --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x");
    let people = health().run().exits(4);
    assert_eq!(people.stdout, "");
    people
        .says("error: The message of invalid_auth. (invalid_auth, HTTP 401)\n")
        .says("request id: 5a0d1f7e-0000-4000-8000-000000000001\n")
        .says("hint: Check the pool's name, or run `octopool login http://127.0.0.1");
    let error = health().arg("--json").run().exits(4).json_error();
    assert_eq!((&error["code"], &error["status"]), (&json!("invalid_auth"), &json!(401)));
    assert_eq!(error["request_id"], "5a0d1f7e-0000-4000-8000-000000000001");
}

#[test]
fn a_server_cannot_steer_the_terminal() {
    let mut evil = document();
    evil["pool"] = json!("a\u{1b}[2Jb");
    let server = Canned::start().on("GET /v1/pools/p/health", Answer::json(200, &evil));
    let health =
        Home::new().octopool("health --pool p --url").arg(server.url()).env("OCTOPOOL_TOKEN", "op_x");
    let health = health.env("CLICOLOR_FORCE", "1").run().exits(0);
    health.never_shows("\u{1b}[2J");
}
