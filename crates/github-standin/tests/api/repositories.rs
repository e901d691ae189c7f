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
