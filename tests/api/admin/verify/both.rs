//! `POST /v1/admin/pools/{pool}/identities/{id}/verify`, and `verify: true` at registration: what
//! is the same for every kind of identity. What is made of the answers is tried in tables beside
//! the judge; here, that the right questions are asked.

use axum::body::Body;
use http::Request;
use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault, demo};
use serde_json::json;

use super::support::{asked, edit, fault, installation_for, pat_for, register, registered, verify};
use crate::support::pat;

#[tokio::test]
async fn a_good_pat_costs_three_requests_and_a_good_installation_two() {
    let app = TestApp::start().await;
    registered(&app).await;
    let answer = verify(&app, "pat").await;
    assert_eq!(answer["ok"], true, "{answer}");
    let answer = verify(&app, "app").await;
    assert_eq!(answer["ok"], true, "{answer}");
    let questions = [
        "/user",
        "/graphql",
        "/repos/acme/website",
        "/app/installations/77001/access_tokens",
        "/app/installations/77001",
    ];
    assert_eq!(asked(&app), questions);
}

#[tokio::test]
async fn a_hundred_scopes_cost_no_more_than_one() {
    let app = TestApp::start().await;
    edit(&app, |state| {
        for number in 0..99 {
            state.repositories.add(6000 + number, demo::ACME, &format!("r{number}"), false).unwrap();
        }
    });
    let mut scopes: Vec<_> = (0..99).map(|number| format!("acme/r{number}")).collect();
    scopes.push("acme/website".to_owned());
    let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
    register(&app, &pat_for(&scopes)).await;
    register(&app, &installation_for(&scopes)).await;
    for id in ["pat", "app"] {
        let answer = verify(&app, id).await;
        assert_eq!(answer["ok"], true, "{answer}");
    }
    assert_eq!(asked(&app).iter().filter(|path| *path == "/graphql").count(), 2);
    edit(&app, |state| drop(state.repositories.remove(6042)));
    for id in ["pat", "app"] {
        let (check, problem, fix) = fault(&app, id).await;
        assert_eq!(check, "repositories_found");
        assert!(
            problem.contains("acme/r42 is not found")
                && !fix.contains("acme/r42 ")
                && fix.contains("acme/r41 "),
            "{fix}"
        );
    }
}

