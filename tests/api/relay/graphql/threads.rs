//! What is said about lines of a pull request. What is in a review that is not submitted is for its
//! author only, and the author can be whose token is spent.

use octopool_testkit::TestApp;
use octopool_testkit::github::demo::{MONA, PRIVATE_TEXT, PULL_IN_REVIEW};
use serde_json::json;

use super::support::{ask, is_nowhere, pat_team};

#[tokio::test]
async fn threads_are_served_without_those_of_a_review_that_is_not_submitted() {
    let app = TestApp::start().await;
    let token = pat_team(&app).await;
    let mona = "ghp_monawithoutscopes00000000000000000000";
    app.github.edit(|state| state.tokens.add_personal("mona-narrow", mona, MONA, &[]));
    app.secrets.set("OCTOPOOL_PAT_MONA", mona);
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
