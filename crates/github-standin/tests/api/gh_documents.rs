//! The documents that the real gh sends for reads are answered.
//!
//! They were recorded from gh; `gh-documents/README.md` says how.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Client, demo};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gh-documents");

/// It asks for a user and an organization of one name, of which one is not found.
const ASKS_FOR_BOTH: [&str; 1] = ["2.103.3-project-list-owner-acme"];

/// The documents and the variables that they were sent with, by name.
fn documents() -> Vec<(String, String, Value)> {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let files = fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().path());
    let mut found: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|it| it == "graphql"))
        .map(|path| {
            let variables = serde_json::from_str(&read(&path.with_extension("json"))).unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), read(&path), variables)
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

async fn ask(client: &Client, document: &str, variables: &Value) -> Value {
    let answer = client.graphql(document, variables.clone()).await;
    assert_eq!(answer.status, 200, "{document}\n{}", answer.text);
    answer.body
}

#[tokio::test]
async fn each_document_is_answered_without_an_error() {
    let demo = demo().await;
    let documents = documents();
    assert!(documents.len() > 30, "only {} documents", documents.len());
    let mut wrong = Vec::new();
    for (name, document, variables) in documents {
        let answer = ask(&demo.mona(), &document, &variables).await;
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
    for (name, document, variables) in documents() {
        let answer = ask(&demo.mallory(), &document, &variables).await.to_string();
        for secret in secrets {
            assert!(!answer.contains(secret), "{name} shows {secret}: {answer}");
        }
    }
}

#[tokio::test]
async fn each_document_asks_for_what_it_costs() {
    let demo = demo().await;
    for (name, document, variables) in documents() {
        let before = demo.mona().graphql("{ rateLimit { remaining } }", json!({})).await;
        let before = before.body["data"]["rateLimit"]["remaining"].as_i64().unwrap();
        let answer = demo.mona().graphql(&document, variables).await;
        let left: i64 = answer.header("x-ratelimit-remaining").parse().unwrap();
        // Every field of 30 pull requests has more than a thousand connections.
        let most = if name.ends_with("pr-list-json-all") { 40 } else { 10 };
        assert!((1..=most).contains(&(before - left)), "{name} costs {}", before - left);
    }
}
