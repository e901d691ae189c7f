//! 403 is not one thing: each cause of GitHub's is named, with advice for whom it reads.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault};
use serde_json::{Value, json};

use crate::support::{log_in, provision};

/// GitHub's answers, and a word of what octopool says of each.
fn causes() -> Vec<(Effect, &'static str)> {
    let said = |message: &str| Effect::respond(403, json!({ "message": message }));
    let required = "required; url=https://github.com/orgs/acme/sso?authorization_request=CANARY";
    vec![
        (said("Forbidden").with_header("x-github-sso", required), "single sign-on"),
        (said("Resource protected by organization SAML enforcement."), "single sign-on"),
        (
            said(
                "Although you appear to have the correct authorization credentials, the `acme` organization has enabled OAuth App access restrictions",
            ),
            "OAuth Apps",
        ),
        (
            said("`acme` forbids access via a personal access token (classic). Please use a GitHub App"),
            "(classic)",
        ),
        (
            said(
                "The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 90 days.",
            ),
            "lifetime",
        ),
        (said("`acme` forbids access via a fine-grained personal access token."), "fine-grained"),
        (
            said(
                "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.",
            ),
            "not fixed",
        ),
        (said("Resource not accessible by integration"), "installation token"),
        (said("Resource not accessible by personal access token"), "lacks a permission"),
        (said("Sorry. Your account was suspended."), "has suspended the account"),
        (said("Canary words of a new rule"), "without a cause that octopool knows"),
    ]
}

fn message(answer: octopool_testkit::Answer, status: u16, code: &str) -> String {
    let answer = answer.expect(status, code);
    let text = answer.text();
    assert!(
        !text.contains("CANARY") && !text.contains("Canary") && !text.contains("appear to have"),
        "{text}"
    );
    answer.error().error.message
}

#[tokio::test]
async fn a_login_says_which_one_it_is() {
    for (effect, words) in causes() {
        let app = TestApp::start().await;
        provision(&app, "hubot", "maintainers").await;
        app.github.fault(Fault::on("GET", "/user", effect.clone()));
        let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
        let said = message(answer, 401, "github_auth_failed");
        assert!(said.contains(words) && !said.contains("org token"), "{said}");
        app.github.clear_faults();
        app.github.fault(Fault::on("GET", "/orgs/acme/memberships/*", effect.clone()));
        let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
        let said = message(answer, 403, "org_member_denied");
        assert!(said.contains(words) && !said.contains("org token"), "{said}");
    }
}

#[tokio::test]
async fn provisioning_says_it_of_the_org_token_and_not_of_the_admin() {
    for (effect, words) in causes() {
        for (path, code) in [
            ("/users/hubot", "github_user_lookup_failed"),
            ("/orgs/acme/memberships/*", "org_verification_failed"),
        ] {
            let app = TestApp::start().await;
            app.github.fault(Fault::on("GET", path, effect.clone()));
            let body = json!({"pool": "team", "github_login": "hubot"});
            let answer = app.admin().post("/v1/admin/callers", &body).await;
            let said = message(answer, 502, code);
            assert!(said.contains(words) && said.contains("octopool doctor"), "{said}");
            assert!(!said.contains("invitation") && !said.contains("this token"), "{said}");
        }
    }
}

