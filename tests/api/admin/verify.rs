//! `POST /v1/admin/pools/{pool}/identities/{id}/verify`.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault, demo, keys};
use serde_json::{Value, json};

use crate::support::pat;

async fn registered(app: &TestApp) {
    app.admin().post("/v1/admin/pools/team/identities", &pat("pat")).await.ok(201);
    let installation = json!({
        "id": "app", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": demo::INSTALLATION, "scopes": [{"owner": "acme"}],
    });
    app.admin().post("/v1/admin/pools/team/identities", &installation).await.ok(201);
}

async fn verify(app: &TestApp, id: &str) -> Value {
    app.admin().post(&format!("/v1/admin/pools/team/identities/{id}/verify"), &json!({})).await.ok(200)
}

/// The name of the check that failed, which must be the last one and have a problem and a fix.
async fn fault(app: &TestApp, id: &str) -> String {
    let answer = verify(app, id).await;
    assert_eq!(answer["ok"], false, "{answer}");
    let checks = answer["checks"].as_array().unwrap();
    let (last, before) = checks.split_last().unwrap();
    assert!(before.iter().all(|check| check["ok"] == true), "{answer}");
    assert!(last["ok"] == false && last["problem"].is_string() && last["fix"].is_string(), "{answer}");
    last["check"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_good_pat_and_a_good_installation_pass() {
    let app = TestApp::start().await;
    registered(&app).await;
    let names = |answer: &Value| -> Vec<String> {
        answer["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| check["check"].as_str().unwrap().to_owned())
            .collect()
    };
    let answer = verify(&app, "pat").await;
    assert_eq!((&answer["ok"], names(&answer).len()), (&json!(true), 3), "{answer}");
    let answer = verify(&app, "app").await;
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!(names(&answer), ["secret_present", "app_id_present", "key_usable", "token_minted"]);
    let asked: Vec<_> = app.github.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(asked, ["/user", "/app/installations/77001/access_tokens"], "one request each");
}

#[tokio::test]
async fn keys_work_with_written_out_line_ends_and_in_pkcs8() {
    let app = TestApp::start().await;
    registered(&app).await;
    let pem = app.credentials.app_private_key_pem.clone();
    app.secrets.set("OCTOPOOL_APP_KEY", &pem.replace('\n', "\\n"));
    assert_eq!(verify(&app, "app").await["ok"], true);
    app.secrets.set("OCTOPOOL_APP_KEY", &keys::to_pkcs8_pem(&pem).unwrap());
    assert_eq!(verify(&app, "app").await["ok"], true);
}

#[tokio::test]
async fn each_fault_of_a_pat_is_told_apart() {
    let app = TestApp::start().await;
    registered(&app).await;
    app.secrets.set("OCTOPOOL_PAT_MONA", &app.credentials.tokens.hubot);
    assert_eq!(fault(&app, "pat").await, "account_matches");
    app.secrets.set("OCTOPOOL_PAT_MONA", "ghp_revoked");
    assert_eq!(fault(&app, "pat").await, "token_accepted");
    app.secrets.set("OCTOPOOL_PAT_MONA", " ");
    assert_eq!(fault(&app, "pat").await, "secret_present");
    app.secrets.remove("OCTOPOOL_PAT_MONA");
    assert_eq!(fault(&app, "pat").await, "secret_present");
}

#[tokio::test]
async fn each_fault_of_an_installation_is_told_apart() {
    let app = TestApp::start().await;
    registered(&app).await;
    let pem = app.credentials.app_private_key_pem.clone();
    let broken = {
        let mut lines: Vec<_> = pem.lines().collect();
        lines.drain(3..12);
        lines.join("\n")
    };
    for (secret, check) in [
        ("not a key", "key_usable"),
        (broken.as_str(), "key_usable"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "key_usable"),
        (keys::foreign_key_pem().unwrap().as_str(), "token_minted"),
    ] {
        app.secrets.set("OCTOPOOL_APP_KEY", secret);
        assert_eq!(fault(&app, "app").await, check);
    }
    app.secrets.set("OCTOPOOL_APP_KEY", &pem);
    app.secrets.set("OCTOPOOL_GITHUB_APP_ID", "not a number");
    assert_eq!(fault(&app, "app").await, "app_id_present");
    app.secrets.set("OCTOPOOL_GITHUB_APP_ID", "4243");
    assert_eq!(fault(&app, "app").await, "token_minted");
    app.secrets.remove("OCTOPOOL_GITHUB_APP_ID");
    assert_eq!(fault(&app, "app").await, "app_id_present");
}

#[tokio::test]
async fn what_github_says_of_the_installation_is_passed_on_in_our_words() {
    let app = TestApp::start().await;
    registered(&app).await;
    for (status, words) in
        [(403, "suspended"), (404, "no such installation"), (500, "500"), (401, "another App")]
    {
        app.github.clear_faults();
        app.github.fault(Fault::on("POST", "/app/installations/*", Effect::status(status)));
        let answer = verify(&app, "app").await;
        let last = answer["checks"].as_array().unwrap().last().unwrap();
        assert!(last["problem"].as_str().unwrap().contains(words), "{answer}");
    }
    for effect in [Effect::Html, Effect::Truncate, Effect::Nonsense, Effect::DropConnection] {
        app.github.clear_faults();
        app.github.fault(Fault::on("POST", "/app/installations/*", effect));
        assert_eq!(fault(&app, "app").await, "token_minted");
    }
}

#[tokio::test]
async fn a_limit_is_not_taken_for_a_bad_credential() {
    let app = TestApp::start().await;
    registered(&app).await;
    for (id, method, path) in [("pat", "GET", "/user"), ("app", "POST", "/app/installations/*")] {
        for effect in [
            Effect::SecondaryLimit { status: 403, retry_after: Some(60) },
            Effect::SecondaryLimit { status: 429, retry_after: None },
            Effect::ExhaustQuota,
        ] {
            app.github.clear_faults();
            app.github.fault(Fault::on(method, path, effect).once());
            let answer = verify(&app, id).await;
            let fix =
                answer["checks"].as_array().unwrap().last().unwrap()["fix"].as_str().unwrap().to_owned();
            assert!(
                fix.starts_with(&format!("octopool admin identities verify {id} --pool team")),
                "{answer}"
            );
        }
    }
}

#[tokio::test]
async fn a_reserved_name_that_got_into_the_database_is_no_credential() {
    let app = TestApp::start().await;
    registered(&app).await;
    app.database.execute("UPDATE identities SET secret_ref = 'OCTOPOOL_ADMIN_TOKEN'").unwrap();
    for id in ["pat", "app"] {
        assert_eq!(fault(&app, id).await, "secret_present");
    }
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn an_identity_that_is_not_in_the_pool_is_not_found() {
    let app = TestApp::start().await;
    registered(&app).await;
    for path in ["/v1/admin/pools/team/identities/none/verify", "/v1/admin/pools/other/identities/pat/verify"]
    {
        app.admin().post(path, &json!({})).await.expect(404, "identity_not_found");
    }
    app.admin()
        .post("/v1/admin/pools/team/identities/a%2Fb/verify", &json!({}))
        .await
        .expect(400, "invalid_request");
}
