//! `GET /repos/{owner}/{repo}`: who sees what, and what became of former names.

use octopool_github_standin::demo;
use octopool_github_standin::model::apps::Selection;

use crate::support::demo;

#[tokio::test]
async fn everybody_sees_a_public_repository() {
    let demo = demo().await;
    for client in [demo.anon(), demo.mallory(), demo.org(), demo.installation().await] {
        let answer = client.get("/repos/ACME/Rocket").await;
        assert_eq!((answer.status, &answer.body["private"]), (200, &false.into()));
        assert_eq!(answer.body["full_name"], "acme/rocket");
    }
}

#[tokio::test]
async fn a_private_repository_does_not_exist_for_others() {
    let demo = demo().await;
    for client in [demo.anon(), demo.mallory(), demo.newbie()] {
        assert_eq!(client.get("/repos/acme/secret-plans").await.refusal(), (404, "Not Found"));
    }
    assert_eq!(demo.hubot().get("/repos/acme/secret-plans").await.body["private"], true);
}

#[tokio::test]
async fn a_member_needs_the_scope_for_private_repositories() {
    let demo = demo().await;
    assert_eq!(demo.mona().get("/repos/acme/secret-plans").await.status, 200);
    assert_eq!(demo.org().get("/repos/acme/secret-plans").await.status, 404);
}

#[tokio::test]
async fn an_installation_sees_what_it_covers() {
    let demo = demo().await;
    let client = demo.installation().await;
    assert_eq!(client.get("/repos/acme/secret-plans").await.status, 200);
    let selection = Selection::Selected([demo::WEBSITE].into());
    demo.github
        .edit(|state| state.installations.edit(demo::INSTALLATION).map(|it| it.repositories = selection))
        .unwrap();
    assert_eq!(client.get("/repos/acme/secret-plans").await.status, 404);
}

#[tokio::test]
async fn a_repository_may_become_private_at_any_time() {
    let demo = demo().await;
    demo.github.edit(|state| state.repositories.set_private(demo::ROCKET, true)).unwrap();
    assert_eq!(demo.anon().get("/repos/acme/rocket").await.status, 404);
}

#[tokio::test]
async fn a_renamed_repository_redirects_by_id() {
    let demo = demo().await;
    demo.github.edit(|state| state.rename_repository(demo::ROCKET, "starship")).unwrap();
    let answer = demo.anon().get("/repos/acme/rocket").await;
    let target = format!("{}/repositories/5002", demo.github.base_url());
    assert_eq!((answer.status, answer.header("location")), (301, target.as_str()));
    assert_eq!((answer.message(), &answer.body["url"]), ("Moved Permanently", &target.as_str().into()));
    assert_eq!(demo.anon().get("/repositories/5002").await.body["full_name"], "acme/starship");
}

#[tokio::test]
async fn a_renamed_owner_redirects_too() {
    let demo = demo().await;
    demo.github.edit(|state| state.rename_account(demo::ACME, "acme-corp")).unwrap();
    assert_eq!(demo.anon().get("/repos/acme/rocket").await.status, 301);
    assert_eq!(demo.anon().get("/repos/acme-corp/rocket").await.status, 200);
}

#[tokio::test]
async fn a_redirect_does_not_reveal_a_private_repository() {
    let demo = demo().await;
    demo.github.edit(|state| state.rename_repository(demo::SECRET_PLANS, "more-plans")).unwrap();
    assert_eq!(demo.mallory().get("/repos/acme/secret-plans").await.status, 404);
    assert_eq!(demo.hubot().get("/repos/acme/secret-plans").await.status, 301);
}

#[tokio::test]
async fn a_new_repository_takes_over_a_former_name() {
    let demo = demo().await;
    demo.github
        .edit(|state| {
            state.rename_repository(demo::ROCKET, "starship")?;
            state.repositories.add(5005, demo::ACME, "rocket", false)
        })
        .unwrap();
    assert_eq!(demo.anon().get("/repos/acme/rocket").await.body["id"], 5005);
}

#[tokio::test]
async fn permissions_are_the_viewers() {
    let demo = demo().await;
    assert_eq!(demo.mona().get("/repos/acme/rocket").await.body["permissions"]["admin"], true);
    assert_eq!(demo.hubot().get("/repos/acme/rocket").await.body["permissions"]["admin"], false);
    assert!(demo.anon().get("/repos/acme/rocket").await.body.get("permissions").is_none());
}

#[tokio::test]
async fn a_clone_token_is_only_for_those_who_may_push() {
    let demo = demo().await;
    let token = demo.mona().get("/repos/acme/rocket").await.body["temp_clone_token"].clone();
    assert_eq!(token.as_str().map(str::len), Some(28));
    for client in [demo.anon(), demo.hubot(), demo.org(), demo.installation().await] {
        assert!(client.get("/repos/acme/rocket").await.body.get("temp_clone_token").is_none());
    }
}

#[tokio::test]
async fn lists_show_private_repositories_to_members_and_say_what_they_are() {
    let demo = demo().await;
    for path in ["/orgs/acme/repos", "/users/acme/repos"] {
        let listed =
            async |client: crate::support::Client| client.get(path).await.body.as_array().unwrap().clone();
        assert_eq!(listed(demo.mallory()).await.len(), 2);
        assert_eq!(listed(demo.anon()).await.len(), 2);
        assert_eq!(listed(demo.hubot()).await.len(), 3);
        assert_eq!(listed(demo.hubot()).await[0]["role_name"], "read");
        assert_eq!(listed(demo.mona()).await[0]["role_name"], "admin");
        assert!(listed(demo.anon()).await[0].get("role_name").is_none());
    }
}

#[tokio::test]
async fn what_is_in_a_private_repository_is_as_hidden_as_itself() {
    let demo = demo().await;
    demo.github.edit(|state| state.repositories.set_private(demo::ROCKET, true)).unwrap();
    for path in ["/repos/acme/rocket/issues/7", "/repositories/5002/issues/7"] {
        assert_eq!(demo.mallory().get(path).await.refusal(), (404, "Not Found"));
        assert_eq!(demo.hubot().get(path).await.status, 200);
    }
}

#[tokio::test]
async fn an_installation_needs_the_permission_for_what_is_private() {
    let demo = demo().await;
    demo.github
        .edit(|state| state.installations.edit(demo::INSTALLATION).map(|it| it.permissions.remove("issues")))
        .unwrap();
    let client = demo.installation().await;
    assert_eq!(client.get("/repos/acme/rocket/issues").await.status, 200);
    let private = client.get("/repos/acme/secret-plans/issues").await;
    assert_eq!(private.refusal(), (403, "Resource not accessible by integration"));
    assert_eq!(client.get("/repos/acme/secret-plans/pulls").await.status, 200);
}

#[tokio::test]
async fn what_is_in_a_renamed_repository_redirects_with_its_query() {
    let demo = demo().await;
    demo.github.edit(|state| state.rename_repository(demo::ROCKET, "starship")).unwrap();
    let answer = demo.anon().get("/repos/acme/rocket/issues?state=all").await;
    let target = format!("{}/repositories/5002/issues?state=all", demo.github.base_url());
    assert_eq!((answer.status, answer.header("location")), (301, target.as_str()));
}
