//! `POST /app/installations/{installation_id}/access_tokens`, and what becomes of the tokens.

use octopool_github_standin::demo;
use octopool_github_standin::model::apps::Selection;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Demo, demo, send};

async fn create(demo: &Demo, body: Value) -> Answer {
    demo.app().post("/app/installations/77001/access_tokens", &body).await
}

#[tokio::test]
async fn a_token_is_issued_for_an_hour() {
    let demo = demo().await;
    let request = demo.app().request(Method::POST, "/app/installations/77001/access_tokens");
    let answer = send(request).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["repository_selection"], "all");
    assert_eq!(answer.body["permissions"]["contents"], "read");
    assert!(answer.body.get("repositories").is_none());
    assert!(answer.body["expires_at"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn tokens_come_short_and_long() {
    let demo = demo().await;
    let (short, long) = (create(&demo, json!({})).await, create(&demo, json!({})).await);
    let length = |answer: &Answer| answer.body["token"].as_str().unwrap().len();
    assert_eq!((length(&short), length(&long)), (40, 520));
    for answer in [short, long] {
        let client = demo.bearer(answer.body["token"].as_str().unwrap());
        assert_eq!(client.get("/installation/repositories").await.status, 200);
    }
}

#[tokio::test]
async fn an_expired_token_is_a_bad_one() {
    let demo = demo().await;
    let client = demo.installation().await;
    demo.github.edit(|state| state.clock.offset = 3590);
    assert_eq!(client.get("/repos/acme/rocket").await.status, 200);
    demo.github.edit(|state| state.clock.offset = 3601);
    assert_eq!(client.get("/repos/acme/rocket").await.refusal(), (401, "Bad credentials"));
}

#[tokio::test]
async fn a_suspended_installation_gets_no_token() {
    let demo = demo().await;
    let answer = demo.app().post("/app/installations/77002/access_tokens", &json!({})).await;
    assert_eq!(answer.refusal(), (403, "This installation has been suspended"));
}

#[tokio::test]
async fn suspension_stops_tokens_that_are_out() {
    let demo = demo().await;
    let client = demo.installation().await;
    demo.github
        .edit(|state| state.installations.edit(demo::INSTALLATION).map(|it| it.suspended = true))
        .unwrap();
    let answer = client.get("/installation/repositories").await;
    assert_eq!(answer.refusal(), (403, "This installation has been suspended"));
}

#[tokio::test]
async fn an_unknown_installation_is_not_found() {
    let demo = demo().await;
    let answer = demo.app().post("/app/installations/1/access_tokens", &json!({})).await;
    assert_eq!(answer.refusal(), (404, "Not Found"));
}

#[tokio::test]
async fn a_personal_token_cannot_make_one() {
    let demo = demo().await;
    let answer = demo.mona().post("/app/installations/77001/access_tokens", &json!({})).await;
    assert_eq!(answer.refusal(), (401, "A JSON web token could not be decoded"));
}

#[tokio::test]
async fn a_token_may_be_narrowed_to_repositories() {
    let demo = demo().await;
    let answer = create(&demo, json!({ "repositories": ["Rocket"], "repository_ids": [5001] })).await;
    assert_eq!(answer.body["repository_selection"], "selected");
    assert_eq!(answer.body["repositories"].as_array().unwrap().len(), 2);
    let client = demo.bearer(answer.body["token"].as_str().unwrap());
    assert_eq!(client.get("/repos/acme/secret-plans").await.status, 404);
    assert_eq!(client.get("/installation/repositories").await.body["total_count"], 2);
}

#[tokio::test]
async fn a_token_cannot_cover_more_than_the_installation() {
    let demo = demo().await;
    let selection = Selection::Selected([demo::WEBSITE].into());
    demo.github
        .edit(|state| state.installations.edit(demo::INSTALLATION).map(|it| it.repositories = selection))
        .unwrap();
    for body in [json!({ "repositories": ["rocket"] }), json!({ "repository_ids": [5001, 1] })] {
        let answer = create(&demo, body).await;
        let message = "There is at least one repository that does not exist or is not accessible to the parent \
             installation.";
        assert_eq!(answer.refusal(), (422, message));
    }
    assert_eq!(create(&demo, json!({})).await.body["repositories"][0]["id"], 5001);
}

#[tokio::test]
async fn permissions_may_be_narrowed_but_not_widened() {
    let demo = demo().await;
    let answer = create(&demo, json!({ "permissions": { "issues": "read" } })).await;
    assert_eq!(answer.body["permissions"], json!({ "issues": "read", "metadata": "read" }));
    for wanted in [json!({ "issues": "write" }), json!({ "members": "read" })] {
        let answer = create(&demo, json!({ "permissions": wanted })).await;
        assert_eq!(
            answer.refusal(),
            (422, "The permissions requested are not granted to this installation.")
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let demo = demo().await;
    let request = demo.app().request(Method::POST, "/app/installations/77001/access_tokens").body("{");
    assert_eq!(send(request).await.refusal(), (400, "Problems parsing JSON"));
    assert_eq!(create(&demo, json!({ "repositories": "rocket" })).await.status, 422);
}
