//! What can be wrong with a personal access token.

use octopool_testkit::TestApp;
use octopool_testkit::github::{Effect, Fault, demo};
use serde_json::json;

use super::support::{edit, fault, pat_for, register, registered, verify};

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
    assert_eq!(problem, "The token belongs to hubot, but the identity is registered for mona.");
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
    assert_eq!(problem, "mallory is not a member of acme and cannot see acme/secret-plans.");
    assert!(fix.starts_with("gh api --method PUT orgs/acme/memberships/mallory"), "{fix}");
}

#[tokio::test]
async fn a_pat_of_an_outsider_serves_what_is_public_of_an_owner_and_not_what_is_private() {
    let app = TestApp::start().await;
    app.secrets.set("OCTOPOOL_PAT_MONA", &app.credentials.tokens.mallory);
    let mallory = |private: bool| {
        json!({"id": "pat", "login": "mallory", "secret_ref": "OCTOPOOL_PAT_MONA",
            "scopes": [{"owner": "acme", "allow_private": private}]})
    };
    register(&app, &mallory(true)).await;
    let (check, problem, _) = fault(&app, "pat").await;
    assert_eq!(check, "owners_accessible");
    assert_eq!(problem, "mallory is not a member of acme and cannot see the private repositories of acme.");
    register(&app, &mallory(false)).await;
    assert_eq!(verify(&app, "pat").await["ok"], true);
}

#[tokio::test]
async fn a_pat_that_the_scopes_owner_does_not_let_in() {
    let app = TestApp::start().await;
    register(&app, &pat_for(&["acme/rocket"])).await;
    let body = json!({"message": "Resource protected by organization SAML enforcement."});
    app.github.fault(Fault::on("GET", "/repos/acme/rocket", Effect::respond(403, body)));
    let (check, problem, _) = fault(&app, "pat").await;
    assert_eq!(check, "owners_accessible");
    assert!(problem.starts_with("acme does not accept this token") && !problem.contains("SAML"), "{problem}");
}

#[tokio::test]
async fn a_membership_that_could_not_be_asked_for_proves_nothing() {
    let app = TestApp::start().await;
    let scopes = json!([{"owner": "acme", "allow_private": true}]);
    let mona = json!({"id": "pat", "login": "mona", "secret_ref": "OCTOPOOL_PAT_MONA", "scopes": scopes});
    register(&app, &mona).await;
    assert_eq!(verify(&app, "pat").await["ok"], true);
    for effect in [
        Effect::status(401),
        Effect::status(500),
        Effect::status(502),
        Effect::Html,
        Effect::Nonsense,
        Effect::Truncate,
        Effect::DropConnection,
        Effect::SubstituteAccount { id: demo::HUBOT },
        Effect::SecondaryLimit { status: 429, retry_after: Some(60) },
        Effect::respond(404, json!("nonsense")),
        Effect::respond(200, json!({"state": "nonsense", "user": {"id": demo::MONA}})),
    ] {
        app.github.clear_faults();
        app.github.fault(Fault::on("GET", "/orgs/acme/memberships/mona", effect.clone()));
        let (check, problem, fix) = fault(&app, "pat").await;
        assert_eq!(check, "owners_accessible", "{effect:?}");
        assert!(problem.starts_with("Could not check whether "), "{effect:?}: {problem}");
        assert!(fix.starts_with("octopool admin identities verify pat --pool team"), "{fix}");
    }
    app.github.clear_faults();
    app.secrets.remove("OCTOPOOL_GITHUB_ORG_TOKEN");
    let (check, problem, _) = fault(&app, "pat").await;
    assert_eq!(check, "owners_accessible");
    assert!(problem.ends_with("The deployment has no org token."), "{problem}");
}

#[tokio::test]
async fn a_pat_that_may_see_private_data_is_warned_of_by_verify_and_by_the_doctor() {
    let app = TestApp::start().await;
    register(&app, &pat_for(&["acme"])).await;
    let none: &[&str] = &[];
    edit(&app, |state| {
        state.tokens.add_personal("bare", "ghp_bare", demo::MONA, none);
        state.tokens.add_personal("read", "ghp_read", demo::MONA, &["read:org"]);
        state.tokens.add_personal("fine", "github_pat_fine", demo::MONA, none);
    });
    for (secret, warned) in [
        (app.credentials.tokens.mona.as_str(), Some("private repositories")),
        ("ghp_read", Some("more than public data")),
        ("github_pat_fine", Some("does not report")),
        ("ghp_bare", None),
    ] {
        app.secrets.set("OCTOPOOL_PAT_MONA", secret);
        let answer = verify(&app, "pat").await;
        assert_eq!(answer["ok"], true, "{answer}");
        let checks = answer["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == "public_by_construction").unwrap();
        assert_eq!(check["ok"], true);
        let doctor = app.admin().get("/v1/admin/doctor").await.ok(200);
        let checks = doctor["checks"].as_array().unwrap();
        let told = checks.iter().find(|check| check["check"] == "identity_works").unwrap();
        match warned {
            None => {
                assert!(
                    check.get("warning").is_none()
                        && check.get("advice").is_none()
                        && told.get("warning").is_none()
                );
            }
            Some(words) => {
                assert!(check["warning"].as_str().unwrap().contains(words), "{check}");
                let advice = check["advice"].as_str().unwrap();
                assert!(advice.starts_with("npx wrangler secret put OCTOPOOL_PAT_MONA"), "{advice}");
                assert_eq!((&told["warning"], &told["advice"]), (&check["warning"], &check["advice"]));
                assert_eq!((&told["subject"], &told["ok"]), (&json!("team/pat"), &json!(true)));
            }
        }
    }
}
