//! GitHub's GraphQL schema, read from a file once per process.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

/// Where `npm ci` puts the schema in the checkout that this was built from.
const IN_THIS_CHECKOUT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../node_modules/@octokit/graphql-schema/schema.graphql");

/// Fields that GitHub has and the npm package's schema has not yet.
const NEWER: &str = include_str!("newer.graphql");

/// The schemas that were read, by path: reading one takes a fifth of a second, and each test starts
/// a stand-in.
static READ: Mutex<BTreeMap<PathBuf, Arc<Valid<Schema>>>> = Mutex::new(BTreeMap::new());

/// The schema cannot be used, so no query can be answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaError {
    #[error(
        "GraphQL needs GitHub's schema, and {path} cannot be read ({cause}): run `npm ci`, or name the file with \
         --graphql-schema"
    )]
    Unreadable { path: String, cause: std::io::Error },
    #[error("{0} is not GitHub's GraphQL schema")]
    Foreign(String),
}

/// The schema in the file, by default the one of this checkout.
pub(super) fn load(path: Option<&Path>) -> Result<Arc<Valid<Schema>>, SchemaError> {
    let path = path.unwrap_or(Path::new(IN_THIS_CHECKOUT));
    // Locked while it is read, so that tests that start together read it once.
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(schema) = read.get(path) {
        return Ok(Arc::clone(schema));
    }
    let schema = Arc::new(parse(path)?);
    read.insert(path.to_owned(), Arc::clone(&schema));
    Ok(schema)
}

fn parse(path: &Path) -> Result<Valid<Schema>, SchemaError> {
    let shown = path.display().to_string();
    let text =
        fs::read_to_string(path).map_err(|cause| SchemaError::Unreadable { path: shown.clone(), cause })?;
    // GitHub's own schema defines two fields of `EnterpriseOwnerInfo` twice, so it is not valid;
    // what remains without the second definitions is.
    let built = Schema::builder().parse(text, path).parse(NEWER, "newer.graphql").build();
    let schema = built.unwrap_or_else(|errors| errors.partial);
    if schema.type_field("Query", "repository").is_err() {
        return Err(SchemaError::Foreign(shown));
    }
    Ok(schema.validate().unwrap_or_else(|errors| Valid::assume_valid(errors.partial)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_says_what_to_do() {
        let error = load(Some(Path::new("/nowhere/schema.graphql"))).unwrap_err().to_string();
        assert!(error.contains("/nowhere/schema.graphql") && error.contains("npm ci"), "{error}");
    }

    #[test]
    fn another_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("schema.graphql");
        fs::write(&path, "type Query { hello: String }").unwrap();
        assert!(matches!(load(Some(&path)), Err(SchemaError::Foreign(_))));
    }
}
