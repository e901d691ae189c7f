//! Issues and pull requests, which are issues too.

use crate::support::{Answer, demo};

fn length(answer: &Answer) -> usize {
    answer.body.as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_pull_request_is_an_issue_and_an_issue_is_no_pull_request() {
    let demo = demo().await;
    let issue = demo.mona().get("/repos/acme/rocket/issues/7").await;
    assert_eq!(
        issue.body["pull_request"]["url"],
        format!("{}/repos/acme/rocket/pulls/7", demo.github.base_url())
    );
    assert_eq!(demo.mona().get("/repos/acme/rocket/pulls/13").await.refusal(), (404, "Not Found"));
    assert_eq!(demo.mona().get("/repos/acme/rocket/issues/146").await.status, 404);
}

#[tokio::test]
async fn pull_requests_are_open_closed_or_merged() {
    let demo = demo().await;
    let mut seen = Vec::new();
    for number in [7, 8, 9] {
        let body = demo.mona().get(&format!("/repos/acme/rocket/pulls/{number}")).await.body;
        seen.push((body["state"].clone(), body["merged"].clone(), body["merged_at"].is_null()));
    }
    assert_eq!(
        seen,
        [
            ("open".into(), false.into(), true),
            ("closed".into(), false.into(), true),
            ("closed".into(), true.into(), false)
        ]
    );
}

#[tokio::test]
async fn lists_are_filtered_as_the_query_says() {
    let demo = demo().await;
    let client = demo.mona();
    assert_eq!(length(&client.get("/repos/acme/rocket/pulls").await), 4);
    assert_eq!(length(&client.get("/repos/acme/rocket/pulls?state=all").await), 12);
    let branch = client.get("/repos/acme/rocket/pulls?head=acme:feature/7").await;
    assert_eq!((length(&branch), &branch.body[0]["number"]), (1, &7.into()));
    let bugs = client.get("/repos/acme/rocket/issues?labels=bug&per_page=100").await;
    assert!(length(&bugs) > 10);
    assert!(bugs.body.as_array().unwrap().iter().all(|it| it["labels"][0]["name"] == "bug"));
}

#[tokio::test]
async fn reviews_and_their_comments_belong_together() {
    let demo = demo().await;
    let client = demo.mona();
    let review = client.get("/repos/acme/rocket/pulls/7/reviews").await.body[0].clone();
    let comments = client.get(&format!("/repos/acme/rocket/pulls/7/reviews/{}/comments", review["id"])).await;
    assert_eq!(comments.body[0]["pull_request_review_id"], review["id"]);
    let reviewers = client.get("/repos/acme/rocket/pulls/7/requested_reviewers").await;
    assert_eq!(reviewers.body["users"][0]["login"], "octocat");
}

#[tokio::test]
async fn a_timeline_tells_events_and_comments() {
    let demo = demo().await;
    let answer = demo.mona().get("/repos/acme/rocket/issues/15/timeline").await;
    let told: Vec<_> =
        answer.body.as_array().unwrap().iter().map(|it| it["event"].as_str().unwrap()).collect();
    assert_eq!(told, ["labeled", "closed", "commented", "commented", "commented"]);
    assert_eq!(demo.mona().get("/repos/acme/rocket/issues/15").await.body["comments"], 3);
}
