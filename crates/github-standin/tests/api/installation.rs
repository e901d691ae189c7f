//! `GET /installation/repositories`.

use octopool_github_standin::demo;

use crate::support::demo;

#[tokio::test]
async fn an_installation_lists_what_it_covers_private_ones_too() {
    let demo = demo().await;
    let answer = demo.installation().await.get("/installation/repositories").await;
    assert_eq!(answer.body["total_count"], 3);
    assert_eq!(answer.body["repositories"][2]["full_name"], "acme/secret-plans");
    assert_eq!(answer.header("link"), "");
}

#[tokio::test]
async fn only_an_installation_token_may_ask() {
    let demo = demo().await;
    assert_eq!(demo.anon().get("/installation/repositories").await.status, 401);
    assert_eq!(demo.mona().get("/installation/repositories").await.status, 403);
    assert_eq!(demo.app().get("/installation/repositories").await.status, 403);
}

#[tokio::test]
async fn pages_are_linked() {
    let demo = demo().await;
    let client = demo.installation().await;
    let base = format!("{}/installation/repositories?per_page=2", demo.github.base_url());
    let first = client.get("/installation/repositories?per_page=2").await;
    assert_eq!(first.body["repositories"].as_array().unwrap().len(), 2);
    assert_eq!(first.header("link"), format!("<{base}&page=2>; rel=\"next\", <{base}&page=2>; rel=\"last\""));
    let second = client.get("/installation/repositories?per_page=2&page=2").await;
    assert_eq!(second.body["repositories"].as_array().unwrap().len(), 1);
    assert_eq!(
        second.header("link"),
        format!("<{base}&page=1>; rel=\"prev\", <{base}&page=1>; rel=\"first\"")
    );
}

#[tokio::test]
async fn a_new_repository_is_covered_at_once() {
    let demo = demo().await;
    let client = demo.installation().await;
    demo.github.edit(|state| state.repositories.add(5004, demo::ACME, "new", true)).unwrap();
    assert_eq!(client.get("/installation/repositories").await.body["total_count"], 4);
}
