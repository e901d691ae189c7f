//! Search: what is found, whose budget it is.

use octopool_github_standin::{Principal, Resource, demo};

use crate::support::demo;

#[tokio::test]
async fn issues_are_found_by_repository_kind_state_and_words() {
    let demo = demo().await;
    let count = async |q: &str| {
        let answer = demo.mona().get(&format!("/search/issues?per_page=1&q={q}")).await;
        assert_eq!(answer.body["incomplete_results"], false);
        answer.body["total_count"].as_u64().unwrap()
    };
    assert_eq!(count("repo:acme/rocket").await, 145);
    assert_eq!(count("repo:ACME/Rocket+is:pr").await, 12);
    assert_eq!(count("repo:acme/rocket+is:pr+is:merged").await, 4);
    assert_eq!(count("repo:acme/rocket+type:issue+state:open").await, 89);
    assert_eq!(count("repo:acme/rocket+Issue+144").await, 1);
    assert_eq!(count("issue+144").await, 2);
}

#[tokio::test]
async fn a_page_of_results_is_linked() {
    let demo = demo().await;
    let answer = demo.mona().get("/search/issues?q=repo:acme/rocket").await;
    let next = format!("<{}/search/issues?q=repo:acme/rocket&page=2>; rel=\"next\"", demo.github.base_url());
    assert!(answer.header("link").starts_with(&next), "{}", answer.header("link"));
}

#[tokio::test]
async fn what_one_may_not_see_cannot_be_searched() {
    let demo = demo().await;
    let answer = demo.mallory().get("/search/issues?q=repo:acme/secret-plans").await;
    assert_eq!(answer.refusal(), (422, "Validation Failed"));
    assert_eq!(demo.mona().get("/search/issues?q=repo:acme/secret-plans").await.body["total_count"], 0);
    assert_eq!(demo.mallory().get("/search/repositories?q=org:acme").await.body["total_count"], 2);
    assert_eq!(demo.hubot().get("/search/repositories?q=org:acme").await.body["total_count"], 3);
    assert_eq!(demo.mona().get("/search/issues?q=").await.status, 422);
}

#[tokio::test]
async fn search_and_code_search_have_budgets_of_their_own() {
    let demo = demo().await;
    let issues = demo.mona().get("/search/issues?q=repo:acme/rocket").await;
    assert_eq!(
        (issues.header("x-ratelimit-resource"), issues.header("x-ratelimit-remaining")),
        ("search", "29")
    );
    let code = demo.mona().get("/search/code?q=launch+repo:acme/rocket").await;
    assert_eq!(
        (code.header("x-ratelimit-resource"), code.header("x-ratelimit-remaining")),
        ("code_search", "9")
    );
    assert_eq!(code.body["items"][0]["path"], "docs/guide/launch.md");
    demo.github.edit(|state| state.exhaust(Principal::Account(demo::MONA), Resource::CodeSearch));
    assert_eq!(demo.mona().get("/search/code?q=launch").await.status, 403);
    assert_eq!(demo.mona().get("/search/commits?q=repo:acme/rocket").await.status, 200);
    assert_eq!(demo.mona().get("/repos/acme/rocket").await.header("x-ratelimit-remaining"), "4999");
}

#[tokio::test]
async fn code_search_requires_authentication() {
    let demo = demo().await;
    assert_eq!(demo.anon().get("/search/code?q=launch").await.refusal(), (401, "Requires authentication"));
}
