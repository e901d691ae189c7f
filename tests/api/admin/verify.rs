//! `POST /v1/admin/pools/{pool}/identities/{id}/verify`, and `verify: true` at registration. What is made of the answers is tried in tables beside the
//! judge; here, that the right questions are asked, and no more than three.

use octopool_testkit::TestApp;
use octopool_testkit::github::model::apps::{Selection, read_access};
use octopool_testkit::github::{Effect, Fault, State, demo, keys};
use serde_json::{Value, json};

use crate::support::pat;

async fn register(app: &TestApp, body: &Value) {
    app.admin().post("/v1/admin/pools/team/identities", body).await.ok(201);
}

fn pat_for(scopes: &[&str]) -> Value {
    json!({"id": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": scopes_of(scopes)})
}

fn installation_for(scopes: &[&str]) -> Value {
    json!({
        "id": "app", "kind": "github_app", "login": "octopool-acme[bot]", "secret_ref": "OCTOPOOL_APP_KEY",
        "installation_id": demo::INSTALLATION, "scopes": scopes_of(scopes),
    })
}

fn scopes_of(scopes: &[&str]) -> Vec<Value> {
    let split = |scope: &&str| scope.split_once('/').map(|(owner, repo)| (owner.to_owned(), repo.to_owned()));
    scopes
        .iter()
        .map(|scope| match split(scope) {
            Some((owner, repo)) => json!({"owner": owner, "repo": repo}),
            None => json!({"owner": scope}),
        })
        .collect()
}

async fn registered(app: &TestApp) {
    register(app, &pat("pat")).await;
    register(app, &installation_for(&["acme"])).await;
}

/// Verifies, and holds the number of requests to GitHub.
async fn verify(app: &TestApp, id: &str) -> Value {
    let before = app.github.requests().len();
    let answer =
        app.admin().post(&format!("/v1/admin/pools/team/identities/{id}/verify"), &json!({})).await.ok(200);
    let spent = app.github.requests().len() - before;
    assert!(spent <= 3, "{spent} requests");
    answer
}

/// The only check that failed: its name, problem and fix.
async fn fault(app: &TestApp, id: &str) -> (String, String, String) {
    let answer = verify(app, id).await;
    assert_eq!(answer["ok"], false, "{answer}");
    let checks = answer["checks"].as_array().unwrap();
    let failed: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(failed.len(), 1, "{answer}");
    assert!(checks.iter().all(|check| check["ok"] == check.get("fix").is_none()), "{answer}");
    let text = |name: &str| failed[0][name].as_str().unwrap().to_owned();
    (text("check"), text("problem"), text("fix"))
}

/// What was asked of GitHub since the beginning.
fn asked(app: &TestApp) -> Vec<String> {
    app.github.requests().iter().map(|request| request.path.clone()).collect()
}

fn edit(app: &TestApp, edit: impl FnOnce(&mut State)) {
    app.github.edit(edit);
}

#[tokio::test]
async fn a_good_pat_costs_two_requests_and_a_good_installation_two() {
    let app = TestApp::start().await;
    registered(&app).await;
    let answer = verify(&app, "pat").await;
    assert_eq!(answer["ok"], true, "{answer}");
    let answer = verify(&app, "app").await;
    assert_eq!(answer["ok"], true, "{answer}");
    let questions =
        ["/user", "/users/acme", "/app/installations/77001/access_tokens", "/app/installations/77001"];
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
            problem.contains("acme/r42 is not there")
                && !fix.contains("acme/r42 ")
                && fix.contains("acme/r41 "),
            "{fix}"
        );
    }
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
async fn a_pat_that_github_rejects() {
    let app = TestApp::start().await;
    registered(&app).await;
    app.secrets.set("OCTOPOOL_PAT_MONA", "ghp_revoked");
    let (check, _, fix) = fault(&app, "pat").await;
    assert_eq!(check, "token_accepted");
    assert!(fix.starts_with("npx wrangler secret put OCTOPOOL_PAT_MONA"), "{fix}");
    app.secrets.set("OCTOPOOL_PAT_MONA", "no token, but two words");
    assert_eq!(fault(&app, "pat").await.0, "token_accepted");
}

#[tokio::test]
async fn a_pat_of_another_account() {
    let app = TestApp::start().await;
    registered(&app).await;
    app.secrets.set("OCTOPOOL_PAT_MONA", &app.credentials.tokens.hubot);
    let (check, problem, fix) = fault(&app, "pat").await;
    assert_eq!(check, "account_matches");
    assert_eq!(problem, "The token belongs to hubot, the identity is registered for mona.");
    assert!(fix.contains("octopool admin identities update pat --pool team --login hubot"), "{fix}");
}

#[tokio::test]
async fn a_fine_grained_pat_that_expired() {
    let app = TestApp::start().await;
    registered(&app).await;
    let token = "github_pat_11AAAAAAA0canary";
    edit(&app, |state| {
        state.tokens.add_personal("fine", token, demo::MONA, &[]);
        state.tokens.expire("fine", 4_102_444_800).unwrap();
    });
    app.secrets.set("OCTOPOOL_PAT_MONA", token);
    assert_eq!(verify(&app, "pat").await["ok"], true);
    edit(&app, |state| state.tokens.expire("fine", 1_700_000_000).unwrap());
    let (check, problem, fix) = fault(&app, "pat").await;
    assert_eq!(check, "token_current");
    assert!(
        problem.contains("expired") && fix.contains("/settings/personal-access-tokens"),
        "{problem} {fix}"
    );
}

#[tokio::test]
async fn a_pat_of_an_outsider_sees_nothing_private_of_the_scopes_owner() {
    let app = TestApp::start().await;
    app.secrets.set("OCTOPOOL_PAT_MONA", &app.credentials.tokens.mallory);
    let mallory = json!({"id": "pat", "login": "mallory", "secret_ref": "OCTOPOOL_PAT_MONA",
        "scopes": [{"owner": "acme", "repo": "secret-plans", "allow_private": true}]});
    register(&app, &mallory).await;
    let (check, problem, fix) = fault(&app, "pat").await;
    assert_eq!(check, "owners_accessible");
    assert_eq!(problem, "mallory is no member of acme and does not see acme/secret-plans.");
    assert!(fix.starts_with("gh api --method PUT orgs/acme/memberships/mallory"), "{fix}");
}

#[tokio::test]
async fn a_pat_that_the_scopes_owner_does_not_let_in() {
    let app = TestApp::start().await;
    register(&app, &pat_for(&["acme/rocket"])).await;
    let body = json!({"message": "Resource protected by organization SAML enforcement."});
    app.github.fault(Fault::on("GET", "/repos/acme/rocket", Effect::respond(403, body)));
    let (check, problem, _) = fault(&app, "pat").await;
    assert_eq!(check, "owners_accessible");
    assert!(problem.starts_with("acme does not let this token in") && !problem.contains("SAML"), "{problem}");
}

#[tokio::test]
async fn a_key_that_is_no_pem_and_one_that_is_damaged() {
    let app = TestApp::start().await;
    registered(&app).await;
    let mut lines: Vec<_> = app.credentials.app_private_key_pem.lines().collect();
    lines.drain(3..12);
    let broken = lines.join("\n");
    for (secret, words) in [
        ("not a key", "not a private key in PEM"),
        (broken.as_str(), "damaged or cut off"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "something else than an RSA"),
    ] {
        app.secrets.set("OCTOPOOL_APP_KEY", secret);
        let (check, problem, fix) = fault(&app, "app").await;
        assert_eq!(
            (check.as_str(), fix.as_str()),
            ("key_usable", "npx wrangler secret put OCTOPOOL_APP_KEY < your-app.private-key.pem")
        );
        assert!(problem.contains(words), "{problem}");
    }
    assert!(app.github.requests().is_empty());
}

#[tokio::test]
async fn a_key_of_another_app() {
    let app = TestApp::start().await;
    registered(&app).await;
    app.secrets.set("OCTOPOOL_APP_KEY", &keys::foreign_key_pem().unwrap());
    let (check, problem, _) = fault(&app, "app").await;
    assert_eq!(check, "app_accepted");
    assert!(problem.contains("of another App"), "{problem}");
}

#[tokio::test]
async fn an_app_id_that_is_missing_no_number_or_nobodys() {
    let app = TestApp::start().await;
    registered(&app).await;
    for (id, check) in
        [("octopool-acme", "app_id_present"), ("not a number", "app_id_present"), ("4243", "app_accepted")]
    {
        app.secrets.set("OCTOPOOL_GITHUB_APP_ID", id);
        let (name, _, fix) = fault(&app, "app").await;
        assert_eq!(name, check, "{id}");
        assert!(fix.starts_with("npx wrangler secret put OCTOPOOL_GITHUB_APP_ID"), "{fix}");
    }
    app.secrets.remove("OCTOPOOL_GITHUB_APP_ID");
    let (check, problem, _) = fault(&app, "app").await;
    assert_eq!((check.as_str(), problem.as_str()), ("app_id_present", "The deployment has no App id."));
    app.secrets.set("OCTOPOOL_GITHUB_APP_ID", "Iv23liOctopoolAcme01");
    assert_eq!(verify(&app, "app").await["ok"], true, "a client id names the App, too");
}

#[tokio::test]
async fn an_installation_that_the_app_does_not_have() {
    let app = TestApp::start().await;
    registered(&app).await;
    edit(&app, |state| drop(state.installations.remove(demo::INSTALLATION)));
    let (check, problem, fix) = fault(&app, "app").await;
    assert_eq!(
        (check.as_str(), problem.as_str()),
        ("installation_found", "The App has no installation 77001.")
    );
    assert!(fix.starts_with("octopool admin identities update app --pool team --installation-id"), "{fix}");
}

#[tokio::test]
async fn an_installation_that_is_suspended() {
    let app = TestApp::start().await;
    registered(&app).await;
    edit(&app, |state| state.installations.edit(demo::INSTALLATION).unwrap().suspended = true);
    let (check, problem, fix) = fault(&app, "app").await;
    assert_eq!(
        (check.as_str(), problem.as_str()),
        ("installation_active", "acme has suspended the installation.")
    );
    assert!(fix.contains("/organizations/acme/settings/installations/77001"), "{fix}");
}

#[tokio::test]
async fn an_installation_of_another_account() {
    let app = TestApp::start().await;
    register(&app, &installation_for(&["umbrella"])).await;
    let (check, problem, _) = fault(&app, "app").await;
    assert_eq!(check, "account_matches");
    assert_eq!(problem, "The installation is on acme, and the scopes name umbrella.");
}

#[tokio::test]
async fn a_repository_that_is_not_selected() {
    let app = TestApp::start().await;
    register(&app, &installation_for(&["acme/rocket", "acme/website"])).await;
    edit(&app, |state| {
        let selection = Selection::Selected([demo::ROCKET].into());
        state.installations.edit(demo::INSTALLATION).unwrap().repositories = selection;
    });
    let (check, problem, fix) = fault(&app, "app").await;
    assert_eq!(
        (check.as_str(), problem.as_str()),
        ("repositories_selected", "Not selected for the installation: acme/website.")
    );
    assert_eq!(
        fix,
        "gh api --method PUT \"user/installations/77001/repositories/$(gh api repos/acme/website --jq .id)\""
    );
    register(&app, &installation_for(&["acme/rocket"])).await;
    assert_eq!(verify(&app, "app").await["ok"], true);
    register(&app, &installation_for(&["acme"])).await;
    assert_eq!(fault(&app, "app").await.0, "repositories_selected", "all of acme is not selected");
    edit(&app, |state| {
        state.installations.edit(demo::INSTALLATION).unwrap().repositories = Selection::Selected([].into());
    });
    register(&app, &installation_for(&["acme/rocket"])).await;
    assert_eq!(fault(&app, "app").await.0, "repositories_selected", "nothing is selected");
}

#[tokio::test]
async fn a_selection_of_more_than_a_page_is_proven_by_a_token_for_what_is_not_on_it() {
    let app = TestApp::start().await;
    let select = |ids: Vec<u64>| {
        edit(&app, |state| {
            let selection = Selection::Selected(ids.into_iter().collect());
            state.installations.edit(demo::INSTALLATION).unwrap().repositories = selection;
        });
    };
    edit(&app, |state| {
        for number in 0..150 {
            state.repositories.add(6000 + number, demo::ACME, &format!("r{number}"), false).unwrap();
        }
    });
    register(&app, &installation_for(&["acme/r3", "acme/r149"])).await;
    select((6000..6150).collect());
    assert_eq!(verify(&app, "app").await["ok"], true);
    select((6000..6149).collect());
    let (check, problem, _) = fault(&app, "app").await;
    assert_eq!(check, "repositories_selected");
    assert!(
        problem.starts_with("At least one of these")
            && problem.contains("acme/r149")
            && !problem.contains("acme/r3"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_permission_that_is_missing() {
    let app = TestApp::start().await;
    registered(&app).await;
    edit(&app, |state| {
        let permissions = read_access(&["actions", "checks", "contents", "metadata", "pull_requests"]);
        state.installations.edit(demo::INSTALLATION).unwrap().permissions = permissions;
    });
    let (check, problem, fix) = fault(&app, "app").await;
    assert_eq!(
        (check.as_str(), problem.as_str()),
        ("permissions_suffice", "The installation may not read issues and statuses.")
    );
    assert!(fix.starts_with("open http"), "{fix}");
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
        "octopool admin identities update pat --pool team --scope \"$(gh api repos/acme/website --jq .full_name)\""
    );
    let (check, _, fix) = fault(&app, "app").await;
    assert_eq!(check, "repositories_found");
    assert_eq!(fix, "octopool admin identities update app --pool team --scope acme/site --scope acme/rocket");
    edit(&app, |state| drop(state.repositories.remove(demo::WEBSITE)));
    let (check, problem, _) = fault(&app, "pat").await;
    assert_eq!(check, "repositories_found");
    assert!(problem.starts_with("acme/website is not there"), "{problem}");
    let (_, problem, fix) = fault(&app, "app").await;
    assert!(problem.starts_with("acme/website is not there"), "{problem}");
    assert_eq!(fix, "octopool admin identities update app --pool team --scope acme/rocket");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_not_taken_for_a_wrong_key() {
    let app = TestApp::start().await;
    registered(&app).await;
    for (offset, words) in [(-900, "seconds ahead of GitHub's"), (900, "seconds behind GitHub's")] {
        edit(&app, |state| state.clock.offset = offset);
        let (check, problem, _) = fault(&app, "app").await;
        assert_eq!(check, "clock_agrees");
        assert!(problem.contains(words), "{problem}");
        assert_eq!(verify(&app, "pat").await["ok"], true, "a token does not care");
    }
}

#[tokio::test]
async fn a_github_that_is_down_is_no_fault_of_the_identity() {
    let app = TestApp::start().await;
    registered(&app).await;
    for path in ["/user", "/users/acme", "/app/installations/77001/access_tokens", "/app/installations/77001"]
    {
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
    for path in
        ["/user", "/users/acme", "/app/installations/77001/access_tokens", "/app/installations/77001", "/app"]
    {
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
    for path in ["/v1/admin/pools/team/identities/none/verify", "/v1/admin/pools/other/identities/pat/verify"]
    {
        app.admin().post(path, &json!({})).await.expect(404, "identity_not_found");
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
    let before = app.database.dump();
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
