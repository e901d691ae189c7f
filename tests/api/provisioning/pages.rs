//! What answers in GitHub's place: portals, gateways, other programs, cut-off answers. Nothing is
//! concluded from any of them, and nothing is written.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{log_in, provision, register, register_app};

fn redirect(location: &str, status: u16) -> Effect {
    Effect::Redirect { location: location.to_owned(), status }
}

/// Answers that are not GitHub's, with a name.
fn pages() -> Vec<(&'static str, Effect)> {
    vec![
        ("a page with 200", Effect::Html),
        ("a page with 200 again", Effect::Page { status: 200 }),
        ("a portal's 401", Effect::Page { status: 401 }),
        ("a firewall's 403", Effect::Page { status: 403 }),
        ("a web server's 404", Effect::Page { status: 404 }),
        ("a web server's 405", Effect::Page { status: 405 }),
        ("a web server's 410", Effect::Page { status: 410 }),
        ("a proxy's 407", Effect::Page { status: 407 }),
        ("a limiter's 429", Effect::Page { status: 429 }),
        ("a list", Effect::respond(200, json!([]))),
        ("a list of objects", Effect::respond(200, json!([{"login": "hubot", "id": 1002}]))),
        ("a text", Effect::respond(200, json!("ok"))),
        ("null", Effect::respond(200, json!(null))),
        ("a health check", Effect::respond(200, json!({"status": "ok"}))),
        ("another program's account", Effect::respond(200, json!({"id": "1002", "username": "hubot"}))),
        ("another program's 404", Effect::respond(404, json!({"error": "Not Found", "path": "/user"}))),
        ("another program's 401", Effect::respond(401, json!({"error": {"code": 401}}))),
        ("another program's 403", Effect::respond(403, json!({"detail": "Forbidden"}))),
        ("another program's 422", Effect::respond(422, json!({"errors": ["x"]}))),
        ("a list with 404", Effect::respond(404, json!(["message"]))),
        ("a message that is no text", Effect::respond(404, json!({"message": {"en": "no"}}))),
        ("an empty object with 403", Effect::respond(403, json!({}))),
        ("nothing with 200", Effect::respond(200, json!(""))),
        ("nothing with 204", Effect::status(204)),
        ("another status", Effect::respond(202, json!({"login": "hubot", "id": 1002}))),
        ("a login page", redirect("https://login.example/sso", 302)),
        ("another host", redirect("https://api.github.example/user", 301)),
        ("itself, with a slash", redirect("/user/", 308)),
        ("half an answer", Effect::Truncate),
        ("other types", Effect::Nonsense),
    ]
}

/// Sentences that would be conclusions from GitHub's word.
const CONCLUSIONS: [&str; 7] = [
    "knows no account",
    "does not accept",
    "not a member",
    "does not show this account",
    "has no installation",
    "is not found",
    "has no App",
];

#[track_caller]
fn concludes_nothing(text: &str, at: &str) {
    for words in CONCLUSIONS {
        assert!(!text.contains(words), "{at}: {text}");
    }
}

fn rows(app: &TestApp) -> Vec<Value> {
    ["pools", "callers", "caller_pools", "caller_tokens", "identities", "repository_proofs"]
        .map(|table| json!(app.database.rows(&format!("SELECT * FROM {table} ORDER BY 1, 2"))))
        .into()
}

#[tokio::test]
async fn a_login_and_a_provisioning_conclude_nothing_from_it() {
    for (name, effect) in pages() {
        let app = TestApp::start().await;
        provision(&app, "hubot", "maintainers").await;
        let before = rows(&app);
        for path in ["/user", "/orgs/acme/memberships/*"] {
            app.github.clear_faults();
            app.github.fault(Fault::on("GET", path, effect.clone()));
            let code = if path == "/user" { "github_auth_failed" } else { "org_verification_failed" };
            let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
            let answer = answer.expect(502, code);
            concludes_nothing(&answer.text(), &format!("{name} at {path}"));
        }
        for (path, code) in [
            ("/users/*", "github_user_lookup_failed"),
            ("/orgs/acme/memberships/*", "org_verification_failed"),
        ] {
            app.github.clear_faults();
            app.github.fault(Fault::on("GET", path, effect.clone()));
            let body = json!({"pool": "other", "github_login": "mona"});
            let answer = app.admin().post("/v1/admin/callers", &body).await.expect(502, code);
            concludes_nothing(&answer.text(), &format!("{name} at {path}"));
        }
        assert_eq!(rows(&app), before, "{name}");
    }
}

#[tokio::test]
async fn a_verification_and_the_doctor_conclude_nothing_from_it() {
    for (name, effect) in pages() {
        let app = TestApp::start().await;
        register(&app, json!({"scopes": [{"owner": "acme", "repo": "rocket"}]})).await;
        register_app(&app, "app", 77001).await;
        for (path, id, method) in [
            ("/user", "p1", "GET"),
            ("/repos/acme/rocket", "p1", "GET"),
            ("/app/installations/77001/access_tokens", "app", "POST"),
            ("/app/installations/77001", "app", "GET"),
        ] {
            // A repository that moved is GitHub's own redirect.
            let is_redirect = matches!(effect, Effect::Redirect { .. });
            if is_redirect && path.starts_with("/repos") {
                continue;
            }
            app.github.clear_faults();
            app.github.fault(Fault::on(method, path, effect.clone()));
            let verify = format!("/v1/admin/pools/team/identities/{id}/verify");
            let answer = app.admin().post(&verify, &json!({})).await.ok(200);
            let at = format!("{name} at {path}");
            assert_eq!(answer["ok"], false, "{at}: {answer}");
            concludes_nothing(&answer.to_string(), &at);
            let checks = answer["checks"].as_array().unwrap();
            let failed: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
            assert_eq!(failed.len(), 1, "{at}: {answer}");
            let fix = failed[0]["fix"].as_str().unwrap();
            assert!(fix.contains("octopool admin identities verify"), "{at}: {fix}");
            assert!(!fix.contains("wrangler secret"), "{at}: {fix}");
        }
        app.github.clear_faults();
        app.github.fault(Fault::on("GET", "/user", effect.clone()));
        let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
        concludes_nothing(&doctor.to_string(), name);
        let checks = doctor["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == "org_token_accepted").unwrap();
        assert_eq!(check["ok"], false, "{name}");
        // A connection that ends early is an outage.
        let is_cut_off = matches!(effect, Effect::Truncate);
        let words = if is_cut_off { "githubstatus.com" } else { "GITHUB_API_URL" };
        assert!(check["fix"].as_str().unwrap().contains(words), "{name}: {check}");
    }
}

#[tokio::test]
async fn an_outage_is_called_one_and_not_a_wrong_address() {
    for status in [500, 502, 503, 504, 520, 521, 530] {
        for effect in [Effect::Page { status }, Effect::status(status)] {
            let app = TestApp::start().await;
            register(&app, json!({})).await;
            app.github.fault(Fault::on("GET", "*", effect));
            let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
            concludes_nothing(&answer.expect(502, "github_auth_failed").text(), "login");
            let doctor = app.admin().get("/v1/admin/doctor").await.ok(200).to_string();
            concludes_nothing(&doctor, "doctor");
            assert!(doctor.contains("githubstatus.com") && doctor.contains(&status.to_string()), "{doctor}");
        }
    }
}
