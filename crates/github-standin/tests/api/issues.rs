//! Issues and pull requests, which are issues too.

use octopool_github_standin::demo::PRIVATE_TEXT;

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

#[tokio::test]
async fn a_mention_is_shown_to_who_may_see_the_issue_that_mentions() {
    let demo = demo().await;
    let path = "/repos/acme/rocket/issues/20/timeline?per_page=100";
    for (client, sees) in [(demo.mona(), true), (demo.hubot(), false), (demo.anon(), false)] {
        let answer = client.get(path).await;
        let names = answer.body.as_array().unwrap().iter();
        let names: Vec<_> =
            names.filter_map(|it| it["source"]["issue"]["repository"]["full_name"].as_str()).collect();
        assert_eq!(names.contains(&"mona/rocket"), sees, "{names:?}");
        assert!(names.contains(&"acme/website"), "{names:?}");
        assert_eq!(answer.text.contains(PRIVATE_TEXT), sees);
    }
}

#[tokio::test]
async fn reviews_teams_and_forks_are_shown_to_who_may_see_them() {
    let demo = demo().await;
    for (client, sees) in [(demo.mona(), true), (demo.hubot(), false)] {
        let reviews = client.get("/repos/acme/rocket/pulls/5/reviews").await;
        assert_eq!(reviews.text.contains("PENDING"), sees);
        let one = client.get("/repos/acme/rocket/pulls/5/reviews/50020053/comments").await;
        assert_eq!(one.status == 200, sees);
        let comments = client.get("/repos/acme/rocket/pulls/5/comments").await;
        assert!(!comments.text.contains(PRIVATE_TEXT), "lists have none of unfinished reviews");
        let teams = client.get("/repos/acme/rocket/pulls/4/requested_reviewers").await;
        assert_eq!(teams.body["teams"].as_array().unwrap().len(), if sees { 2 } else { 1 });
        let pull = client.get("/repos/acme/rocket/pulls/11").await;
        assert_eq!(pull.body["head"]["repo"]["full_name"] == "mona/rocket", sees);
        assert_eq!(pull.body["head"]["repo"].is_null(), !sees);
    }
}
