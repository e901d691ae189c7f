//! Reviews of a pull request. What is in a review that is not submitted is for its author only, a
//! secret team for its members, and either can be whose token is spent.

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{PRIVATE_TEXT, PULL_IN_REVIEW, PULL_OF_TEAM};
use serde_json::json;

use super::support::{Serves, ask, is_nowhere, serve};

#[tokio::test]
async fn a_secret_team_is_not_asked_for_a_review() {
    let app = TestApp::start().await;
    let token = serve(&app, Serves::Wide).await;
    // Also where the request does not ask for whom.
    for selected in ["requestedReviewer { ... on User { login } ... on Team { slug } }", "__typename"] {
        let query = format!(
            "query($o: String!, $n: String!) {{ repository(owner: $o, name: $n) {{ pullRequest(number: {PULL_OF_TEAM}) {{
                reviewRequests(first: 9) {{ totalCount nodes {{ {selected} }} edges {{ node {{ {selected} }} }} }} }} }} }}"
        );
        let answer = ask(&app, &token, &query, json!({"o": "acme", "n": "rocket"})).await;
        is_nowhere(&app, &answer, "for-few-eyes-only");
        let requests = answer.ok(200)["data"]["repository"]["pullRequest"]["reviewRequests"].clone();
        let shown: Vec<_> = ["login", "slug"]
            .iter()
            .zip(requests["nodes"].as_array().unwrap())
            .map(|(name, node)| node["requestedReviewer"][name].clone())
            .collect();
        if selected == "__typename" {
            assert_eq!(shown.len(), 2, "{requests}");
        } else {
            assert_eq!(shown, ["octocat", "pilots"], "{requests}");
        }
        assert_eq!((&requests["totalCount"], requests["edges"].as_array().unwrap().len()), (&json!(2), 2));
    }
}

#[tokio::test]
async fn threads_are_served_without_those_of_a_review_that_is_not_submitted() {
    let app = TestApp::start().await;
    let token = serve(&app, Serves::Wide).await;
    let comment = "nodes { body state author { login } replyTo { body } viewerDidAuthor }";
    let query = format!(
        "query($o: String!, $n: String!) {{ repository(owner: $o, name: $n) {{ pullRequest(number: {PULL_IN_REVIEW}) {{
            reviewThreads(first: 50) {{ totalCount nodes {{ isResolved isOutdated path line
                comments(first: 20) {{ totalCount {comment} }} }} }}
            reviews(first: 20) {{ totalCount nodes {{ state comments(first: 20) {{ {comment} }} }} }} }} }} }}"
    );
    let answer = ask(&app, &token, &query, json!({"o": "acme", "n": "rocket"})).await;
    is_nowhere(&app, &answer, PRIVATE_TEXT);
    let body = answer.ok(200);
    let pull = body["data"]["repository"]["pullRequest"].clone();
    let said = json!({
        "body": "Why?", "state": "SUBMITTED", "author": { "login": "mona" }, "replyTo": null,
        "viewerDidAuthor": false,
    });
    let thread = json!({
        "isResolved": false, "isOutdated": false, "path": "src/lib.rs", "line": 1,
        "comments": { "totalCount": 1, "nodes": [said] },
    });
    assert_eq!(pull["reviewThreads"], json!({ "totalCount": 1, "nodes": [thread] }));
    assert_eq!(pull["reviews"]["totalCount"], 1);
    assert_eq!(pull["reviews"]["nodes"][0]["comments"], json!({ "nodes": [said] }));
}
