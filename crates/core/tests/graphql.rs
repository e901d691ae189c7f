//! The documents of gh, and what becomes of them.

use std::fs;
use std::path::Path;

use octopool_core::relay::graphql::{Caller, GraphqlRequest, Prepared, Refused, prepare};
use octopool_core::{AccountId, AccountLogin};
use serde_json::{Map, Value};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../github-standin/tests/gh-documents");

/// What of gh's documents is not served.
const REFUSED: &[(&str, &str)] = &[
    ("2.103.3-gist-list", "privacy"),
    ("2.23.0-gist-list", "privacy"),
    ("2.103.3-org-list", "User.organizations"),
    ("2.103.3-project-list-owner-acme-2", "Organization.projectsV2"),
    ("2.103.3-repo-list-acme-json-all", "Repository.mentionableUsers"),
    ("2.103.3-repo-view-json-all", "Repository.mentionableUsers"),
    ("2.23.0-repo-list-acme-json-all", "Repository.mentionableUsers"),
    ("2.23.0-repo-view-json-all", "Repository.mentionableUsers"),
    ("2.103.3-ruleset-list", "Repository.rulesets"),
];

fn documents() -> Vec<(String, String, Map<String, Value>)> {
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let files = fs::read_dir(FOLDER).unwrap().map(|file| file.unwrap().path());
    let graphql = files.filter(|path| path.extension().is_some_and(|it| it == "graphql"));
    let mut found: Vec<_> = graphql
        .map(|path| {
            let variables = serde_json::from_str(&read(&path.with_extension("json"))).unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), read(&path), variables)
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

fn ask(query: &str, variables: &Map<String, Value>) -> Result<Prepared, Refused> {
    let login = AccountLogin::parse("mona").unwrap();
    let caller = Caller { login: &login, id: AccountId::new(7).unwrap() };
    prepare(&GraphqlRequest { query, variables, operation_name: None }, &caller)
}

#[test]
fn each_document_of_gh_is_served_or_refused_with_a_reason() {
    let mut wrong = Vec::new();
    for (name, document, variables) in documents() {
        let refused = REFUSED.iter().find(|(one, _)| *one == name).map(|(_, what)| *what);
        match (ask(&document, &variables), refused) {
            (Ok(_), None) => {}
            (Err(Refused::NotServed { what, .. }), Some(expected)) if what == expected => {}
            (Ok(_), Some(_)) => wrong.push(format!("{name} is served")),
            (Err(error), _) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
