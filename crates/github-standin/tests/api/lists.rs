//! Lists: pages, links, filters.

use serde_json::Value;

use crate::support::{Answer, demo};

/// The address under `rel`, without the stand-in's own.
fn linked(answer: &Answer, rel: &str) -> Option<String> {
    let link = answer.header("link").split(", ").find(|link| link.ends_with(&format!("rel=\"{rel}\"")))?;
    let url = link.split_once('>')?.0.trim_start_matches('<');
    Some(format!("/{}", url.splitn(4, '/').nth(3)?))
}

fn numbers(answer: &Answer) -> Vec<u64> {
    answer.body.as_array().unwrap().iter().map(|it| it["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn links_have_the_repositorys_id_and_keep_the_query() {
    let demo = demo().await;
    let base = format!("{}/repositories/5002/issues?state=all&per_page=50", demo.github.base_url());
    let answer = demo.mona().get("/repos/acme/rocket/issues?state=all&per_page=50&page=2").await;
    assert_eq!(
        answer.header("link"),
        format!(
            "<{base}&page=1>; rel=\"prev\", <{base}&page=3>; rel=\"next\", <{base}&page=3>; rel=\"last\", \
             <{base}&page=1>; rel=\"first\""
        )
    );
}

#[tokio::test]
async fn following_the_links_finds_everything_once() {
    let demo = demo().await;
    let client = demo.mona();
    let mut path = Some("/repos/acme/rocket/issues?state=all&per_page=100".to_owned());
    let mut found = Vec::new();
    while let Some(at) = path {
        let answer = client.get(&at).await;
        found.extend(numbers(&answer));
        path = linked(&answer, "next");
    }
    assert_eq!(found, (1..=145).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_has_thirty_or_at_most_a_hundred() {
    let demo = demo().await;
    let length = |answer: Answer| answer.body.as_array().unwrap().len();
    assert_eq!(length(demo.mona().get("/repos/acme/rocket/issues").await), 30);
    assert_eq!(length(demo.mona().get("/repos/acme/rocket/issues?state=all&per_page=1000").await), 100);
    assert_eq!(length(demo.mona().get("/repos/acme/rocket/issues?page=99").await), 0);
}

#[tokio::test]
async fn lists_of_organizations_and_users_are_linked_by_id_too() {
    let demo = demo().await;
    for (path, by_id) in [
        ("/orgs/acme/repos?per_page=1", "/organizations/9000/repos?per_page=1&page=2"),
        ("/users/mona/followers?per_page=1", "/user/1001/followers?per_page=1&page=2"),
    ] {
        let answer = demo.mona().get(path).await;
        assert_eq!(linked(&answer, "next").as_deref(), Some(by_id));
        assert_eq!(demo.mona().get(by_id).await.body.as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn addresses_are_those_that_were_asked() {
    let demo = demo().await;
    let answer = demo.mona().get("/api/v3/repos/acme/rocket/issues").await;
    assert_eq!(linked(&answer, "next").as_deref(), Some("/api/v3/repositories/5002/issues?page=2"));
    let url = format!("{}/repos/acme/rocket/issues/145", demo.github.enterprise_base_url());
    assert_eq!(answer.body[0]["url"], url);
}

#[tokio::test]
async fn counted_lists_say_how_many_there_are() {
    let demo = demo().await;
    let answer = demo.mona().get("/repos/acme/rocket/actions/runs?status=failure").await;
    assert_eq!((answer.status, &answer.body["total_count"]), (200, &4.into()));
    assert!(answer.body["workflow_runs"].as_array().unwrap().iter().all(|it| it["conclusion"] == "failure"));
}

#[tokio::test]
async fn an_empty_repository_has_empty_lists() {
    let demo = demo().await;
    for list in ["issues", "pulls", "branches", "releases", "labels"] {
        let answer = demo.mona().get(&format!("/repos/acme/secret-plans/{list}")).await;
        assert_eq!((answer.status, answer.body), (200, Value::Array(Vec::new())));
    }
    let commits = demo.mona().get("/repos/acme/secret-plans/commits").await;
    assert_eq!(commits.refusal(), (409, "Git Repository is empty."));
    assert_eq!(demo.mona().get("/repos/acme/secret-plans/contributors").await.status, 204);
}
