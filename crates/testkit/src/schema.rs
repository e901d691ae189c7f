//! SQLite in memory with D1's limits, and the real migrations.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::limits::Limit;

use crate::must;

/// A schema to prepare statements on.
pub type SchemaConnection = Connection;

/// What D1 takes, so that a statement that it would refuse is refused here. The first five are
/// those of its documentation (<https://developers.cloudflare.com/d1/platform/limits/>), the others
/// workerd sets in `src/workerd/util/sqlite.c++`.
const LIMITS: [(Limit, i32); 8] = [
    (Limit::SQLITE_LIMIT_LENGTH, 2_000_000),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
];

/// An empty database.
pub(crate) fn connect() -> Connection {
    let connection = must(Connection::open_in_memory(), "SQLite");
    // D1 enforces foreign keys; SQLite does so on request.
    must(connection.pragma_update(None, "foreign_keys", true), "foreign keys");
    for (limit, value) in LIMITS {
        must(connection.set_limit(limit, value), "a limit");
    }
    connection
}

/// The migration files in order.
pub fn migrations() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut files: Vec<_> =
        must(std::fs::read_dir(folder), "migrations").flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    files
}

/// Applies one migration file.
pub(crate) fn apply(connection: &Connection, file: &Path) {
    let sql = must(std::fs::read_to_string(file), "a migration");
    must(connection.execute_batch(&sql), &file.display().to_string());
}

/// A database with all migrations, to prepare statements on.
pub(crate) fn newest() -> Connection {
    schema_up_to(u32::MAX)
}

/// A database with the migrations up to one number, to prepare statements on. It has wrangler's
/// table of applied migrations, which a deployment has, too.
pub fn schema_up_to(number: u32) -> SchemaConnection {
    let connection = connect();
    for file in migrations() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let of_file: u32 = must(name.get(..4).unwrap_or_default().parse(), &name);
        if of_file <= number {
            apply(&connection, &file);
        }
    }
    // What foreign keys read is not what a statement reads. The table is as wrangler makes it
    // (<https://developers.cloudflare.com/d1/reference/migrations/>).
    let notes = "PRAGMA foreign_keys = OFF; \
                 CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, \
                 applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)";
    must(connection.execute_batch(notes), notes);
    connection
}
