//! The GraphQL documents that gh sends, beside those that the tests of other crates read
//! (`crates/github-standin/tests/gh-documents`): none of gh's may be missing there.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use octopool_graphql_documents::{folder, recorded};
use serde_json::{Map, Value};

use crate::support::canned::Recorded;

/// A document, with the variables of one call.
#[derive(Clone, Debug)]
pub(super) struct Document {
    query: String,
    variables: Value,
}

/// What these requests asked of GraphQL.
pub(super) fn of_requests(requests: &[Recorded]) -> Vec<Document> {
    let graphql = requests.iter().filter(|request| request.path.ends_with("/graphql"));
    let bodies = graphql.filter_map(|request| serde_json::from_str::<Value>(&request.body).ok());
    bodies
        .filter_map(|body| {
            let query = body["query"].as_str()?.trim().to_owned();
            let none = Value::Object(Map::new());
            let variables = body.get("variables").filter(|all| all.is_object()).cloned().unwrap_or(none);
            Some(Document { query, variables })
        })
        .collect()
}

/// The recorded documents.
pub(super) struct Folder {
    path: PathBuf,
    known: BTreeSet<String>,
    missing: Vec<String>,
}

impl Folder {
    pub(super) fn open() -> Self {
        let known = recorded().iter().map(|recorded| without_comment(&recorded.query)).collect();
        Self { path: folder(), known, missing: Vec::new() }
    }

    /// Records what a command of a version asked and no other one before it, if that is wanted.
    pub(super) fn add(&mut self, version: &str, command: &str, documents: &[Document]) {
        let name = format!("{version}-{}", slug(command));
        for document in documents {
            if !self.known.insert(document.query.clone()) {
                continue;
            }
            if !super::updates_documents() {
                self.missing.push(format!("gh {command} ({version}): {}", document.query));
                continue;
            }
            let names = (1..).map(|count| if count == 1 { name.clone() } else { format!("{name}-{count}") });
            let file = names.map(|name| self.path.join(name + ".graphql")).find(|file| !file.exists());
            let file = file.unwrap();
            let command = shortened(command);
            fs::write(&file, format!("# gh {command}\n{}\n", document.query)).unwrap();
            let variables = serde_json::to_string_pretty(&document.variables).unwrap();
            fs::write(file.with_extension("json"), variables + "\n").unwrap();
        }
    }

    #[track_caller]
    pub(super) fn must_have_all(&self) {
        let missing = self.missing.join("\n\n");
        assert!(
            missing.is_empty(),
            "not among the recorded documents, see crates/github-standin/tests/gh-documents/README.md:\n{missing}"
        );
    }
}

/// The first line of a file names the command.
fn without_comment(text: &str) -> String {
    let lines = text.lines().skip_while(|line| line.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// A list of every field is too long for a title.
fn shortened(command: &str) -> String {
    let words = command.split(' ').map(|word| if word.matches(',').count() > 9 { "ALL" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn slug(command: &str) -> String {
    let command = shortened(command).replace("-R acme/rocket", "").to_ascii_lowercase();
    let words = command.split(|it: char| !it.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.take(8).collect::<Vec<_>>().join("-")
}
