//! No secret on stdout, on stderr, or in the arguments of a process, whatever happens.

use crate::real_router::Deployment;
use serde_json::json;

use crate::support::Home;
use crate::support::canned::{Answer, Canned};

const CALLER: &str = "op_canary-caller-token";
const ADMIN: &str = "canary-admin-token";
const GITHUB: &str = "gho_canary-github-token";

fn check(home: &Home, server: &Canned, arguments: &str) {
    for json in ["", "--json"] {
        let run = home
            .octopool(arguments)
            .args(json)
            .env("OCTOPOOL_URL", server.url())
            .env("RUST_BACKTRACE", "full");
        let run =
            run.env("OCTOPOOL_ADMIN_TOKEN", ADMIN).env("GH_TOKEN", GITHUB).env("RUST_LOG", "trace").run();
        assert!(run.code.is_some(), "{run:#?}");
        run.never_shows(CALLER).never_shows(ADMIN).never_shows(GITHUB);
    }
}

const COMMANDS: [&str; 19] = [
    "login",
    "whoami --check",
    "health",
    "stats",
    "request --path /users/mona",
    "request --path /users/mona --body",
    "gh api users/mona --jq .login",
    "admin caller --github-login mia",
    "admin identity --id a --login mia --secret-ref PAT",
    "admin identities verify a --pool maintainers",
    "admin identities list --pool maintainers",
    "admin identities update a --weight 1",
    "admin identities delete a --yes",
    "admin pools list",
    "admin pools show maintainers",
    "admin pools delete maintainers --yes",
    "admin callers show c1",
    "admin callers disable c1",
    "admin callers revoke-client c1 laptop --yes",
];

#[test]
fn no_answer_makes_a_command_show_a_secret() {
    let echo = json!({"error": {
        "code": "invalid_request", "message": format!("Got {CALLER} {ADMIN} {GITHUB}"), "request_id": CALLER,
        "details": {"fields": [{"field": ADMIN, "problem": GITHUB}, {"field": CALLER, "problem": "x"}]},
    }});
    // Each answer repeats the one secret that the command sends; a server knows no other.
    for secret in [CALLER, ADMIN, GITHUB] {
        let body = echo.to_string();
        let body = [CALLER, ADMIN, GITHUB]
            .iter()
            .filter(|other| **other != secret)
            .fold(body, |body, other| body.replace(other, "-"));
        for status in [200, 400, 401, 500] {
            let answer = Answer::text(status, "application/json", &body);
            for command in COMMANDS {
                let sends = match command.split_whitespace().next() {
                    Some("login") => GITHUB,
                    Some("admin") => ADMIN,
                    _ => CALLER,
                };
                // A document with status 200 goes out unchanged under `--json`: it is the result.
                if sends == secret && status != 200 {
                    let home = Home::new();
                    let server = answer_everything(&answer);
                    home.save_login(&server.url(), CALLER);
                    check(&home, &server, command);
                }
            }
        }
    }
}

fn answer_everything(answer: &Answer) -> Canned {
    let routes = [
        "POST /v1/login/github-cli",
        "GET /v1/pools/saved-pool/health",
        "GET /v1/pools/saved-pool/stats?since=24h",
        "POST /v1/github/request",
        "POST /v1/admin/callers",
        "POST /v1/admin/pools/maintainers/identities",
        "POST /v1/admin/pools/maintainers/identities/a/verify",
        "GET /v1/admin/pools/maintainers/identities?limit=200",
        "PATCH /v1/admin/pools/maintainers/identities/a",
        "DELETE /v1/admin/pools/maintainers/identities/a",
        "GET /v1/admin/pools?limit=200",
        "GET /v1/admin/pools/maintainers",
        "DELETE /v1/admin/pools/maintainers",
        "GET /v1/admin/callers/c1",
        "PATCH /v1/admin/callers/c1",
        "DELETE /v1/admin/callers/c1/clients/laptop",
    ];
    routes.iter().fold(Canned::octopool(), |server, route| server.on(route, answer.clone()))
}

#[test]
fn a_login_that_works_shows_no_secret() {
    let (home, server) = (Home::new(), Canned::octopool());
    check(&home, &server, "login");
    check(&home, &server, "whoami");
}

#[test]
fn a_broken_token_in_the_environment_is_not_shown() {
    for value in ["canary token", "canary\ntoken", "canär"] {
        let run = Home::new().octopool("health --url a.example --pool p").env("OCTOPOOL_TOKEN", value).run();
        run.exits(4).never_shows("canär").never_shows("canary");
    }
}

/// gh is the only process that octopool starts; while it runs, the arguments of all processes of
/// this test are looked at.
#[cfg(target_os = "linux")]
#[test]
fn no_process_has_a_secret_among_its_arguments() {
    let (home, server) = (Home::new(), Canned::octopool());
    let gh = home.script(
        "gh",
        "tr '\\0' ' ' < /proc/$PPID/cmdline > parent; tr '\\0' ' ' < /proc/$$/cmdline > own; echo gho_canary-github-token",
    );
    let login =
        home.octopool("login").arg(server.url()).arg("--gh-path").arg(gh).env("PATH", "/usr/bin:/bin");
    login
        .env("OCTOPOOL_TOKEN", CALLER)
        .env("OCTOPOOL_ADMIN_TOKEN", ADMIN)
        .run()
        .exits(0)
        .never_shows("canary");
    for name in ["parent", "own"] {
        let arguments = std::fs::read_to_string(home.path().join(name)).unwrap();
        assert!(arguments.contains("gh") && !arguments.contains("canary"), "{arguments}");
    }
}

#[test]
fn a_credential_in_place_of_a_secrets_name_is_refused_and_not_shown() {
    let deployment = Deployment::start();
    for credential in
        [format!("ghp_{}", "a1B2".repeat(9)), "0123456789abcdef0123456789abcdef01234567".to_owned()]
    {
        let identity =
            format!("admin identity --pool team --id p1 --login mona --scope acme --secret-ref {credential}");
        let refused = deployment.admin(&identity).run();
        assert_ne!(refused.code, Some(0));
        refused.never_shows(&credential);
        let path = deployment.home.path().join("bad.toml");
        let document = format!(
            "[pools.team.identities.p1]\nlogin = \"mona\"\nsecret_ref = \"{credential}\"\nscopes = []\n"
        );
        std::fs::write(path, document).unwrap();
        let refused = deployment.admin("admin plan -f bad.toml").run();
        assert_ne!(refused.code, Some(0));
        refused.never_shows(&credential);
        assert!(!deployment.app.database.dump().contains(&credential));
    }
}
