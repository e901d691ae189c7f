//! The documents that the real gh sends for reads are answered.
//!
//! They were recorded from gh; `gh-documents/README.md` says how.

use octopool_graphql_documents::{Recorded, recorded};
use serde_json::{Value, json};

use crate::support::{Client, demo};

/// It asks for a user and an organization of one name, of which one is not found.
const ASKS_FOR_BOTH: [&str; 1] = ["2.103.3-project-list-owner-acme"];

async fn ask(client: &Client, document: &str, variables: &Value) -> Value {
    let answer = client.graphql(document, variables.clone()).await;
    assert_eq!(answer.status, 200, "{document}\n{}", answer.text);
    answer.body
}

#[tokio::test]
async fn each_document_is_answered_without_an_error() {
    let demo = demo().await;
    let documents = recorded();
    assert!(documents.len() > 30, "only {} documents", documents.len());
    let mut wrong = Vec::new();
    for Recorded { name, query, variables } in documents {
        let answer = ask(&demo.mona(), &query, &json!(variables)).await;
        let errors = answer["errors"].as_array().map(Vec::len).unwrap_or_default();
        let expected = usize::from(ASKS_FOR_BOTH.contains(&name.as_str()));
        if errors != expected || answer["data"].as_object().is_none_or(serde_json::Map::is_empty) {
            wrong.push(format!("{name}: {}", answer["errors"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_document_shows_an_outsider_what_is_private() {
    let demo = demo().await;
    let secrets =
        [octopool_github_standin::demo::PRIVATE_TEXT, "secret-plans", "for-few-eyes-only", "mona/rocket"];
    for Recorded { name, query, variables } in recorded() {
        let answer = ask(&demo.mallory(), &query, &json!(variables)).await.to_string();
        for secret in secrets {
            assert!(!answer.contains(secret), "{name} shows {secret}: {answer}");
        }
    }
}

#[tokio::test]
async fn each_document_asks_for_what_it_costs() {
    let demo = demo().await;
    for Recorded { name, query, variables } in recorded() {
        let before = demo.mona().graphql("{ rateLimit { remaining } }", json!({})).await;
        let before = before.body["data"]["rateLimit"]["remaining"].as_i64().unwrap();
        let answer = demo.mona().graphql(&query, json!(variables)).await;
        let left: i64 = answer.header("x-ratelimit-remaining").parse().unwrap();
        // Every field of 30 pull requests has more than a thousand connections.
        let most = if name.ends_with("pr-list-json-all") { 40 } else { 10 };
        assert!((1..=most).contains(&(before - left)), "{name} costs {}", before - left);
    }
}