#[tokio::test]
async fn a_binding_that_is_missing_and_one_that_is_blank_are_told_apart_without_asking_github() {
    let app = TestApp::start().await;
    registered(&app).await;
    for (id, name) in [("pat", "OCTOPOOL_PAT_MONA"), ("app", "OCTOPOOL_APP_KEY")] {
        app.secrets.set(name, " ");
        let (check, problem, fix) = fault(&app, id).await;
        assert_eq!((check.as_str(), problem), ("secret_present", format!("The secret {name} is blank.")));
        assert!(fix.starts_with(&format!("npx wrangler secret put {name}")), "{fix}");
        app.secrets.remove(name);
        let (check, problem, _) = fault(&app, id).await;
        assert_eq!(
            (check.as_str(), problem),
            ("secret_present", format!("The deployment has no secret named {name}."))
        );
    }
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn a_scopes_repository_that_was_renamed_and_one_that_is_gone() {
    let app = TestApp::start().await;
    register(&app, &pat_for(&["acme/website"])).await;
    register(&app, &installation_for(&["acme/website", "acme/rocket"])).await;
    edit(&app, |state| state.rename_repository(demo::WEBSITE, "site").unwrap());
    let (check, problem, fix) = fault(&app, "pat").await;
    assert_eq!(
        (check.as_str(), problem.as_str()),
        ("repositories_found", "acme/website has another name now.")
    );
    assert_eq!(
        fix,
        "octopool admin identities update pat --pool team --public-scope \"$(gh api repos/acme/website --jq .full_name)\""
    );
    let (check, _, fix) = fault(&app, "app").await;
    assert_eq!(check, "repositories_found");
    assert_eq!(
        fix,
        "octopool admin identities update app --pool team --public-scope acme/site --public-scope acme/rocket"
    );
    edit(&app, |state| drop(state.repositories.remove(demo::WEBSITE)));
    let (check, problem, _) = fault(&app, "pat").await;
    assert_eq!(check, "repositories_found");
    assert!(problem.starts_with("acme/website is not found"), "{problem}");
    let (_, problem, fix) = fault(&app, "app").await;
    assert!(problem.starts_with("acme/website is not found"), "{problem}");
    assert_eq!(fix, "octopool admin identities update app --pool team --public-scope acme/rocket");
}

#[tokio::test]
async fn a_github_that_is_down_is_no_fault_of_the_identity() {
    let app = TestApp::start().await;
    registered(&app).await;
    for path in [
        "/user",
        "/graphql",
        "/repos/acme/website",
        "/app/installations/77001/access_tokens",
        "/app/installations/77001",
    ] {
        for effect in
            [Effect::status(500), Effect::status(503), Effect::Html, Effect::Truncate, Effect::DropConnection]
        {
            let id = if path.starts_with("/app") { "app" } else { "pat" };
            app.github.clear_faults();
            app.github.fault(Fault { method: None, ..Fault::on("GET", path, effect) });
            let (_, problem, fix) = fault(&app, id).await;
            assert!(
                fix.starts_with(&format!("octopool admin identities verify {id} --pool team")),
                "{path} {problem} {fix}"
            );
            assert!(problem.contains("GitHub"), "{problem}");
        }
    }
}

#[tokio::test]
async fn nothing_that_github_wrote_reaches_the_answer() {
    let app = TestApp::start().await;
    registered(&app).await;
    let said = json!({"message": "canary-upstream", "login": "canary upstream <b>", "id": 7, "full_name": "canary upstream/x y"});
    for path in [
        "/user",
        "/graphql",
        "/repos/acme/website",
        "/app/installations/77001/access_tokens",
        "/app/installations/77001",
        "/app",
    ] {
        for status in [200, 201, 301, 401, 403, 404, 422, 500] {
            app.github.clear_faults();
            app.github.fault(Fault {
                method: None,
                ..Fault::on("GET", path, Effect::respond(status, said.clone()))
            });
            for id in ["pat", "app"] {
                let answer = verify(&app, id).await.to_string();
                assert!(!answer.contains("canary"), "{path} {status}: {answer}");
            }
        }
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
            let (_, problem, fix) = fault(&app, id).await;
            assert!(problem.contains("rate limit"), "{problem}");
            assert!(fix.starts_with(&format!("octopool admin identities verify {id} --pool team")), "{fix}");
        }
    }
}

