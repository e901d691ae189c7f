//! Dev only: the application on native ports. The router, the SQL, the migrations and GitHub's side
//! of every exchange are the real ones; only the database file, the clock and the sockets are a
//! test's own.

#![expect(clippy::missing_panics_doc, reason = "dev only: whatever is wrong fails the test by a panic")]

mod answer;
mod app;
mod background;
mod clock;
mod coordinators;
mod database;
mod edge_cache;
mod fetch;
mod invocation;
mod log;
mod schema;
mod secrets;
mod signer;
mod statements;

pub use answer::Answer;
pub use app::{Client, TestApp, TestAppBuilder};
pub use clock::TestClock;
pub use coordinators::TestCoordinators;
pub use database::Sqlite;
pub use edge_cache::TestEdgeCache;
pub use log::TestLog;
pub use octopool_github_standin as github;
pub use schema::{SchemaConnection, migrations, schema_up_to};
pub use secrets::TestSecrets;
pub use statements::{Reads, reads};

/// What fails in a test's scaffolding fails the test.
pub(crate) fn must<T, E: std::fmt::Display>(result: Result<T, E>, what: &str) -> T {
    #[expect(clippy::panic, reason = "dev only: a test that cannot be set up has failed")]
    result.unwrap_or_else(|error| panic!("{what}: {error}"))
}
