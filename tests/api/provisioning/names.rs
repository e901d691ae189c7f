//! Names as GitHub has them, and as it cannot have them; and what a proof proves.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault, demo};
use serde_json::{Value, json};

use crate::support::{log_in, pat, provision, register};

const IDENTITIES: &str = "/v1/admin/pools/team/identities";

#[tokio::test]
async fn logins_and_repositories_that_exist_are_accepted_and_others_refused() {
    let app = TestApp::start().await;
    let longest = "x".repeat(39);
    for (field, value, accepted) in [
        ("login", "Octo-CAT", true),
        ("login", "a-", true),
        ("login", "a--b--", true),
        ("login", "mona_acme", true),
        ("login", "Mona-Lisa_ACME", true),
        ("login", "dependabot[bot]", true),
        ("login", "octopool-acme", true),
        ("login", "0", true),
        ("login", longest.as_str(), true),
        ("login", "-a", false),
        ("login", "mona.lisa", false),
        ("login", "mona lisa", false),
        ("login", "@mona", false),
        ("login", "mona@acme.example", false),
        ("login", "https://github.com/mona", false),
        ("login", "mona[bot", false),
        ("login", "mona[robot]", false),
        ("login", "[bot]", false),
        ("login", "mona_", false),
        ("login", "_acme", false),
        ("repo", "rocket", true),
        ("repo", ".github", true),
        ("repo", "mona.github.io", true),
        ("repo", "-", true),
        ("repo", "_", true),
        ("repo", "rocket.gitx", true),
        ("repo", "rocket.git", false),
        ("repo", "Rocket.Git", false),
        ("repo", ".git", false),
        ("repo", ".", false),
        ("repo", "..", false),
        ("repo", "acme/rocket", false),
        ("repo", "rocket ", false),
        ("repo", "*", false),
        ("repo", "rocket#1", false),
        ("owner", "a-", true),
        ("owner", "0----0", true),
        ("owner", "acme[bot]", false),
        ("owner", "acme/rocket", false),
        ("owner", "@acme", false),
        ("owner", "**", false),
    ] {
        let mut body = pat("p1");
        match field {
            "login" => body["login"] = json!(value),
            "repo" => body["scopes"] = json!([{"owner": "acme", "repo": value}]),
            _ => body["scopes"] = json!([{"owner": value}]),
        }
        let answer = app.admin().post(IDENTITIES, &body).await;
        assert_eq!(answer.status() == 201, accepted, "{field} {value}: {}", answer.text());
        if !accepted {
            assert_eq!(answer.status(), 400, "{field} {value}: {}", answer.text());
        }
        let desired = json!({"desired": {"pools": {"team": {"identities": {"p1": {
            "login": body["login"], "secret_ref": "PAT", "scopes": body["scopes"],
        }}}}}});
        let plan = app.admin().post("/v1/admin/plan", &desired).await;
        assert_eq!(plan.status() == 200, accepted, "plan of {field} {value}: {}", plan.text());
    }
}

#[tokio::test]
async fn an_account_is_found_under_any_spelling_and_after_a_rename() {
    let app = TestApp::start().await;
    app.github.edit(|state| {
        for (id, login) in [(2001, "guin-"), (2002, "0----0"), (2003, "mia_acme")] {
            state.accounts.add_user(id, login).unwrap();
            let member = octopool_testkit::github::model::memberships::Membership::active(
                octopool_testkit::github::model::memberships::Role::Member,
            );
            state.memberships.set(demo::ACME, id, member);
        }
    });
    for login in ["guin-", "GUIN-", "0----0", "mia_acme", "Mia_Acme", "HUBOT"] {
        provision(&app, login, "team").await;
    }
    assert_eq!(app.database.value("SELECT count(*) FROM callers"), 4);
    app.github.edit(|state| state.rename_account(demo::HUBOT, "robot").unwrap());
    let old = app.admin().post("/v1/admin/callers", &json!({"pool": "team", "github_login": "hubot"})).await;
    old.expect(422, "github_user_not_found");
    provision(&app, "robot", "team").await;
    assert_eq!(app.database.value("SELECT count(*) FROM callers"), 4, "the number binds");
    let pool = json!({"pool": "team", "github_token": app.credentials.tokens.hubot, "client_name": "ci"});
    let login = app.anon().post("/v1/login/github-cli", &pool).await.ok(201);
    assert_eq!(login["caller"]["github_login"], "robot");
    log_in(&app, &app.credentials.tokens.hubot, "ci").await.expect(403, "caller_not_provisioned");
}

