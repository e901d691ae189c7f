use serde_json::json;

use crate::support::Home;
use crate::support::canned::{Answer, Canned};

#[test]
fn whoami_offline_sends_no_request() {
    let home = Home::new();
    home.save_login("https://octopool.example.com", "op_saved");
    let whoami = home.octopool("whoami --offline").run().exits(0);
    assert_eq!(
        whoami.stdout,
        "server  https://octopool.example.com\npool    saved-pool\nlogin   mia\nclient  laptop\n\
         since   2026-01-02T03:04:05Z\n"
    );
    assert_eq!(
        home.octopool("whoami --offline --json").run().exits(0).json(),
        json!({"url": "https://octopool.example.com", "pool": "saved-pool", "login": "mia", "client": "laptop",
               "created_at": "2026-01-02T03:04:05Z"})
    );
}

#[test]
fn without_a_login_whoami_says_how_to_get_one() {
    let whoami = Home::new().octopool("whoami").run().exits(4);
    whoami.says("error: You are not logged in.").says("hint: Run `octopool login SERVER`.");
    assert_eq!(Home::new().octopool("whoami --json").run().exits(4).json_error()["code"], "not_logged_in");
}

fn client() -> Answer {
    Answer::json(
        200,
        &json!({"github_login": "mia", "org_login": "acme", "client_name": "ci", "pool": "p", "pools": ["p"]}),
    )
}

#[test]
fn the_server_says_whether_the_token_works() {
    let (home, server) = (Home::new(), Canned::start().on("GET /v1/client", client()));
    home.save_login(&server.url(), "op_saved");
    for command in ["whoami", "whoami --check"] {
        home.octopool(command).run().exits(0).prints("pool    saved-pool").prints("token   works");
    }
    assert_eq!(home.octopool("whoami --json").run().exits(0).json()["token"], "works");
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer op_saved"));
    let server = server.on("GET /v1/client", Answer::error(401, "invalid_auth", None));
    home.octopool("whoami").run().exits(4).says("octopool login");
    // An older server is asked for the health of the pool.
    let _server = server
        .on("GET /v1/client", Answer::error(404, "not_found", None))
        .on("GET /v1/pools/saved-pool/health", Answer::json(200, &json!({})));
    home.octopool("whoami").run().exits(0).prints("token   works");
}

#[test]
fn server_and_token_of_the_environment_are_enough() {
    let health = json!({
        "pool": "p", "identities_total": 0, "identities_healthy": 0, "policy_version": 1, "identities": [], "next_reset": null,
    });
    let server = Canned::start()
        .on("GET /v1/client", client())
        .on("GET /v1/pools/p/health", Answer::json(200, &health));
    let run = |command: &str| {
        let run = Home::new().octopool(command).env("OCTOPOOL_URL", server.url());
        run.env("OCTOPOOL_TOKEN", "op_env").run()
    };
    run("whoami").exits(0).prints("login   mia").prints("client  ci").prints("pool    p");
    run("health").exits(0).prints("p: 0 of 0");
    let several = json!({"github_login": "mia", "org_login": "acme", "client_name": "ci", "pool": null, "pools": ["a", "b"]});
    server.answer_from_now_on("GET /v1/client", Answer::json(200, &several));
    let health = Home::new().octopool("health").env("OCTOPOOL_URL", server.url());
    health.env("OCTOPOOL_TOKEN", "op_env").run().exits(2).says("opens several: a, b").says("--pool POOL");
}

#[test]
fn a_logout_revokes_the_token_and_deletes_the_login() {
    let (home, server) = (Home::new(), Canned::start());
    home.octopool("logout").run().exits(4).says("not logged in");
    let save = || home.save_login(&server.url(), "op_saved");
    for (answer, says) in [
        (Answer::json(204, &json!(null)), "the token of client laptop is revoked"),
        (Answer::error(401, "invalid_auth", None), "had revoked the token already"),
        (Answer::error(404, "not_found", None), "Deleted the saved login"),
    ] {
        save();
        server.answer_from_now_on("DELETE /v1/client", answer);
        home.octopool("logout").run().exits(0).prints(says).never_shows("op_saved");
        assert!(!home.auth_file().exists());
    }
    save();
    server.answer_from_now_on("DELETE /v1/client", Answer::error(503, "relay_overloaded", None));
    home.octopool("logout").run().exits(1).says("logout --local");
    assert!(home.auth_file().exists());
    let before = server.requests().len();
    home.octopool("logout --local").run().exits(0).says("still valid");
    assert!(!home.auth_file().exists() && server.requests().len() == before);
}
