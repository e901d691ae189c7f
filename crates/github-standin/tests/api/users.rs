//! `/user`, `/users/{username}`, `/user/{account_id}`, `/orgs/{org}`.

use octopool_github_standin::{EditError, demo};

use crate::support::demo;

#[tokio::test]
async fn a_token_knows_whose_it_is() {
    let demo = demo().await;
    let answer = demo.hubot().get("/user").await;
    assert_eq!(
        (answer.status, &answer.body["id"], &answer.body["login"]),
        (200, &1002.into(), &"hubot".into())
    );
}

#[tokio::test]
async fn an_anonymous_caller_has_no_user() {
    let demo = demo().await;
    assert_eq!(demo.anon().get("/user").await.refusal(), (401, "Requires authentication"));
}

#[tokio::test]
async fn an_integration_has_no_user() {
    let demo = demo().await;
    let expected = (403, "Resource not accessible by integration");
    assert_eq!(demo.installation().await.get("/user").await.refusal(), expected);
    assert_eq!(demo.app().get("/user").await.refusal(), expected);
}

#[tokio::test]
async fn private_fields_need_the_scope() {
    let demo = demo().await;
    assert!(demo.mona().get("/user").await.body.get("two_factor_authentication").is_none());
    demo.github.edit(|state| state.tokens.add_personal("wide", "ghp_wide", demo::MONA, &["read:user"]));
    let answer = demo.bearer("ghp_wide").get("/user").await;
    assert_eq!(answer.body["two_factor_authentication"], true);
}

#[tokio::test]
async fn a_login_is_found_whatever_its_case() {
    let demo = demo().await;
    let answer = demo.anon().get("/users/MONA").await;
    assert_eq!((&answer.body["id"], &answer.body["login"]), (&1001.into(), &"mona".into()));
    assert_eq!(demo.anon().get("/users/nobody").await.refusal(), (404, "Not Found"));
}

#[tokio::test]
async fn a_path_segment_is_decoded() {
    let demo = demo().await;
    demo.github.edit(|state| state.accounts.add_user(2001, "octopool-acme[bot]")).unwrap();
    let answer = demo.anon().get("/users/octopool-acme%5Bbot%5D").await;
    assert_eq!(answer.body["id"], 2001);
}

#[tokio::test]
async fn a_renamed_account_keeps_its_id() {
    let demo = demo().await;
    demo.github.edit(|state| state.rename_account(demo::HUBOT, "hubot-2")).unwrap();
    assert_eq!(demo.anon().get("/user/1002").await.body["login"], "hubot-2");
    assert_eq!(demo.anon().get("/users/hubot").await.status, 404);
    assert_eq!(demo.hubot().get("/user").await.body["login"], "hubot-2");
}

#[tokio::test]
async fn a_free_login_may_be_registered_by_another_account() {
    let demo = demo().await;
    demo.github
        .edit(|state| {
            let taken = state.accounts.add_user(6666, "hubot");
            assert_eq!(taken, Err(EditError::LoginTaken("hubot".to_owned())));
            state.rename_account(demo::HUBOT, "hubot-2")?;
            state.accounts.add_user(6666, "hubot")
        })
        .unwrap();
    assert_eq!(demo.anon().get("/users/hubot").await.body["id"], 6666);
}

#[tokio::test]
async fn the_token_of_a_deleted_account_is_bad() {
    let demo = demo().await;
    demo.github.edit(|state| state.accounts.remove(demo::HUBOT)).unwrap();
    assert_eq!(demo.hubot().get("/user").await.status, 401);
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    let demo = demo().await;
    for id in ["1", "mona", "-1001", "99999999999999999999"] {
        assert_eq!(demo.anon().get(&format!("/user/{id}")).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn an_organization_is_not_a_user() {
    let demo = demo().await;
    let answer = demo.anon().get("/orgs/acme").await;
    assert_eq!((&answer.body["id"], &answer.body["public_repos"]), (&9000.into(), &2.into()));
    assert_eq!(demo.anon().get("/orgs/mona").await.status, 404);
    assert_eq!(demo.anon().get("/users/acme").await.body["type"], "Organization");
}

#[tokio::test]
async fn ones_own_profile_is_private_wherever_it_is_asked_for() {
    let demo = demo().await;
    demo.github.edit(|state| state.tokens.add_personal("wide", "ghp_wide", demo::MONA, &["user"]));
    let wide = demo.bearer("ghp_wide");
    assert_eq!(wide.get("/users/mona").await.body["plan"]["name"], "free");
    assert!(wide.get("/users/hubot").await.body.get("plan").is_none());
    assert!(demo.mona().get("/users/mona").await.body.get("plan").is_none());
}

#[tokio::test]
async fn lists_hold_only_what_is_public() {
    let demo = demo().await;
    let count = async |client: crate::support::Client, path: &str| {
        client.get(path).await.body.as_array().unwrap().len()
    };
    assert_eq!(count(demo.anon(), "/users/octocat/orgs").await, 1);
    assert_eq!(count(demo.anon(), "/users/hubot/orgs").await, 0);
    assert_eq!(count(demo.anon(), "/users/mona/gists").await, 1);
    assert_eq!(count(demo.mona(), "/users/mona/gists").await, 2);
    assert_eq!(count(demo.anon(), "/orgs/acme/public_members").await, 1);
    assert_eq!(count(demo.anon(), "/users/mona/followers").await, 2);
}

#[tokio::test]
async fn what_happens_in_private_is_in_no_list_of_events() {
    let demo = demo().await;
    assert_eq!(demo.anon().get("/orgs/acme/events").await.body.as_array().unwrap().len(), 30);
    demo.github.edit(|state| state.repositories.set_private(demo::ROCKET, true)).unwrap();
    demo.github.edit(|state| state.repositories.set_private(demo::WEBSITE, true)).unwrap();
    for path in ["/orgs/acme/events", "/users/mona/events", "/users/octocat/received_events"] {
        assert_eq!(demo.mona().get(path).await.body.as_array().unwrap().len(), 0, "{path}");
    }
}

#[tokio::test]
async fn a_token_with_an_end_says_so_until_it_has_come() {
    let demo = demo().await;
    let answer = demo.hubot().get("/user").await;
    assert_eq!(answer.header("github-authentication-token-expiration"), "");
    demo.github.edit(|state| state.tokens.expire("hubot", 4_102_444_800)).unwrap();
    let answer = demo.hubot().get("/user").await;
    assert_eq!(answer.header("github-authentication-token-expiration"), "2100-01-01 00:00:00 UTC");
    demo.github.edit(|state| state.tokens.expire("hubot", 1_700_000_000)).unwrap();
    assert_eq!(demo.hubot().get("/user").await.status, 401);
}

#[tokio::test]
async fn the_date_is_this_githubs() {
    let demo = demo().await;
    demo.github.edit(|state| state.clock.offset = -1_000_000_000);
    let date = demo.hubot().get("/user").await.header("date").to_owned();
    assert!(date.ends_with(" GMT") && date.contains("1995"), "{date}");
}
