//! The documents of gh; `crates/github-standin/tests/gh-documents/README.md` says how they were
//! recorded.

use std::fs;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::{checkout, read};

/// A document that gh sent.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The version of gh and the command.
    pub name: String,
    /// The document.
    pub query: String,
    /// The values of its variables.
    pub variables: Map<String, Value>,
}

/// Where they are.
pub fn folder() -> PathBuf {
    checkout().join("crates/github-standin/tests/gh-documents")
}

/// All of them, by name.
#[expect(clippy::panic, reason = "dev only: a test that cannot be set up has failed")]
pub fn recorded() -> Vec<Recorded> {
    let folder = folder();
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    let graphql = paths.filter(|path| path.extension().is_some_and(|it| it == "graphql"));
    let mut found: Vec<_> = graphql
        .map(|path| {
            let variables = read(&path.with_extension("json"));
            Recorded {
                name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                query: read(&path),
                variables: serde_json::from_str(&variables)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            }
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}
