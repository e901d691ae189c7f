//! `/_standin/…`, as a script uses it.

use reqwest::Method;
use serde_json::json;

use crate::support::{demo, send};

#[tokio::test]
async fn faults_are_added_listed_and_cleared_over_http() {
    let demo = demo().await;
    let fault = json!({ "method": "GET", "path": "/user", "times": 1, "effect": { "kind": "respond", "status": 418 } });
    assert_eq!(demo.anon().post("/_standin/faults", &fault).await.status, 204);
    assert_eq!(demo.anon().get("/_standin/faults").await.body[0]["path"], "/user");
    assert_eq!(demo.mona().get("/user").await.status, 418);
    assert_eq!(demo.anon().get("/_standin/faults").await.body, json!([]));
    demo.anon().post("/_standin/faults", &fault).await;
    assert_eq!(send(demo.anon().request(Method::DELETE, "/_standin/faults")).await.status, 204);
    assert_eq!(demo.mona().get("/user").await.status, 200);
}

#[tokio::test]
async fn a_misspelt_fault_is_refused_with_the_reason() {
    let demo = demo().await;
    let fault = json!({ "path": "/user", "effects": { "kind": "html" } });
    let answer = demo.anon().post("/_standin/faults", &fault).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("effects"), "{}", answer.text);
}

#[tokio::test]
async fn requests_are_listed_and_forgotten_over_http() {
    let demo = demo().await;
    demo.mona().get("/user").await;
    let answer = demo.anon().get("/_standin/requests").await;
    assert_eq!(
        (&answer.body[0]["path"], &answer.body[0]["principal"]),
        (&"/user".into(), &"account:1001".into())
    );
    assert_eq!(send(demo.anon().request(Method::DELETE, "/_standin/requests")).await.status, 204);
    assert_eq!(demo.anon().get("/_standin/requests").await.body, json!([]));
}

#[tokio::test]
async fn the_state_is_summed_up_without_secrets() {
    let demo = demo().await;
    demo.installation().await;
    let answer = demo.anon().get("/_standin/state").await;
    assert_eq!(answer.body["accounts"][0], json!({ "id": 1001, "login": "mona", "type": "User" }));
    assert_eq!(answer.body["tokens"][0], "org");
    assert!(!answer.text.contains("ghp_") && !answer.text.contains("ghs_"));
}
