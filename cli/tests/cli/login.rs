use serde_json::json;

use crate::support::Home;
use crate::support::canned::{Answer, Canned, caller, discovery};

const GITHUB_TOKEN: &str = "gho_canary-github-token";
const DISCOVERY: &str = "GET /.well-known/octopool";
const LOGIN: &str = "POST /v1/login/github-cli";

#[test]
fn a_login_is_saved_and_reported() {
    let (home, server) = (Home::new(), Canned::octopool());
    let login =
        home.octopool("login --client laptop").arg(server.url()).env("GH_TOKEN", GITHUB_TOKEN).run().exits(0);
    let expected = format!("Logged in to {} as mia for pool maintainers (client laptop)\n", server.url());
    assert_eq!((login.stdout.as_str(), login.stderr.as_str()), (expected.as_str(), ""));

    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].header("authorization"), None);
    assert_eq!(
        requests[1].json(),
        json!({"github_token": GITHUB_TOKEN, "client_name": "laptop", "pool": "maintainers"})
    );
    assert_eq!(requests[1].header("user-agent"), Some(concat!("octopool/", env!("CARGO_PKG_VERSION"))));

    let saved = home.saved_login();
    assert_eq!(saved["url"], server.url());
    assert_eq!(saved["token"], "op_canary-caller-token");
    assert_eq!(
        (&saved["pool"], &saved["login"], &saved["client"]),
        (&json!("maintainers"), &json!("mia"), &json!("laptop"))
    );
    let created_at = saved["created_at"].as_str().unwrap();
    assert!(created_at.ends_with('Z') && created_at.len() == 20, "{created_at}");
    assert_eq!(saved.as_object().unwrap().len(), 6);
}

#[test]
fn the_server_has_three_names_and_an_environment_variable() {
    for option in ["login --server", "login --url", "login"] {
        let (home, server) = (Home::new(), Canned::octopool());
        home.octopool(option).arg(server.url() + "/?utm=1#top").env("GH_TOKEN", GITHUB_TOKEN).run().exits(0);
        assert_eq!(home.saved_login()["url"], server.url());
    }
    let (home, server) = (Home::new(), Canned::octopool());
    home.octopool("login").env("OCTOPOOL_URL", server.url()).env("GH_TOKEN", GITHUB_TOKEN).run().exits(0);
    home.octopool("login").env("OCTOPOOL_URL", "  ").env("GH_TOKEN", GITHUB_TOKEN).run().exits(0);
    home.octopool("login a.example --url b.example").run().exits(2);
}

#[test]
fn without_a_server_there_is_no_login() {
    let login = Home::new().octopool("login").env("GH_TOKEN", GITHUB_TOKEN).run().exits(2);
    login.says("error: No server is given.").says("hint: ");
}

#[test]
fn the_pool_comes_from_the_nearest_place() {
    let pool_sent = |home: &Home, arguments: &str, variable: &str, server: &Canned| {
        let run = home.octopool("login").args(arguments).arg(server.url()).env("OCTOPOOL_POOL", variable);
        run.env("GH_TOKEN", GITHUB_TOKEN).run().exits(0);
        server.requests().last().unwrap().json()["pool"].clone()
    };
    let (home, server) = (Home::new(), Canned::octopool());
    assert_eq!(pool_sent(&home, "--pool triage", "ci", &server), "triage");
    assert_eq!(pool_sent(&home, "", "ci", &server), "ci");
    home.save_login(&server.url(), "op_old");
    assert_eq!(pool_sent(&home, "", " ", &server), "saved-pool");
    home.save_login("https://other.example", "op_old");
    assert_eq!(pool_sent(&home, "", "", &server), "maintainers");
}

#[test]
fn the_client_is_the_host_unless_named() {
    let (home, server) = (Home::new(), Canned::octopool());
    home.octopool("login").arg(server.url()).env("GITHUB_TOKEN", GITHUB_TOKEN).run().exits(0);
    let body = server.requests()[1].json();
    let client = body["client_name"].as_str().unwrap();
    assert!(!client.is_empty() && client.len() <= 80, "{client}");
}

#[test]
fn gh_token_comes_before_github_token() {
    let (home, server) = (Home::new(), Canned::octopool());
    let login =
        home.octopool("login").arg(server.url()).env("GH_TOKEN", "first").env("GITHUB_TOKEN", "second");
    login.run().exits(0);
    assert_eq!(server.requests()[1].json()["github_token"], "first");
}