async fn verify(app: &TestApp, scopes: Value) -> Value {
    register(app, json!({"scopes": scopes})).await;
    app.admin().post(&format!("{IDENTITIES}/p1/verify"), &json!({})).await.ok(200)
}

#[tokio::test]
async fn a_token_without_access_to_its_scope_does_not_pass() {
    for scopes in [
        json!([{"owner": "nobody-has-this"}]),
        json!([{"owner": "acme", "repo": "nothing"}]),
        json!([{"owner": "acme", "repo": "nothing"}, {"owner": "acme", "repo": "rocket"}]),
        json!([{"owner": "nobody-has-this"}, {"owner": "*"}]),
    ] {
        let app = TestApp::start().await;
        assert_eq!(verify(&app, scopes.clone()).await["ok"], false, "{scopes}");
    }
    for effect in [
        Effect::status(404),
        Effect::status(451),
        Effect::status(403),
        Effect::status(401),
        Effect::respond(403, json!({"message": "Repository access blocked"})),
        Effect::Page { status: 403 },
        Effect::Html,
    ] {
        for scopes in [
            json!([{"owner": "acme"}]),
            json!([{"owner": "acme", "repo": "rocket"}, {"owner": "acme", "repo": "website"}]),
            json!([{"owner": "acme", "repo": "rocket"}]),
        ] {
            let app = TestApp::start().await;
            app.github.fault(Fault::on("GET", "/repos/*", effect.clone()));
            let answer = verify(&app, scopes.clone()).await;
            assert_eq!(answer["ok"], false, "{effect:?} {scopes}: {answer}");
        }
    }
    for errors in ["FORBIDDEN", "NOT_FOUND", "INSUFFICIENT_SCOPES", "SOMETHING_NEW"] {
        let app = TestApp::start().await;
        let error = |field: &str| json!({"type": errors, "path": [field], "message": "No"});
        let body = json!({"data": {"p0": null, "p1": null}, "errors": [error("p0"), error("p1")]});
        app.github.fault(Fault::on("POST", "/graphql", Effect::respond(200, body)));
        let scopes = json!([{"owner": "acme", "repo": "rocket"}, {"owner": "acme", "repo": "website"}]);
        assert_eq!(verify(&app, scopes).await["ok"], false, "{errors}");
    }
}

#[tokio::test]
async fn an_expiry_is_read_in_each_form_of_githubs() {
    for (header, check) in [
        ("2099-12-31 23:59:59 UTC", ""),
        ("2099-12-31 23:59:59 +0100", ""),
        ("2099-12-31 23:59:59 -0700", ""),
        ("2001-01-01 00:00:00 UTC", "token_current"),
        ("2001-01-01 00:00:00 +0200", "token_current"),
        ("soon", ""),
    ] {
        let app = TestApp::start().await;
        let expiring = Effect::headers().with_header("github-authentication-token-expiration", header);
        app.github.fault(Fault::on("GET", "/user", expiring));
        let answer = verify(&app, json!([{"owner": "acme", "repo": "rocket"}])).await;
        let checks = answer["checks"].as_array().unwrap();
        let failed =
            checks.iter().find(|it| it["ok"] == false).map_or("", |it| it["check"].as_str().unwrap());
        assert_eq!(failed, check, "{header}: {answer}");
    }
}
