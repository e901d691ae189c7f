//! The same as an Enterprise Server: `/api/v3` and `/api/graphql`.

use serde_json::json;

use crate::support::demo;

#[tokio::test]
async fn every_route_is_under_api_v3_too() {
    let demo = demo().await;
    let answer = demo.mona().get("/api/v3/user").await;
    assert_eq!(answer.body["login"], "mona");
    let base = demo.github.enterprise_base_url();
    assert_eq!(answer.body["url"], format!("{base}/users/mona"));
    let recorded = &demo.github.requests()[0];
    assert_eq!((recorded.path.as_str(), recorded.enterprise), ("/user", true));
}

#[tokio::test]
async fn graphql_is_beside_it() {
    let demo = demo().await;
    let query = json!({ "query": "{ viewer { login } }" });
    let answer = demo.mona().post("/api/graphql", &query).await;
    assert_eq!(answer.body["data"]["viewer"]["login"], "mona");
}