#[cfg(unix)]
#[test]
fn gh_is_asked_when_the_environment_has_no_token() {
    let (home, server) = (Home::new(), Canned::octopool());
    let gh = home.script("my-gh", "echo \"$@\" > asked; env > environment; echo gho_from_gh");
    let login = home.octopool("login").arg(server.url()).env("OCTOPOOL_GH_PATH", &gh).env("GH_TOKEN", "");
    login.env("OCTOPOOL_TOKEN", "op_canary").env("OCTOPOOL_ADMIN_TOKEN", "admin-canary").run().exits(0);
    assert_eq!(server.requests()[1].json()["github_token"], "gho_from_gh");
    assert_eq!(
        std::fs::read_to_string(home.path().join("asked")).unwrap(),
        "auth token --hostname github.com\n"
    );
    let environment = std::fs::read_to_string(home.path().join("environment")).unwrap();
    assert!(!environment.contains("canary"), "{environment}");

    let other = home.script("other-gh", "exit 4");
    let login =
        home.octopool("login").arg(server.url()).arg("--gh-path").arg(other).env("OCTOPOOL_GH_PATH", &gh);
    login.run().exits(4).says("`gh auth login --hostname github.com`");
}

#[test]
fn a_missing_gh_is_named() {
    let server = Canned::octopool();
    let login = Home::new().octopool("login --gh-path ./no-such-gh").arg(server.url()).run().exits(1);
    login.says("`./no-such-gh` cannot be run").says("--gh-path").says("GH_TOKEN");
    assert_eq!(server.requests().len(), 1, "nothing but discovery");
}

#[test]
fn what_is_no_octopool_server_gets_no_token() {
    let document = discovery("http://127.0.0.1:1");
    let with = |key: &str, value: serde_json::Value| {
        let mut document = document.clone();
        document[key] = value;
        Answer::json(200, &document)
    };
    for (answer, code) in [
        (with("service", json!("other")), "not_octopool"),
        (with("version", json!(0)), "not_octopool"),
        (with("api_base", json!("nonsense://")), "not_octopool"),
        (with("auth", json!({"cli_github_token": false, "web_login": true})), "login_not_offered"),
        (with("min_cli_version", json!("99.0.0")), "upgrade_required"),
        (Answer::json(200, &json!({})), "not_octopool"),
        (Answer::text(200, "text/html", "<h1>Welcome to <b>nginx</b></h1>"), "not_octopool"),
        (Answer::error(404, "not_found", None), "not_octopool"),
    ] {
        let (home, server) = (Home::new(), Canned::start().on(DISCOVERY, answer));
        let login =
            home.octopool("login --json").arg(server.url()).env("GH_TOKEN", GITHUB_TOKEN).run().exits(1);
        assert_eq!(login.json_error()["code"], code);
        login.never_shows("nginx");
        server.request();
        assert!(!home.auth_file().exists());
    }
}

#[test]
fn another_api_host_has_to_be_trusted() {
    let (home, api) = (Home::new(), Canned::octopool());
    let front = Canned::start().on(DISCOVERY, Answer::json(200, &discovery(&api.url())));
    let login = || home.octopool("login").arg(front.url()).env("GH_TOKEN", GITHUB_TOKEN);
    login()
        .run()
        .exits(1)
        .says(&format!("says that its API is at {}", api.url()))
        .says("--trust-discovery-redirect");
    assert!(api.requests().is_empty() && !home.auth_file().exists());
    login().arg("--trust-discovery-redirect").run().exits(0);
    assert_eq!(api.request().path, "/v1/login/github-cli");
    assert_eq!(home.saved_login()["url"], api.url());
}

#[test]
fn a_trusted_api_host_still_needs_https() {
    let front = Canned::start().on(DISCOVERY, Answer::json(200, &discovery("http://octopool.example.com")));
    let login = Home::new()
        .octopool("login --trust-discovery-redirect")
        .arg(front.url())
        .env("GH_TOKEN", GITHUB_TOKEN);
    login.run().exits(2).says("is not https");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    let login = Home::new().octopool("login http://octopool.example.com").env("GH_TOKEN", GITHUB_TOKEN).run();
    login.exits(2).says("not https").says("https://octopool.example.com");
}

