//! `POST /v1/login/github-cli`.

use std::time::Duration;

use octopool_testkit::TestApp;
use octopool_testkit::github::demo;
use serde_json::{Value, json};

use crate::support::{log_in, opens, provision};

const PATH: &str = "/v1/login/github-cli";

fn token_of(answer: &Value) -> String {
    answer["token"].as_str().unwrap().to_owned()
}

async fn org_members() -> TestApp {
    TestApp::with("LOGIN_ENROLLMENT", "org-members").start().await
}

#[tokio::test]
async fn a_provisioned_member_gets_a_token_of_its_own() {
    let app = TestApp::start().await;
    let admin_token = provision(&app, "hubot", "maintainers").await;
    let answer = log_in(&app, &app.credentials.tokens.hubot, " Laptop.local.LOCAL ").await.ok(201);
    let caller = &answer["caller"];
    assert_eq!(caller["github_login"], "hubot");
    assert_eq!(caller["name"], "hubot");
    assert_eq!(caller["org_login"], "acme");
    assert_eq!(caller["pool"], "maintainers", "the default login pool");
    assert_eq!(caller["client_name"], "Laptop");
    assert!(caller["id"].is_string());
    assert!(opens(&app, &token_of(&answer), "maintainers").await);
    assert!(opens(&app, &admin_token, "maintainers").await, "the admin client's token is another one");
}

#[tokio::test]
async fn a_client_without_a_name_is_legacy_and_unknown_fields_are_ignored() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    let body = json!({"github_token": app.credentials.tokens.hubot, "future": {"field": 1}});
    assert_eq!(app.anon().post(PATH, &body).await.ok(201)["caller"]["client_name"], "legacy");
}

#[tokio::test]
async fn no_pool_is_the_default_pool_however_a_client_says_it() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    for pool in [Value::Null, json!("")] {
        let body = json!({"github_token": app.credentials.tokens.hubot, "pool": pool});
        assert_eq!(app.anon().post(PATH, &body).await.ok(201)["caller"]["pool"], "maintainers", "{body}");
    }
}

#[tokio::test]
async fn a_new_login_replaces_only_the_same_clients_token() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    let hubot = app.credentials.tokens.hubot.clone();
    let laptop = token_of(&log_in(&app, &hubot, "laptop").await.ok(201));
    let ci = token_of(&log_in(&app, &hubot, "ci").await.ok(201));
    let again = token_of(&log_in(&app, &hubot, "laptop").await.ok(201));
    assert!(!opens(&app, &laptop, "maintainers").await);
    assert!(opens(&app, &ci, "maintainers").await);
    assert!(opens(&app, &again, "maintainers").await);
}

#[tokio::test]
async fn the_least_recently_used_of_seventeen_clients_goes() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    app.database.execute("DELETE FROM caller_tokens").unwrap();
    let hubot = app.credentials.tokens.hubot.clone();
    let mut tokens = Vec::new();
    for number in 0..16 {
        app.clock.advance(Duration::from_secs(1));
        tokens.push(token_of(&log_in(&app, &hubot, &format!("client-{number}")).await.ok(201)));
    }
    app.clock.advance(Duration::from_secs(1));
    assert!(opens(&app, &tokens[0], "maintainers").await, "the oldest client is used");
    log_in(&app, &hubot, "one-more").await.ok(201);
    assert_eq!(app.database.value("SELECT count(*) FROM caller_tokens"), 16);
    assert!(opens(&app, &tokens[0], "maintainers").await, "used, so it stays");
    assert!(!opens(&app, &tokens[1], "maintainers").await, "the least recently used");
    assert!(opens(&app, &tokens[2], "maintainers").await);
}

#[tokio::test]
async fn a_refused_login_retires_no_client() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    for number in 0..15 {
        log_in(&app, &app.credentials.tokens.hubot, &format!("client-{number}")).await.ok(201);
    }
    let before = app.database.dump_without_refusals();
    let body =
        json!({"github_token": app.credentials.tokens.hubot, "client_name": "x", "pool": "not-granted"});
    app.anon().post(PATH, &body).await.expect(403, "caller_not_provisioned");
    assert_eq!(app.database.dump_without_refusals(), before);
}

#[tokio::test]
async fn there_is_no_self_service_unless_the_operator_turns_it_on() {
    let app = TestApp::start().await;
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.expect(403, "caller_not_provisioned");
    provision(&app, "hubot", "team").await;
    let answer =
        log_in(&app, &app.credentials.tokens.hubot, "laptop").await.expect(403, "caller_not_provisioned");
    let details = answer.error().error.details.unwrap();
    assert_eq!(details, json!({"github_login": "hubot", "pool": "maintainers"}), "what to ask an admin for");
    assert_eq!(app.database.value("SELECT count(*) FROM pools WHERE id = 'maintainers'"), 0);
}

