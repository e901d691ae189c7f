//! `GET /v1/admin/audit/export`.

use octopool_testkit::{Answer, TestApp};
use serde_json::Value;

use crate::support::{pat, provision};

const PATH: &str = "/v1/admin/audit/export";

fn events(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson; charset=utf-8"));
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn each_event_is_a_line_and_the_oldest_comes_first() {
    let app = TestApp::start().await;
    assert_eq!(app.admin().get(PATH).await.text(), "");
    for number in 0..5 {
        let body = pat(&format!("p{number}"));
        app.admin().post("/v1/admin/pools/team/identities", &body).await.ok(201);
    }
    let answer = app.admin().get(PATH).await;
    assert!(answer.text().ends_with('\n'));
    let mut listed = app.admin().get("/v1/admin/audit").await.ok(200)["events"].as_array().unwrap().clone();
    listed.reverse();
    assert_eq!(events(&answer), listed, "the same events as in the list");
}

#[tokio::test]
async fn the_link_leads_through_all_pages() {
    let app = TestApp::start().await;
    provision(&app, "hubot", "other").await;
    for number in 0..5 {
        let body = pat(&format!("p{number}"));
        app.admin().post("/v1/admin/pools/team/identities", &body).await.ok(201);
    }
    let mut next = Some(format!("{PATH}?limit=2&pool=team"));
    let mut seqs = Vec::new();
    while let Some(path) = next {
        let answer = app.admin().get(&path).await;
        seqs.extend(events(&answer).iter().map(|event| event["seq"].as_i64().unwrap()));
        next = answer.header("link").map(|link| {
            let (url, relation) = link.trim_start_matches('<').split_once('>').unwrap();
            assert_eq!(relation, "; rel=\"next\"");
            url.to_owned()
        });
    }
    assert_eq!(seqs, [2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn parameters_are_checked() {
    let app = TestApp::start().await;
    for query in ["limit=1000", "since=x", "format=csv"] {
        app.admin().get(&format!("{PATH}?{query}")).await.expect(400, "invalid_request");
    }
}