/// 0.0.0.0 is no loopback address by its name, but connects to this machine.
#[cfg(unix)]
#[test]
fn plain_http_elsewhere_can_be_allowed_to_callers() {
    let (home, server) = (Home::new(), Canned::octopool());
    let url = server.url().replace("127.0.0.1", "0.0.0.0");
    let server = server.on(DISCOVERY, Answer::json(200, &discovery(&url)));
    let server = server.on("GET /v1/pools/maintainers/health", Answer::json(200, &json!({})));
    let login = || home.octopool("login").arg(&url).env("GH_TOKEN", GITHUB_TOKEN);
    login().run().exits(2);
    login().env("OCTOPOOL_ALLOW_INSECURE_LOGIN", "no").run().exits(2);
    assert!(server.requests().is_empty());
    login().env("OCTOPOOL_ALLOW_INSECURE_LOGIN", "1").run().exits(0);
    home.octopool("health --json").run().exits(2);
    home.octopool("health --json").env("OCTOPOOL_ALLOW_INSECURE_LOGIN", "1").run().exits(0);
}

#[test]
fn a_refusal_says_what_to_do() {
    let limits = json!({"github_rate_limit_remaining": "0", "github_rate_limit_reset": "1780000000"});
    for (answer, exit, hint) in [
        (
            Answer::error(403, "caller_not_provisioned", None),
            4,
            "--pool maintainers --github-login YOUR_GITHUB_LOGIN",
        ),
        (
            Answer::error(403, "caller_not_provisioned", Some(json!({"github_login": "mia"}))),
            4,
            "octopool admin caller --url http://127.0.0.1",
        ),
        (Answer::error(401, "github_auth_failed", None), 4, "The token comes from GH_TOKEN"),
        (Answer::error(401, "github_auth_failed", Some(limits)), 4, "it is reset 2026-05-28T20:26:40Z"),
        (
            Answer::error(401, "github_auth_failed", Some(json!({"github_retry_after": "37"}))),
            4,
            "log in again in 37 seconds",
        ),
        (Answer::error(502, "github_auth_failed", None), 1, "GH_TOKEN"),
        (Answer::error(403, "pool_denied", None), 4, "without `--pool`"),
        (Answer::error(400, "client_name_invalid", None), 2, "--client NAME"),
        (
            Answer::error(503, "relay_overloaded", None).header("retry-after", "3"),
            1,
            "Try again in 3 seconds.",
        ),
        (Answer::error(403, "a_code_of_the_future", None), 4, "request id: 5a0d1f7e"),
    ] {
        let (home, server) = (Home::new(), Canned::octopool().on(LOGIN, answer));
        let login = home.octopool("login").arg(server.url()).env("GH_TOKEN", GITHUB_TOKEN).run().exits(exit);
        login.says(hint).says("error: The message of ");
        assert!(!home.auth_file().exists());
    }
}

#[test]
fn a_failed_login_leaves_the_old_one_alone() {
    let home = Home::new();
    let server = Canned::octopool().on(LOGIN, Answer::error(401, "github_auth_failed", None));
    home.save_login(&server.url(), "op_old");
    let before = home.saved_login();
    home.octopool("login").env("GH_TOKEN", GITHUB_TOKEN).run().exits(4);
    assert_eq!(home.saved_login(), before);
}

#[test]
fn an_answer_without_a_usable_token_is_no_login() {
    for token in ["", "op_a b", "op_\u{1b}[2J"] {
        let answer = Answer::json(201, &json!({"caller": caller(), "token": token}));
        let (home, server) = (Home::new(), Canned::octopool().on(LOGIN, answer));
        home.octopool("login")
            .arg(server.url())
            .env("GH_TOKEN", GITHUB_TOKEN)
            .run()
            .exits(1)
            .says("no usable token");
        assert!(!home.auth_file().exists());
    }
}

#[test]
fn json_tells_everything_but_the_token() {
    let (home, server) = (Home::new(), Canned::octopool());
    let login = home.octopool("login --json").arg(server.url()).env("GH_TOKEN", GITHUB_TOKEN).run().exits(0);
    let document = login.json();
    assert_eq!((&document["url"], &document["login"]), (&json!(server.url()), &json!("mia")));
    assert_eq!(document["token"], json!(null));
}
