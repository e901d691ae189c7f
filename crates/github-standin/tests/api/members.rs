//! Memberships: who has one, who may know.

use octopool_github_standin::demo;
use octopool_github_standin::model::apps::Access;

use crate::support::demo;

#[tokio::test]
async fn a_member_sees_memberships() {
    let demo = demo().await;
    let answer = demo.org().get("/orgs/acme/memberships/hubot").await;
    assert_eq!(answer.status, 200);
    assert_eq!((&answer.body["state"], &answer.body["role"]), (&"active".into(), &"member".into()));
    assert_eq!(answer.body["user"]["id"], 1002);
    assert_eq!(answer.body["organization"]["id"], 9000);
    assert_eq!(demo.org().get("/orgs/acme/memberships/mona").await.body["role"], "admin");
}

#[tokio::test]
async fn a_pending_member_is_not_active() {
    let demo = demo().await;
    assert_eq!(demo.org().get("/orgs/acme/memberships/newbie").await.body["state"], "pending");
    assert_eq!(demo.org().get("/orgs/acme/members/newbie").await.status, 404);
}

#[tokio::test]
async fn an_outsider_has_no_membership() {
    let demo = demo().await;
    assert_eq!(demo.org().get("/orgs/acme/memberships/mallory").await.refusal(), (404, "Not Found"));
    assert_eq!(demo.org().get("/orgs/acme/memberships/nobody").await.status, 404);
    assert_eq!(demo.org().get("/orgs/nowhere/memberships/mona").await.status, 404);
}

#[tokio::test]
async fn outsiders_and_the_invited_may_not_look() {
    let demo = demo().await;
    let expected = (403, "You must be a member of acme to see membership information for hubot.");
    for client in [demo.mallory(), demo.newbie()] {
        assert_eq!(client.get("/orgs/acme/memberships/hubot").await.refusal(), expected);
    }
    let answer = demo.anon().get("/orgs/acme/memberships/hubot").await;
    assert_eq!(answer.refusal(), (401, "Requires authentication"));
}

#[tokio::test]
async fn a_token_without_read_org_may_not_look() {
    let demo = demo().await;
    demo.github.edit(|state| state.tokens.add_personal("narrow", "ghp_narrow", demo::MONA, &["repo"]));
    let narrow = demo.bearer("ghp_narrow");
    assert_eq!(narrow.get("/orgs/acme/memberships/hubot").await.status, 403);
    assert_eq!(narrow.get("/user/memberships/orgs/acme").await.status, 403);
    assert_eq!(narrow.get("/orgs/acme/members/hubot").await.status, 302);
}

#[tokio::test]
async fn who_leaves_the_organization_may_not_look_any_more() {
    let demo = demo().await;
    demo.github.edit(|state| state.memberships.remove(demo::ACME, demo::MONA)).unwrap();
    assert_eq!(demo.org().get("/orgs/acme/memberships/hubot").await.status, 403);
}

#[tokio::test]
async fn everybody_sees_their_own_membership() {
    let demo = demo().await;
    assert_eq!(demo.hubot().get("/user/memberships/orgs/acme").await.body["state"], "active");
    assert_eq!(demo.newbie().get("/user/memberships/orgs/acme").await.body["state"], "pending");
    assert_eq!(demo.mallory().get("/user/memberships/orgs/acme").await.status, 404);
}

#[tokio::test]
async fn members_are_told_others_are_sent_to_the_public_list() {
    let demo = demo().await;
    assert_eq!(demo.hubot().get("/orgs/acme/members/mona").await.status, 204);
    assert_eq!(demo.hubot().get("/orgs/acme/members/mallory").await.status, 404);
    let answer = demo.mallory().get("/orgs/acme/members/mona").await;
    let public = format!("{}/orgs/acme/public_members/mona", demo.github.base_url());
    assert_eq!((answer.status, answer.header("location")), (302, public.as_str()));
}

#[tokio::test]
async fn only_shown_memberships_are_public() {
    let demo = demo().await;
    assert_eq!(demo.anon().get("/orgs/acme/public_members/octocat").await.status, 204);
    assert_eq!(demo.anon().get("/orgs/acme/public_members/mona").await.status, 404);
}

#[tokio::test]
async fn an_installation_needs_the_members_permission() {
    let demo = demo().await;
    let client = demo.installation().await;
    let answer = client.get("/orgs/acme/memberships/hubot").await;
    assert_eq!(answer.refusal(), (403, "Resource not accessible by integration"));
    demo.github
        .edit(|state| {
            let installation = state.installations.edit(demo::INSTALLATION)?;
            installation.permissions.insert("members".to_owned(), Access::Read);
            Ok::<_, octopool_github_standin::EditError>(())
        })
        .unwrap();
    let client = demo.installation().await;
    assert_eq!(client.get("/orgs/acme/memberships/hubot").await.status, 200);
    assert_eq!(client.get("/orgs/umbrella/memberships/hubot").await.status, 403);
}

#[tokio::test]
async fn a_membership_follows_the_account_not_the_login() {
    let demo = demo().await;
    demo.github
        .edit(|state| {
            state.rename_account(demo::HUBOT, "hubot-2")?;
            state.accounts.add_user(6666, "hubot")
        })
        .unwrap();
    assert_eq!(demo.org().get("/orgs/acme/memberships/hubot").await.status, 404);
    assert_eq!(demo.org().get("/orgs/acme/memberships/hubot-2").await.body["user"]["id"], 1002);
}
