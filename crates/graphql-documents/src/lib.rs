//! Dev only: GraphQL documents for tests. [`recorded`] are those that gh sends; [`Generator`] makes
//! documents at random of what is served.

#![expect(clippy::missing_panics_doc, reason = "dev only: what cannot be read fails the test by a panic")]

mod generator;
mod random;
mod recorded;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use apollo_compiler::Schema;

pub use generator::{Argument, Generator};
pub use random::Random;
pub use recorded::{Recorded, folder, recorded};

/// What is served: `served.graphql`.
pub static SERVED: LazyLock<Schema> = LazyLock::new(|| {
    let text = read(&checkout().join("crates/core/src/relay/graphql/served.graphql"));
    Schema::parse(text, "served.graphql").unwrap_or_else(|errors| errors.partial)
});

/// The folder of the checkout.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How many documents a test makes: `GRAPHQL_DOCUMENTS`, or this many.
pub fn count(otherwise: u64) -> u64 {
    std::env::var("GRAPHQL_DOCUMENTS").ok().and_then(|count| count.parse().ok()).unwrap_or(otherwise)
}

/// The text of a file of the checkout.
pub fn read(path: &Path) -> String {
    #[expect(clippy::panic, reason = "dev only: a test that cannot be set up has failed")]
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