#[tokio::test]
async fn the_doctor_and_a_verification_say_it_with_a_fix() {
    for (effect, words) in causes() {
        let app = TestApp::start().await;
        let body = json!({"id": "p1", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA",
                          "scopes": [{"owner": "acme", "repo": "rocket"}]});
        app.admin().post("/v1/admin/pools/team/identities", &body).await.ok(201);
        for (path, checks) in [
            ("/user", ["org_token_accepted", "token_accepted"]),
            ("/orgs/acme/memberships/*", ["org_token_reads_members", ""]),
            ("/repos/acme/rocket", ["", "owners_accessible"]),
        ] {
            app.github.clear_faults();
            app.github.fault(Fault::on("GET", path, effect.clone()));
            let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
            let failed: Vec<&Value> =
                doctor["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false).collect();
            let names: Vec<_> = failed.iter().map(|check| check["check"].as_str().unwrap()).collect();
            let expected: Vec<_> = checks.into_iter().filter(|name| !name.is_empty()).collect();
            assert_eq!(names, expected, "{effect:?}: {doctor}");
            for check in failed {
                let problem = check["problem"].as_str().unwrap();
                let is_unexplained =
                    check["check"] == "org_token_reads_members" && words.contains("octopool");
                assert!(problem.contains(words) || is_unexplained, "{problem}");
                assert!(!check["fix"].as_str().unwrap().is_empty());
            }
        }
    }
}

#[tokio::test]
async fn an_admin_who_provisions_somebody_is_not_told_to_accept_an_invitation() {
    let app = TestApp::start().await;
    for (login, words) in [("mallory", "Invite it first"), ("newbie", "has not accepted yet")] {
        let body = json!({"pool": "team", "github_login": login});
        let answer = app.admin().post("/v1/admin/callers", &body).await;
        let said = message(answer, 403, "org_member_denied");
        assert!(said.contains(words) && !said.contains("Accept the invitation"), "{said}");
    }
    let app = TestApp::with("ALLOWED_GITHUB_ORG", "acme-typo").start().await;
    let body = json!({"pool": "team", "github_login": "hubot"});
    let answer = app.admin().post("/v1/admin/callers", &body).await;
    assert!(message(answer, 403, "org_member_denied").contains("ALLOWED_GITHUB_ORG"));
    let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
    assert!(message(answer, 403, "org_member_denied").contains("ALLOWED_GITHUB_ORG"));
    let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
    let checks = doctor["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == "org_token_reads_members").unwrap();
    assert!(check["problem"].as_str().unwrap().contains("no organization acme-typo"), "{check}");
    assert!(check["fix"].as_str().unwrap().contains("ALLOWED_GITHUB_ORG"), "{check}");
}

#[tokio::test]
async fn an_operator_whose_caller_is_disabled_is_told_the_command() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "team").await;
    app.database.execute("UPDATE callers SET status = 'disabled'").unwrap();
    let id = app.database.value("SELECT id FROM callers");
    let answer =
        app.admin().post("/v1/admin/callers", &json!({"pool": "team", "github_login": "hubot"})).await;
    let said = message(answer, 409, "caller_disabled");
    assert!(said.contains(&format!("octopool admin callers enable {}", id.as_str().unwrap())), "{said}");
}

/// What a proxy or another server says in place of GitHub's API.
fn pages() -> Vec<Effect> {
    let html = |status| Effect::Page { status };
    let mut all: Vec<_> = [400, 401, 403, 404, 407, 422, 451].map(html).into();
    all.extend([Effect::respond(404, json!("Not Found")), Effect::respond(403, json!([]))]);
    all
}

#[tokio::test]
async fn a_page_that_is_not_githubs_proves_nothing() {
    for effect in pages() {
        let app = TestApp::start().await;
        let caller = provision(&app, "hubot", "maintainers").await;
        app.github.fault(Fault::on("GET", "*", effect.clone()));
        let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
        assert!(message(answer, 502, "github_auth_failed").contains("GITHUB_API_URL"), "{effect:?}");
        let body = json!({"pool": "team", "github_login": "mona"});
        let answer = app.admin().post("/v1/admin/callers", &body).await;
        assert!(message(answer, 502, "github_user_lookup_failed").contains("GITHUB_API_URL"), "{effect:?}");
        app.clock.advance(std::time::Duration::from_hours(24));
        let answer = app.bearer(&caller).get("/v1/pools/maintainers/health").await;
        assert!(message(answer, 502, "org_verification_failed").contains("octopool doctor"), "{effect:?}");
        let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
        let checks = doctor["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == "org_token_accepted").unwrap();
        assert!(check["fix"].as_str().unwrap().contains("GITHUB_API_URL"), "{effect:?}: {check}");
        assert_eq!(app.database.value("SELECT count(*) FROM repository_proofs"), 0);
    }
}

#[tokio::test]
async fn a_base_that_has_no_account_of_its_own_is_no_api_of_githubs() {
    let app = TestApp::start().await;
    app.github.fault(Fault::on("GET", "/user", Effect::status(404)));
    let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await;
    assert!(message(answer, 502, "github_auth_failed").contains("GITHUB_API_URL"));
}

#[tokio::test]
async fn a_token_that_no_repository_is_shown_to_does_not_pass() {
    for scopes in [
        json!([{"owner": "acme"}]),
        json!([{"owner": "acme", "repo": "rocket"}]),
        json!([{"owner": "acme", "repo": "rocket"}, {"owner": "acme", "repo": "website"}]),
        json!([{"owner": "acme"}, {"owner": "acme", "repo": "rocket"}]),
    ] {
        let app = TestApp::start().await;
        let body = json!({"id": "p1", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": scopes});
        app.admin().post("/v1/admin/pools/team/identities", &body).await.ok(201);
        let path = "/v1/admin/pools/team/identities/p1/verify";
        assert_eq!(app.admin().post(path, &json!({})).await.ok(200)["ok"], true, "{scopes}");
        for (effect, _) in causes() {
            app.github.clear_faults();
            app.github.fault(Fault::on("GET", "/repos/*", effect.clone()));
            let before = app.github.requests().len();
            let answer = app.admin().post(path, &json!({})).await.ok(200);
            assert_eq!(answer["ok"], false, "{scopes}, {effect:?}: {answer}");
            assert!(app.github.requests().len() - before <= 3);
        }
    }
}