#[tokio::test]
async fn org_members_enroll_themselves_into_the_default_pool_only() {
    let app = org_members().await;
    let hubot = app.credentials.tokens.hubot.clone();
    let answer = log_in(&app, &hubot, "laptop").await.ok(201);
    assert!(opens(&app, &token_of(&answer), "maintainers").await);
    let again = log_in(&app, &hubot, "ci").await.ok(201);
    assert_eq!(again["caller"]["id"], answer["caller"]["id"]);

    app.github.clear_requests();
    let before = app.database.dump_without_refusals();
    let body = json!({"github_token": hubot, "pool": "other"});
    app.anon().post(PATH, &body).await.expect(403, "pool_denied");
    assert!(app.github.requests().is_empty(), "refused before GitHub is asked");
    for outsider in [&app.credentials.tokens.mallory, &app.credentials.tokens.newbie] {
        log_in(&app, outsider, "laptop").await.expect(403, "org_member_denied");
    }
    assert_eq!(app.database.dump_without_refusals(), before);
}

#[tokio::test]
async fn enrolling_keeps_the_name_that_the_admin_gave() {
    let app = org_members().await;
    let body = json!({"pool": "maintainers", "github_login": "hubot", "name": "The Robot"});
    app.admin().post("/v1/admin/callers", &body).await.ok(201);
    let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    assert_eq!(answer["caller"]["name"], "The Robot");
}

#[tokio::test]
async fn a_disabled_caller_is_told_so_in_both_modes() {
    for mode in ["provisioned", "org-members"] {
        let app = TestApp::with("LOGIN_ENROLLMENT", mode).start().await;
        provision(&app, "hubot", "maintainers").await;
        app.database.execute("UPDATE callers SET status = 'disabled'").unwrap();
        for grant in [true, false] {
            if !grant {
                app.database.execute("DELETE FROM caller_pools").unwrap();
            }
            let before = app.database.dump_without_refusals();
            log_in(&app, &app.credentials.tokens.hubot, "laptop").await.expect(403, "caller_disabled");
            assert_eq!(app.database.dump_without_refusals(), before, "{mode}, grant: {grant}");
        }
    }
}

#[tokio::test]
async fn a_renamed_account_keeps_its_caller_and_a_stranger_with_its_old_login_gets_none() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    app.github.edit(|state| {
        state.rename_account(demo::HUBOT, "robot").unwrap();
        state.rename_account(demo::OCTOCAT, "hubot").unwrap();
    });
    let renamed = log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    assert_eq!(renamed["caller"]["github_login"], "robot");
    assert_eq!(app.database.value("SELECT github_login FROM callers"), "robot");
    log_in(&app, &app.credentials.tokens.octocat, "laptop").await.expect(403, "caller_not_provisioned");
}

#[tokio::test]
async fn a_token_that_github_rejects_is_a_401_with_the_limits_as_strings() {
    let app = TestApp::start().await;
    let answer = log_in(&app, "ghp_wrong", "laptop").await.expect(401, "github_auth_failed");
    let details = answer.error().error.details.unwrap();
    for (name, value) in details.as_object().unwrap() {
        assert!(name.starts_with("github_") && value.is_string(), "{name}: {value}");
    }
    assert_eq!(details["github_rate_limit_resource"], "core");
    assert!(details["github_rate_limit_reset"].as_str().unwrap().parse::<i64>().is_ok());
}

#[tokio::test]
async fn bad_fields_are_refused_before_github_is_asked() {
    let app = TestApp::start().await;
    let good = json!({"github_token": "ghp_x"});
    for (field, value, code) in [
        ("github_token", json!(null), "invalid_request"),
        ("github_token", json!(""), "invalid_request"),
        ("github_token", json!("a b"), "invalid_request"),
        ("github_token", json!("a\r\nx-evil: 1"), "invalid_request"),
        ("github_token", json!("ü"), "invalid_request"),
        ("github_token", json!(7), "invalid_request"),
        ("github_token", json!("x".repeat(5000)), "invalid_request"),
        ("pool", json!("team/a"), "invalid_request"),
        ("pool", json!(1), "invalid_request"),
        ("client_name", json!("a b"), "client_name_invalid"),
        ("client_name", json!(""), "client_name_invalid"),
        ("client_name", json!(".local"), "client_name_invalid"),
        ("client_name", json!([]), "client_name_invalid"),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let answer = app.anon().post(PATH, &body).await.expect(400, code);
        assert_eq!(answer.fields(), [field], "{value}");
    }
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn the_audit_names_the_caller_as_the_actor() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    let answer = log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    let events = app.database.rows("SELECT actor, action, subject FROM audit_events ORDER BY seq");
    let id = answer["caller"]["id"].as_str().unwrap();
    assert_eq!(
        json!(events[1]),
        json!({"actor": format!("caller:{id}"), "action": "caller.login", "subject": id})
    );
}

#[tokio::test]
async fn it_takes_two_requests_to_github_and_one_batch() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "maintainers").await;
    app.github.clear_requests();
    let (batches, statements) = app.database.counts();
    log_in(&app, &app.credentials.tokens.hubot, "laptop").await.ok(201);
    let asked: Vec<_> = app.github.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, ["/user", "/orgs/acme/memberships/hubot"]);
    assert_eq!(app.database.counts(), (batches + 1, statements + 5));
}
