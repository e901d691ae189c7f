//! Primary limits: whose, how much, what happens at zero.

use octopool_github_standin::{Principal, Resource, demo};
use reqwest::Method;

use crate::support::{demo, send};

#[tokio::test]
async fn each_answer_says_what_is_left() {
    let demo = demo().await;
    demo.mona().get("/user").await;
    let answer = demo.mona().get("/user").await;
    assert_eq!(answer.header("x-ratelimit-limit"), "5000");
    assert_eq!(answer.header("x-ratelimit-remaining"), "4998");
    assert_eq!(answer.header("x-ratelimit-used"), "2");
    assert_eq!(answer.header("x-ratelimit-resource"), "core");
    let reset: i64 = answer.header("x-ratelimit-reset").parse().unwrap();
    assert!((demo.now()..=demo.now() + 3600).contains(&reset));
}

#[tokio::test]
async fn anonymous_callers_have_sixty_requests_an_hour() {
    let demo = demo().await;
    for _ in 0..60 {
        assert_eq!(demo.anon().get("/users/mona").await.status, 200);
    }
    let answer = demo.anon().get("/users/mona").await;
    assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (403, "0"));
    assert!(answer.message().starts_with("API rate limit exceeded for 127.0.0.1."));
    assert_eq!(demo.mona().get("/users/mona").await.status, 200);
}

#[tokio::test]
async fn an_exhausted_account_is_told_so() {
    let demo = demo().await;
    demo.github.edit(|state| state.exhaust(Principal::Account(demo::MONA), Resource::Core));
    let answer = demo.mona().get("/user").await;
    assert_eq!(answer.refusal(), (403, "API rate limit exceeded for user ID 1001."));
    assert_eq!(answer.header("x-ratelimit-remaining"), "0");
    assert_eq!(answer.header("retry-after"), "");
    assert_eq!(demo.hubot().get("/user").await.status, 200);
}

#[tokio::test]
async fn the_tokens_of_one_account_share_its_budget() {
    let demo = demo().await;
    demo.github.edit(|state| state.exhaust(Principal::Account(demo::MONA), Resource::Core));
    assert_eq!(demo.org().get("/user").await.status, 403);
}

#[tokio::test]
async fn an_installation_has_its_own_budget() {
    let demo = demo().await;
    let client = demo.installation().await;
    demo.github.edit(|state| state.exhaust(Principal::Installation(demo::INSTALLATION), Resource::Core));
    let answer = client.get("/repos/acme/rocket").await;
    assert_eq!(answer.refusal(), (403, "API rate limit exceeded for installation ID 77001."));
    assert_eq!(demo.app().get("/app").await.status, 200);
}

#[tokio::test]
async fn graphql_has_its_own_budget() {
    let demo = demo().await;
    demo.github.edit(|state| state.exhaust(Principal::Account(demo::MONA), Resource::Core));
    let answer = demo.mona().graphql("{ viewer { login } }", serde_json::json!({})).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-resource")), (200, "graphql"));
    assert_eq!(answer.header("x-ratelimit-remaining"), "4999");
}

#[tokio::test]
async fn the_budget_comes_back_when_the_window_ends() {
    let demo = demo().await;
    demo.github.edit(|state| state.exhaust(Principal::Account(demo::MONA), Resource::Core));
    demo.github.edit(|state| state.clock.offset = 3601);
    assert_eq!(demo.mona().get("/user").await.header("x-ratelimit-remaining"), "4999");
}

#[tokio::test]
async fn asking_for_the_limits_is_free() {
    let demo = demo().await;
    demo.mona().get("/user").await;
    demo.mona().get("/rate_limit").await;
    let answer = demo.mona().get("/rate_limit").await;
    assert_eq!(answer.body["resources"]["core"]["remaining"], 4999);
    assert_eq!(answer.body["rate"], answer.body["resources"]["core"]);
    assert_eq!(answer.body["resources"]["search"]["limit"], 30);
    assert_eq!(demo.anon().get("/rate_limit").await.body["rate"]["limit"], 60);
}

#[tokio::test]
async fn a_bad_token_counts_as_anonymous() {
    let demo = demo().await;
    let answer = demo.bearer("ghp_bad").get("/user").await;
    assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (401, "60"));
    assert_eq!(answer.header("x-ratelimit-remaining"), "59");
}

#[tokio::test]
async fn a_limit_may_be_set_to_anything() {
    let demo = demo().await;
    demo.github.edit(|state| {
        let now = state.clock.now();
        state.quotas.window(Principal::Account(demo::MONA), Resource::Core, now).set_remaining(1);
    });
    assert_eq!(demo.mona().get("/user").await.header("x-ratelimit-remaining"), "0");
    let request = demo.mona().request(Method::GET, "/user");
    assert_eq!(send(request).await.status, 403);
}