#[tokio::test]
async fn a_reserved_name_that_got_into_the_database_is_no_credential() {
    let app = TestApp::start().await;
    registered(&app).await;
    app.database.execute("UPDATE identities SET secret_ref = 'OCTOPOOL_ADMIN_TOKEN'").unwrap();
    for id in ["pat", "app"] {
        let (check, _, fix) = fault(&app, id).await;
        assert_eq!(check, "secret_present");
        assert!(fix.contains("--secret-ref NAME"), "{fix}");
    }
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn an_identity_that_is_not_in_the_pool_is_not_found() {
    let app = TestApp::start().await;
    registered(&app).await;
    for (path, code) in [
        ("/v1/admin/pools/team/identities/none/verify", "identity_not_found"),
        ("/v1/admin/pools/other/identities/pat/verify", "pool_not_found"),
    ] {
        app.admin().post(path, &json!({})).await.expect(404, code);
    }
    app.admin()
        .post("/v1/admin/pools/team/identities/a%2Fb/verify", &json!({}))
        .await
        .expect(400, "invalid_request");
}

#[tokio::test]
async fn a_registration_that_is_to_be_verified_writes_nothing_if_it_does_not_work() {
    let app = TestApp::start().await;
    let mut body = pat("pat");
    body["verify"] = json!(true);
    app.secrets.set("OCTOPOOL_PAT_MONA", &app.credentials.tokens.hubot);
    let before = app.database.dump_without_refusals();
    let refused =
        app.admin().post("/v1/admin/pools/team/identities", &body).await.expect(422, "identity_unverified");
    let details = refused.error().error.details.unwrap();
    let checks = details["checks"].as_array().unwrap();
    assert_eq!(
        (checks.len(), &checks[0]["check"], &checks[0]["ok"]),
        (1, &json!("account_matches"), &json!(false))
    );
    assert!(checks[0]["problem"].is_string() && checks[0]["fix"].is_string());
    assert_eq!(app.database.dump_without_refusals(), before);
    app.secrets.set("OCTOPOOL_PAT_MONA", &app.credentials.tokens.mona);
    let answer = app.admin().post("/v1/admin/pools/team/identities", &body).await.ok(201);
    assert!(answer["identity"].get("verify").is_none(), "it is asked for, not kept: {answer}");
    let asked = app.github.requests().len();
    body["verify"] = json!(false);
    app.admin().post("/v1/admin/pools/team/identities", &body).await.ok(201);
    assert_eq!(app.github.requests().len(), asked, "nobody asked for it");
    body["verify"] = json!("yes");
    app.admin().post("/v1/admin/pools/team/identities", &body).await.expect(400, "invalid_request");
}

#[tokio::test]
async fn a_key_in_place_of_a_token_and_a_token_in_place_of_a_key_are_told_without_asking_github() {
    let app = TestApp::start().await;
    registered(&app).await;
    let pem = &app.credentials.app_private_key_pem;
    for key in [pem.clone(), pem.replace('\n', "\\n"), format!("\n {pem}")] {
        app.secrets.set("OCTOPOOL_PAT_MONA", &key);
        let (check, problem, fix) = fault(&app, "pat").await;
        assert_eq!(
            (check.as_str(), problem.as_str()),
            ("token_accepted", "The secret OCTOPOOL_PAT_MONA is a private key, not a token.")
        );
        assert!(
            fix.starts_with("octopool admin identities update pat --pool team --secret-ref NAME"),
            "{fix}"
        );
    }
    for token in
        ["ghp_canary", "github_pat_canary", "ghs_canary\n", "0123456789abcdef0123456789abcdef01234567"]
    {
        app.secrets.set("OCTOPOOL_APP_KEY", token);
        let (check, problem, fix) = fault(&app, "app").await;
        assert_eq!(
            (check.as_str(), problem.as_str()),
            ("key_usable", "The secret is a token, not a private key.")
        );
        assert!(
            fix.starts_with("octopool admin identities update app --pool team --secret-ref NAME"),
            "{fix}"
        );
    }
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn a_verification_takes_no_body_or_an_empty_object() {
    let app = TestApp::start().await;
    registered(&app).await;
    let path = "/v1/admin/pools/team/identities/pat/verify";
    let send = |content_type: Option<&'static str>, body: String| {
        let request = Request::post(format!("http://localhost:8787{path}"));
        let request =
            content_type.into_iter().fold(request, |request, kind| request.header("content-type", kind));
        let request = request.body(Body::from(body)).unwrap();
        let admin = app.admin();
        async move { admin.send(request).await }
    };
    for content_type in [None, Some("application/json"), Some("text/plain")] {
        assert_eq!(send(content_type, String::new()).await.ok(200)["ok"], true);
    }
    assert_eq!(send(Some("application/json"), " {} ".to_owned()).await.ok(200)["ok"], true);
    let asked = app.github.requests().len();
    let refused = send(Some("application/json"), json!({"scopes": []}).to_string()).await;
    assert_eq!(refused.expect(400, "invalid_request").fields(), ["scopes"]);
    for text in ["[]", "null", "{", "\u{0}"] {
        send(Some("application/json"), text.to_owned()).await.expect(400, "invalid_json");
    }
    for content_type in [None, Some("text/plain")] {
        send(content_type, "{}".to_owned()).await.expect(415, "unsupported_media_type");
        send(content_type, " ".repeat(65 * 1024)).await.expect(415, "unsupported_media_type");
    }
    send(Some("application/json"), " ".repeat(65 * 1024)).await.expect(413, "payload_too_large");
    assert_eq!(app.github.requests().len(), asked, "GitHub was not asked");
}
