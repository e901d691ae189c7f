use serde_json::json;

use crate::support::Home;
use crate::support::canned::{Answer, Canned};

#[test]
fn whoami_sends_no_request() {
    let home = Home::new();
    home.save_login("https://octopool.example.com", "op_saved");
    let whoami = home.octopool("whoami").run().exits(0);
    assert_eq!(
        whoami.stdout,
        "server  https://octopool.example.com\npool    saved-pool\nlogin   mia\nclient  laptop\n\
         since   2026-01-02T03:04:05Z\n"
    );
    assert_eq!(
        home.octopool("whoami --json").run().exits(0).json(),
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

#[test]
fn a_token_in_the_environment_is_mentioned() {
    let home = Home::new();
    home.save_login("https://octopool.example.com", "op_saved");
    home.octopool("whoami").env("OCTOPOOL_TOKEN", "op_env").run().exits(0).says("OCTOPOOL_TOKEN is set");
}

#[test]
fn check_asks_the_server() {
    let (home, server) = (Home::new(), Canned::start());
    let server = server.on("GET /v1/pools/saved-pool/health", Answer::json(200, &json!({})));
    home.save_login(&server.url(), "op_saved");
    home.octopool("whoami --check").run().exits(0).prints("token   works");
    assert_eq!(home.octopool("whoami --check --json").run().exits(0).json()["token"], "works");
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer op_saved"));

    let _server = server.on("GET /v1/pools/saved-pool/health", Answer::error(401, "invalid_auth", None));
    home.octopool("whoami --check").run().exits(4).says("octopool login");
}
