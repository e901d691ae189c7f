//! What can be wrong with an installation of the GitHub App.

use octopool_testkit::TestApp;
use octopool_testkit::github::model::apps::{Selection, read_access};
use octopool_testkit::github::{demo, keys};
use serde_json::json;

use super::support::{edit, fault, installation_for, register, registered, verify};

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
async fn a_key_that_is_no_pem_and_one_that_is_damaged() {
    let app = TestApp::start().await;
    registered(&app).await;
    let mut lines: Vec<_> = app.credentials.app_private_key_pem.lines().collect();
    lines.drain(3..12);
    let broken = lines.join("\n");
    for (secret, words) in [
        ("not a key", "not a private key in PEM"),
        (broken.as_str(), "damaged or truncated"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "not an RSA"),
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
    assert!(problem.contains("belongs to another App"), "{problem}");
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
async fn a_clock_that_is_wrong_is_not_taken_for_a_wrong_key() {
    let app = TestApp::start().await;
    registered(&app).await;
    for (offset, words) in [
        (-900, "seconds ahead of GitHub's"),
        (900, "seconds behind GitHub's"),
        // GitHub takes the JWT all the same.
        (90, "seconds behind GitHub's"),
    ] {
        edit(&app, |state| state.clock.offset = offset);
        let (check, problem, _) = fault(&app, "app").await;
        assert_eq!(check, "clock_agrees");
        assert!(problem.contains(words), "{problem}");
        assert_eq!(verify(&app, "pat").await["ok"], true, "a token does not care");
    }
}

#[tokio::test]
async fn a_login_of_another_app() {
    let app = TestApp::start().await;
    for scope in ["acme", "acme/rocket"] {
        let mut someone = installation_for(&[scope]);
        someone["login"] = json!("someone[bot]");
        register(&app, &someone).await;
        let (check, problem, fix) = fault(&app, "app").await;
        assert_eq!(check, "login_matches");
        assert_eq!(
            problem,
            "The App's login is octopool-acme[bot], but the identity is registered for someone[bot]."
        );
        assert_eq!(fix, "octopool admin identities update app --pool team --login 'octopool-acme[bot]'");
        someone["login"] = json!("Octopool-Acme[bot]");
        register(&app, &someone).await;
        assert_eq!(verify(&app, "app").await["ok"], true, "the case does not count");
        // Where only some repositories are selected, too.
        edit(&app, |state| {
            let selection = Selection::Selected([demo::ROCKET].into());
            state.installations.edit(demo::INSTALLATION).unwrap().repositories = selection;
        });
    }
}
